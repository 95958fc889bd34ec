// Relays and their models beside each other: prices as configured, speed,
// errors.
local lib = import '../lib.libsonnet';
local p = import 'panels.libsonnet';
local q = import 'queries.libsonnet';
local speed = import 'speed.libsonnet';

local of = q.relays;
local onHosts = q.onHosts(of);
local slow = std.parseInt(lib.config.slowSeconds);
local threshold = lib.config.threshold;

// The smaller of two ratios, because a 200 can still be an error.
local success(window) = |||
  100 * (
    sum by (relay, model) (increase(holysheep_requests_total{%(of)s, model!="", status=~"2.."}[%(window)s]))
    / sum by (relay, model) (increase(holysheep_requests_total{%(of)s, model!=""}[%(window)s]))
    < avg by (relay, model) (avg_over_time(holysheep_up{%(of)s, model!=""}[%(window)s]))
    or avg by (relay, model) (avg_over_time(holysheep_up{%(of)s, model!=""}[%(window)s])))
||| % { of: onHosts, window: window };

local p95(window) = q.quantile(
  '0.95',
  'relay, model, le',
  'avg_over_time(endpoint:holysheep_latency_buckets:rate5m{%s}[%s])' % [of, window],
);
// Exact, which a quantile is not: that is somewhere between two bounds.
local average(histogram) = |||
  sum by (relay, model) (increase(holysheep_%(name)s_sum{%(of)s, model!=""}[$__range]))
  / sum by (relay, model) (increase(holysheep_%(name)s_count{%(of)s, model!=""}[$__range])) >= 0
||| % { name: histogram, of: onHosts };

local price(type, of) =
  'max by (relay, model) (holysheep_price_usd_per_million_tokens{%s})'
  % std.join(', ', of + ['type="%s"' % type]);
local both(of) = '%s + %s' % [price('prompt', of), price('completion', of)];
local ofReference = |||
  max by (model) (%s
    and on (relay) holysheep_reference == 1)
||| % both([]);

// A vendor's series begins with the first of its answers, as 1: increase() does
// not see that one.
local traces = |||
  100 * sum by (relay, endpoint, model, vendor) (
      increase(holysheep_vendor_traces_total{%(of)s}[24h])
      or label_replace((holysheep_vendor_traces_total{%(of)s}
        unless last_over_time(holysheep_vendor_traces_total{%(of)s}[1h] offset 24h)) ^ 0,
        "answer", "first", "", ""))
    / on (relay, endpoint, model) group_left () (
      sum by (relay, endpoint, model) (increase(holysheep_requests_total{%(of)s, model!="", status="200"}[24h])) > 0)
||| % { of: onHosts };

local dollars = { unit: 'currencyUSD', decimals: 2 };
local than = 'compared with the relay that has Reference true';

p.dashboard(
  'compare',
  'HolySheep Compare',
  'Relays and their models side by side, %s.' % than,
  [
    p.variable('relay', 'Relay', 'label_values(holysheep_build_info, relay)'),
    p.variable('instance', 'Host', 'label_values(holysheep_build_info{relay=~"$relay"}, instance)'),
    {
      type: 'textbox',
      name: 'volume',
      label: 'Million tokens (a plain number)',
      description: 'The volume that the difference in price is computed for.',
      query: '1',
      current: { selected: true, text: '1', value: '1' },
      options: [{ selected: true, text: '1', value: '1' }],
      hide: 0,
      skipUrlSync: false,
    },
  ],
  [
    p.line(11, [p.table(24, {
      title: 'Models of each relay',
      description: |||
        Over the selected time range, with prices as they are configured. Average: from
        the start of the request, which includes connecting, to its end; First token:
        to the first piece of output, on average. Price difference: the average of the
        two prices %s, for the same model; negative is cheaper. Difference for the
        volume: the same in dollars, for the millions of tokens entered above, half of
        them prompt tokens. These are empty if either relay lacks one of the two
        prices, or if the reference does not offer the model.
      ||| % than,
      empty: speed.noModels,
      columns: [
        { name: 'Model', label: 'model', shown: p.width(190) },
        { name: 'Relay', label: 'relay', shown: p.to('relay', 'Details of this relay') + p.width(110) },
        {
          name: 'Success',
          expr: success('$__range'),
          shown: { unit: 'percent', decimals: 1 }
                 + p.coloured([[null, 'red'], [95, 'yellow'], [99, 'green']]),
        },
        { name: 'Average', expr: average('request_latency_seconds'), shown: p.seconds },
        {
          name: 'p95',
          expr: p95('$__range'),
          shown: p.seconds + p.coloured([[null, 'text'], [slow, 'red']]),
        },
        {
          name: 'First token',
          expr: average('time_to_first_token_seconds'),
          shown: p.seconds,
        },
        {
          name: 'Tokens per second',
          expr: speed.perSecond(onHosts, 'relay, model', '$__range'),
          shown: { unit: 'short', decimals: 1 },
        },
        { name: 'Prompt, $/M', expr: price('prompt', [onHosts]), shown: dollars },
        { name: 'Completion, $/M', expr: price('completion', [onHosts]), shown: dollars },
        {
          name: 'Price difference',
          expr: '100 * ((%s)\n  / on (model) group_left () (%s > 0) - 1)'
                % [both([onHosts]), ofReference],
          shown: { unit: 'percent', decimals: 0 },
        },
        {
          name: 'Difference for the volume',
          expr: '$volume / 2 * ((%s)\n  - on (model) group_left () %s)'
                % [both([onHosts]), ofReference],
          shown: dollars,
        },
        {
          name: 'Reference',
          expr: |||
            1 + 0 * max by (relay, model) (
              holysheep_probe_interval_seconds{%s, model!=""}
              and on (relay) holysheep_reference == 1)
          ||| % onHosts,
          shown: {
            mappings: [p.texts([[1, 'yes', 'blue']]), p.blank('–')],
          } + p.width(90),
        },
      ],
    }, sort='Model')]),
    p.row('Speed', [
      p.line(8, [p.lines(24, {
        title: 'p95 by model',
        description: '95 % of the answers of the last five minutes arrived within this time; an answer that never arrived counts as the timeout. The dashed line is what HolySheepHighLatency calls slow.',
        empty: 'No answers: no model is probed, or rules/ are not loaded',
        unit: 's',
        min: 0,
        interval: '5m',
        custom: { axisSoftMax: slow + 1 },
        steps: [[null, 'transparent'], [slow, 'red']],
        runbooks: ['HolySheepHighLatency'],
        queries: [{ expr: p95('5m'), legend: '{{relay}} {{model}}' }],
      }, last=['lastNotNull', 'max'])]),
      p.line(8, speed.streams(of, onHosts, '{{relay}} {{model}}', 'relay, model', 8)),
    ], open=true),
    p.row('Errors', [p.line(8, [
      p.lines(12, {
        title: 'Success by model',
        description: 'The fraction of requests answered with 2xx, or the fraction of time during which the last one had succeeded, whichever is lower: a 200 with a broken answer is a failure.',
        empty: speed.noModels,
        unit: 'percent',
        min: 0,
        max: 100,
        interval: '5m',
        runbooks: ['HolySheepLowSuccessRate'],
        queries: [{ expr: success('$__rate_interval'), legend: '{{relay}} {{model}}' }],
      }, last=['lastNotNull', 'min']),
      p.bars(12, {
        title: 'Errors by relay and type',
        description: 'Failed probes per hour, of all endpoints, for all hosts together.',
        empty: 'No errors',
        unit: 'suffix:/h',
        decimals: 0,
        min: 0,
        interval: '1h',
        queries: [{
          expr: 'sum by (relay, error_type) (increase(holysheep_errors_total{%s}[1h])) > 0' % onHosts,
          legend: '{{relay}} {{error_type}}',
        }],
      }),
    ])], open=true),
    p.row('Honesty', [p.line(8, [
      speed.substituted(of, onHosts, '{{relay}} {{model}}', 'relay, model', 8),
      speed.promptTokens(onHosts, '{{relay}} {{model}}', 'relay, model', 8),
      p.lines(8, {
        title: 'Tokens of the prompt, relative to what is expected',
        description: 'The median of an hour, divided by what was usual in the last week, by what the reference relay counts or, for a stream, by what a plain answer to the same prompt counts, whichever is least. For all hosts. HolySheepTokensInflated fires above the line if that is %d tokens or more. A changed prompt, another tokenizer and a system prompt of the relay look the same.' % threshold.inflated_tokens,
        empty: 'Nothing to compare with: no relay has Reference true, no stream has a plain block beside it, and there is no day of data',
        unit: 'suffix: x',
        decimals: 2,
        min: 0,
        custom: { axisSoftMax: threshold.inflated_tokens_factor + 0.5 },
        steps: [[null, 'transparent'], [threshold.inflated_tokens_factor, 'yellow']],
        runbooks: ['HolySheepTokensInflated'],
        queries: [{
          expr: 'max by (relay, model) (endpoint:holysheep_prompt_tokens:median1h{%s} / endpoint:holysheep_prompt_tokens:expected)' % of,
          legend: '{{relay}} {{model}}',
        }],
      }),
    ]), p.line(8, [
      p.lines(8, {
        title: 'Tokens of the prompt in a stream, relative to a plain answer',
        description: 'What the last stream counted, divided by what the last plain answer to the same prompt did, on the host where that is most. It should be 1; a random word in the prompt makes a small difference. A relay may pass on what the provider counts in one of the two, and estimate the other.',
        empty: 'Nothing to compare with: no block with Stream true has one without beside it, of the same model and Prompt, each with a Label',
        unit: 'suffix: x',
        decimals: 2,
        min: 0,
        custom: { axisSoftMax: threshold.inflated_tokens_factor + 0.5 },
        steps: [[null, 'transparent'], [threshold.inflated_tokens_factor, 'yellow']],
        runbooks: ['HolySheepTokensInflated'],
        queries: [{
          expr: |||
            max by (relay, model) (
              holysheep_prompt_tokens{%(of)s}
              / on (instance, relay, endpoint, model) holysheep_plain_prompt_tokens{%(of)s})
          ||| % { of: onHosts },
          legend: '{{relay}} {{model}}',
        }],
      }, last=['lastNotNull', 'max']),
      p.table(16, {
        title: 'Traces of vendors',
        description: "Answers of the last day with an id, a field or a header that the endpoint's own API does not have, but this vendor's does, as a fraction of all answers, for all hosts together. It tells which software was on the way, not which model answered: relays translate between APIs, and may do so.",
        empty: 'No traces: the answers have only what their own API has',
        columns: [
          { name: 'Model', label: 'model', shown: p.width(190) },
          { name: 'Relay', label: 'relay', shown: p.to('relay', 'Details of this relay') + p.width(110) },
          { name: 'Endpoint', label: 'endpoint', shown: p.width(160) },
          { name: 'Vendor', label: 'vendor', shown: p.width(110) },
          { name: 'Answers', expr: traces, shown: { unit: 'percent', decimals: 1 } },
        ],
      }, sort='Model'),
    ])], open=true),
    p.row('What the probes cost', [p.line(8, [p.bars(12, {
      title: 'Cost of the probes, by the hour',
      description: 'What the probes themselves cost in each hour, at the configured prices, for all hosts together.',
      empty: 'No prices: set PromptPrice and CompletionPrice in the blocks of completions',
      unit: 'currencyUSD',
      min: 0,
      interval: '1h',
      custom: { axisSoftMax: 0.01 },
      queries: [{
        expr: 'sum by (relay, model) (increase(holysheep_cost_usd_total{%s}[1h]))' % onHosts,
        legend: '{{relay}} {{model}}',
      }],
    }), p.lines(12, {
      title: 'Charged, relative to the configured prices',
      description: 'What the balance lost in 24 hours, divided by what the probes of all hosts cost at the configured prices. For an account that only the probes use, 1 is right, and more means that prices or token counts have drifted. What applications spend on the same account counts as well.',
      empty: 'No prices or no balance: see PromptPrice, CompletionPrice and <Billing>',
      unit: 'suffix: x',
      decimals: 2,
      min: 0,
      interval: '1h',
      custom: { axisSoftMax: 2 },
      queries: [{
        expr: |||
          max by (relay) (increase(holysheep_budget_spent_usd_total{%(of)s}[24h]))
            / (sum by (relay) (increase(holysheep_cost_usd_total{%(of)s}[24h])) > 0)
        ||| % { of: of },
        legend: '{{relay}}',
      }],
    })])]),
  ],
  from='now-24h'
)
