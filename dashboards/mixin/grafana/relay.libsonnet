// One relay in detail.
local lib = import '../lib.libsonnet';
local alerts = import 'alerts.libsonnet';
local errors = import 'errors.libsonnet';
local p = import 'panels.libsonnet';
local q = import 'queries.libsonnet';
local speed = import 'speed.libsonnet';
local words = import 'words.libsonnet';

local threshold = lib.config.threshold;
local slow = std.parseInt(lib.config.slowSeconds);
local of = q.relay;
local onHosts = q.onHosts(of);
local answers = onHosts + ', endpoint="$endpoint"';
local noVotes = 'unknown: are rules/ loaded, and has a probe finished?';
local judged = 'group by (relay) (endpoint:holysheep_failing:ratio{%s})' % of;
local days = [
  [null, 'red'],
  [threshold.expiry_days_critical, 'yellow'],
  [threshold.expiry_days_warning, 'green'],
];
local money = { unit: 'currencyUSD', decimals: 2 };

local headline = [p.line(5, [
  p.stat(3, {
    title: 'State',
    description: |||
      By vote of all hosts. DOWN: nothing that applications use works. FAILING: some
      of it does not. PARTLY: another endpoint fails. SOME HOSTS: it fails, but not
      for the majority. UNKNOWN: no host can say. WAITING: no probe has finished.
    |||,
    empty: 'not probed: does Prometheus scrape collectd?',
    unit: 'none',
    runbooks: ['HolySheepAPIDown'],
    mappings: [words.states],
    queries: [{ expr: q.state(of), legend: '{{relay}}' }],
  }, background=true),
  p.stat(3, {
    title: 'Since',
    description: 'The first failure, as the median host saw it.',
    empty: noVotes,
    unit: 'dateTimeFromNow',
    mappings: [p.texts([[0, 'nothing fails', 'text']])],
    queries: [{ expr: '%sor on (relay) 0 * %s' % [q.since(of), judged], legend: 'since' }],
  }),
  p.stat(5, {
    title: 'Cause',
    description: 'What most failing probes say; the manual page collectd-holysheep(5) says what to do about each.',
    empty: noVotes,
    unit: 'none',
    queries: [{
      expr: '%sor on (relay) label_replace(%s, "cause", "nothing fails", "", "")'
            % [q.cause(of), judged],
      legend: '{{cause}}',
    }],
  }, text=true),
  p.stat(3, {
    title: 'Hosts failing',
    description: 'Hosts on which any probe of this relay fails, of those that have a vote.',
    empty: noVotes,
    unit: 'none',
    queries: [{ expr: q.hosts(of), legend: '{{hosts}}' }],
  }, text=true),
  alerts(10, relays=false),
])];

// What the hosts see, however many there are.
local verdicts = [p.line(7, [
  p.timeline(12, {
    title: 'Verdicts by endpoint',
    description: 'The verdict that most hosts reach. Green is ok, purple the account (key, quota, permissions), red and orange the relay, blue the network or the probing host.',
    empty: 'No probes',
    runbooks: ['HolySheepEndpointFailing'],
    mappings: [words.causes],
    queries: [{
      expr: |||
        sum by (probe) (label_join(
          %s, "probe", " ", "endpoint", "model"))
      ||| % words.numbered(|||
        topk by (relay, endpoint, model) (1,
          count by (relay, endpoint, model, cause, fault) (holysheep_verdict{%(of)s, cause!="ok"} == 1)
          or 0.9 * count by (relay, endpoint, model, cause, fault) (holysheep_verdict{%(of)s, cause="ok"} == 1))
      ||| % { of: onHosts }),
      legend: '{{probe}}',
    }],
  }),
  p.bars(12, {
    title: 'Hosts by verdict on $endpoint',
    description: 'How many hosts reach which verdict. A split shows that some hosts or some front ends differ.',
    empty: 'No probes of this endpoint',
    unit: 'none',
    decimals: 0,
    min: 0,
    custom: { drawStyle: 'line', fillOpacity: 60, lineInterpolation: 'stepAfter', showPoints: 'never' },
    runbooks: ['HolySheepHostFailing'],
    named: [['ok', { color: p.fixed('green') }]] + [
      [cause.name, { color: p.fixed(words.colourOf(cause.name)) }]
      for cause in lib.tables.causes
      if cause.name != 'ok'
    ],
    queries: [{
      expr: 'count by (cause) (max by (%s, cause) (holysheep_verdict{%s} == 1))' % [lib.host, answers],
      legend: '{{cause}}',
    }],
  }),
])];

local latency = p.row('Latency and answers of $endpoint', [
  p.line(8, [
    p.heatmap(12, {
      title: 'Latency',
      description: 'The distribution of answer times, for all hosts together. An answer that never arrived counts as the timeout.',
      empty: 'No answers: choose an endpoint that is probed',
      unit: 'none',
      interval: '5m',
      runbooks: ['HolySheepHighLatency'],
      queries: [{
        expr: 'sum by (le) (increase(holysheep_request_latency_seconds_bucket{%s}[$__interval]))' % answers,
        legend: '{{le}}',
      }],
    }),
    p.lines(12, {
      title: 'Latency quantiles',
      description: 'Over at least 20 minutes: with one probe per minute, a shorter window has too few samples. The dashed line is what HolySheepHighLatency calls slow.',
      empty: 'No answers: choose an endpoint that is probed',
      unit: 's',
      min: 0,
      interval: '5m',
      custom: { axisSoftMax: slow + 1 },
      steps: [[null, 'transparent'], [slow, 'red']],
      runbooks: ['HolySheepLatencyUnusual'],
      queries: [
        { expr: q.quantile('0.' + part, 'le', q.latency(answers)), legend: 'p' + part }
        for part in ['50', '95', '99']
      ],
    }, last=['lastNotNull', 'max']),
  ]),
  p.line(8, [
    p.bars(8, {
      title: 'Phases',
      description: 'Where the time of the last good answer went, averaged over the hosts: dns and connect are the network, server is the relay. Gaps mean that there was no good answer.',
      empty: 'No good answers',
      unit: 's',
      min: 0,
      custom: { drawStyle: 'line', fillOpacity: 60, showPoints: 'never' },
      named: [
        [phase[0], { color: p.fixed(phase[1]) }]
        for phase in [
          ['dns', 'light-blue'],
          ['connect', 'blue'],
          ['tls', 'dark-blue'],
          ['server', 'orange'],
          ['transfer', 'yellow'],
        ]
      ],
      queries: [{
        expr: |||
          avg by (phase) (holysheep_request_phase_seconds{%s}
            and on (instance, relay, endpoint, model) holysheep_up == 1)
        ||| % answers,
        legend: '{{phase}}',
      }],
    }),
    p.bars(8, {
      title: 'Requests by status',
      description: 'Requests per minute, for all hosts together, by HTTP status or by what happened instead of an answer.',
      empty: 'No requests',
      unit: 'suffix:/min',
      decimals: 1,
      min: 0,
      alike: [
        ['/^2/', { color: p.shades('green') }],
        ['/^4/', { color: p.shades('yellow') }],
        ['/^(401|402|403|429)$/', { color: p.shades('purple') }],
        ['/^5/', { color: p.shades('red') }],
        ['/_error$/', { color: p.shades('dark-red') }],
      ],
      named: [['timeout', { color: p.fixed('orange') }]],
      queries: [{
        expr: '60 * sum by (status) (rate(holysheep_requests_total{%s}[$__rate_interval])) > 0' % answers,
        legend: '{{status}}',
      }],
    }),
    p.bars(8, errors {
      title: 'Errors by type, all endpoints',
      description: 'Failed probes per minute, for all hosts together.',
      empty: 'No errors, or nothing is probed',
      unit: 'suffix:/min',
      decimals: 1,
      min: 0,
      queries: [{
        expr: '60 * sum by (error_type) (rate(holysheep_errors_total{%s}[$__rate_interval])) > 0' % onHosts,
        legend: '{{error_type}}',
      }],
    }),
  ]),
], open=true);

local account = p.row('Money', [
  p.line(8, [
    p.lines(12, money {
      title: 'Balance and top-ups',
      description: 'The last known balance, with a bar where it rose; a key without a limit has none.',
      runbooks: ['HolySheepLowBudget'],
      empty: 'Balance unknown: is there a <Billing> block, and what is its verdict?',
      min: 0,
      named: [['top-up', {
        'custom.drawStyle': 'bars',
        'custom.fillOpacity': 100,
        'custom.lineWidth': 0,
        color: p.fixed('blue'),
      }]],
      queries: [
        { expr: q.balance(onHosts), legend: 'balance' },
        {
          expr: |||
            min by (relay) (holysheep_budget_remaining{%(of)s})
              - min by (relay) (holysheep_budget_remaining{%(of)s} offset $__interval) > 0
          ||| % { of: onHosts },
          legend: 'top-up',
        },
      ],
    }, last=['lastNotNull', 'max']),
    p.bars(12, money {
      title: 'Spent, by the hour',
      description: 'By everything that uses this account: the sum of the decreases in each hour, as seen by the host that saw the most. A top-up hides nothing.',
      empty: 'No full hour yet, or no balance: is there a <Billing> block?',
      min: 0,
      interval: '1h',
      custom: { axisSoftMax: 0.5 },
      runbooks: ['HolySheepSpendUnusual'],
      queries: [
        {
          expr: 'max by (relay) (increase(holysheep_budget_spent_usd_total{%s}[1h]))' % onHosts,
          legend: 'spent',
        },
      ],
    }),
  ]),
  p.line(4, [
    p.stat(4, {
      title: 'Empty in',
      description: 'At the rate of the last 6 hours or of the last 30 minutes, whichever is higher.',
      empty: 'little is spent, or no balance',
      unit: 'h',
      decimals: 1,
      steps: [
        [null, 'red'],
        [threshold.budget_hours_critical, 'yellow'],
        [threshold.budget_hours_warning, 'green'],
      ],
      runbooks: ['HolySheepBudgetRunsOut'],
      queries: [{ expr: q.emptyIn(of), legend: 'empty in' }],
    }),
    p.stat(4, money {
      title: 'Limit',
      description: 'The total amount granted, if the relay reports it.',
      empty: 'not reported',
      mappings: [p.value({ '-1': { text: 'unlimited', color: 'text', index: 0 } })],
      queries: [{
        expr: |||
          max by (relay) (holysheep_budget_limit{%(of)s}
            unless on (instance, relay) holysheep_budget_unlimited == 1)
          or -1 * max by (relay) (holysheep_budget_unlimited{%(of)s} == 1)
        ||| % { of: onHosts },
        legend: 'limit',
      }],
    }),
    p.stat(4, money {
      title: 'Used',
      description: 'How much has been used, by everything that uses this key, if the relay reports it.',
      empty: 'not reported',
      queries: [{
        expr: 'max by (relay) (holysheep_budget_used{%s})' % onHosts,
        legend: 'used',
      }],
    }),
    p.stat(4, money {
      title: 'Probes, 24 h',
      description: 'What the probes themselves cost in 24 hours, at the configured prices, for all hosts together.',
      empty: 'no prices: set PromptPrice and CompletionPrice',
      queries: [{
        expr: 'sum by (relay) (increase(holysheep_cost_usd_total{%s}[24h]))' % onHosts,
        legend: 'probes',
      }],
    }),
    p.stat(8, {
      title: 'Balance as of',
      description: 'When any host last received one.',
      empty: 'never',
      unit: 'dateTimeFromNow',
      runbooks: ['HolySheepBalanceStale'],
      queries: [{
        expr: '1000 * max by (relay) (holysheep_budget_timestamp_seconds{%s} > 0)' % onHosts,
        legend: 'as of',
      }],
    }),
  ]),
]);

local limits = p.row('Limits and models', [
  p.line(8, [
    p.lines(12, {
      title: 'Rate limit remaining',
      description: 'The fraction of each limit that is left, according to the headers of the last answer while they are valid; the lowest value of all hosts. HolySheepRateLimitNear fires after five minutes below the line.',
      empty: 'No limits reported: the relay sends no x-ratelimit headers',
      unit: 'percent',
      min: 0,
      max: 100,
      steps: [[null, 'transparent'], [100 * threshold.ratelimit_left, 'yellow']],
      runbooks: ['HolySheepRateLimitNear'],
      queries: [{
        expr: '100 * relay_model:holysheep_ratelimit_left:ratio{%s}' % of,
        legend: '{{model}}: {{resource}}',
      }],
    }, last=['lastNotNull', 'min']),
    p.table(12, {
      title: 'Rate limits now',
      description: 'What the relay allows per window, how much of it is left, and when the limit resets completely.',
      empty: 'No limits reported: the relay sends no x-ratelimit headers',
      columns: [
        { name: 'Model', label: 'model' },
        { name: 'Resource', label: 'resource' },
        {
          name: 'Limit',
          expr: 'max by (model, resource) (holysheep_ratelimit_limit{%s})' % onHosts,
        },
        {
          name: 'Remaining',
          expr: 'min by (model, resource) (holysheep_ratelimit_remaining{%s})' % onHosts,
        },
        {
          name: 'Resets',
          expr: '1000 * max by (model, resource) (holysheep_ratelimit_reset_timestamp_seconds{%s})' % onHosts,
          shown: p.timeAgo,
        },
      ],
    }, sort='Model'),
  ]),
  p.line(8, [
    p.lines(8, {
      title: 'Suppressed probes',
      description: 'Probes that are due but must not be sent, for all hosts together. retry_after: the relay asked to wait; rate_limit and daily_cost: MaxRequests and MaxCostPerDay, if they are configured.',
      empty: 'No probes',
      unit: 'short',
      decimals: 0,
      min: 0,
      custom: { axisSoftMax: 1 },
      runbooks: ['HolySheepRateLimited', 'HolySheepProbesHeldBack'],
      queries: [{
        expr: 'sum by (reason) (holysheep_probe_suppressed{%s})' % onHosts,
        legend: '{{reason}}',
      }],
    }),
    p.stat(4, {
      title: 'Asked to wait',
      description: 'Until when the relay asked to wait (Retry-After), for any probe from any host.',
      empty: 'no',
      unit: 'dateTimeFromNow',
      runbooks: ['HolySheepRateLimited'],
      queries: [{
        expr: '1000 * max by (relay) (holysheep_retry_until_timestamp_seconds{%s} > time())' % onHosts,
        legend: 'wait',
      }],
    }),
    p.stat(4, {
      title: 'Models',
      description: 'The number of models that the relay lists; the lowest value of all hosts.',
      empty: 'not probed',
      unit: 'none',
      queries: [{
        expr: 'min by (relay) (holysheep_models{%s})' % onHosts,
        legend: 'models',
      }],
    }),
    p.timeline(8, {
      title: 'Required models',
      description: 'Whether the relay lists the models named in Require.',
      empty: 'No model is required: see Require in <Models>',
      runbooks: ['HolySheepModelUnavailable'],
      mappings: [
        p.texts([[0, 'missing', 'red'], [1, 'listed', 'green']]),
        {
          type: 'range',
          options: {
            from: 0.001,
            to: 0.999,
            result: { text: 'by host', color: 'orange', index: 2 },
          },
        },
      ],
      queries: [{
        expr: 'avg by (model) (holysheep_model_available{%s})' % onHosts,
        legend: '{{model}}',
      }],
    }),
  ]),
]);

// Of the hosts that reach the same verdict about an endpoint, those that reached it
// last: in a large fleet, thousands of rows would say the same.
local alike = 5;
local verdictNow = 'max by (%s, cause, fault) (holysheep_verdict{%s} == 1)' % [lib.probe, onHosts];
local listed = |||
  topk by (endpoint, model, cause, fault) (%(alike)d,
    %(now)s
    * on (%(probe)s) group_left () max by (%(probe)s) (
      holysheep_verdict_since_timestamp_seconds{%(of)s}))
||| % (lib { alike: alike, now: verdictNow, of: onHosts });
local ofListed(vector, also='') =
  'max by (instance, endpoint, model%s) (%s and on (%s) (\n  %s))'
  % [also, vector, lib.probe, listed];

local hosts = p.row('Probes by host', [
  p.line(12, [p.table(24, {
    title: 'Probes now',
    description: 'Each probe of this relay as a host sees it: the verdict, since when, and when the probe last succeeded. Of the hosts with the same verdict, the last %d to reach it are listed, next to how many there are. For a host that is not listed, choose it above.' % alike,
    empty: 'No probes: does Prometheus scrape collectd?',
    columns: [
      {
        name: 'Verdict',
        expr: 'max by (instance, endpoint, model) (\n%s)' % words.numbered(listed),
        shown: p.filled([words.causes]) + p.width(150),
      },
      { name: 'Endpoint', label: 'endpoint' },
      { name: 'Model', label: 'model' },
      { name: 'Host', label: 'instance' },
      {
        name: 'Hosts with it',
        expr: |||
          max by (instance, endpoint, model) ((%s) ^ 0
            * on (endpoint, model, cause, fault) group_left ()
              count by (endpoint, model, cause, fault) (%s))
        ||| % [listed, verdictNow],
        shown: p.width(90),
      },
      {
        name: 'Problem',
        label: 'problem',
        expr: ofListed('holysheep_incident{%s} == 1' % onHosts, ', problem'),
        shown: p.width(90),
      },
    ] + [
      {
        name: column[0],
        expr: column[1] % ofListed('holysheep_%s{%s}%s' % [
          column[2],
          onHosts,
          std.get(column[3], 'than', ''),
        ]),
        shown: column[3].shown,
      }
      for column in [
        ['Vote', '%s', 'probe_failing', {
          shown: {
            mappings: [
              p.texts([[0, 'works', 'green'], [1, 'fails', 'red']]),
              p.blank('none'),
            ],
          } + p.width(60),
        }],
        ['Verdict since', '1000 * %s', 'verdict_since_timestamp_seconds', { shown: p.timeAgo }],
        ['Failing since', '1000 * %s', 'incident_since_timestamp_seconds', { shown: p.timeAgo, than: ' > 0' }],
        ['Last good answer', '1000 * %s', 'last_success_timestamp_seconds', { shown: p.timeAgo, than: ' > 0' }],
        ['Failures in a row', '%s', 'consecutive_failures', { shown: p.width(75) }],
        ['Took', '%s', 'request_duration_seconds', { shown: p.seconds + p.width(75) }],
        ['Last probe', '1000 * %s', 'last_probe_timestamp_seconds', { shown: p.timeAgo }],
        ['Interval', '%s', 'probe_interval_seconds', { shown: { unit: 's' } + p.width(70) }],
      ]
    ],
  }, sort='-Verdict')]),
]);

local prober = p.row('Key, certificate and the prober itself', [
  p.line(4, [
    p.stat(6, {
      title: 'Key expires in',
      description: 'From the relay or from KeyExpires.',
      empty: 'unknown: set KeyExpires',
      unit: 'suffix: days',
      decimals: 0,
      steps: days,
      runbooks: ['HolySheepKeyExpires'],
      queries: [{
        expr: '(min by (relay) (holysheep_key_expiry_timestamp_seconds{%s} > 0) - time()) / 86400' % onHosts,
        legend: 'key',
      }],
    }),
    p.stat(6, {
      title: 'Certificate expires in',
      description: "The relay's own certificate, as last seen.",
      empty: 'no TLS seen',
      unit: 'suffix: days',
      decimals: 0,
      steps: days,
      runbooks: ['HolySheepCertificateExpires'],
      queries: [{
        expr: '(min by (relay) (holysheep_tls_cert_expiry_timestamp_seconds{%s} > 0) - time()) / 86400' % onHosts,
        legend: 'certificate',
      }],
    }),
    p.stat(6, {
      title: 'Key loaded',
      description: 'When collectd last loaded the key it uses; on the host where that was longest ago.',
      empty: 'never',
      unit: 'dateTimeFromNow',
      queries: [{
        expr: '1000 * min by (relay) (holysheep_key_loaded_timestamp_seconds{%s} > 0)' % onHosts,
        legend: 'key loaded',
      }],
    }),
    p.stat(6, {
      title: 'Plugin',
      description: 'The version of the plugin, and the number of hosts that run it.',
      empty: 'not probed',
      unit: 'suffix: hosts',
      queries: [{
        expr: 'count by (version) (holysheep_build_info{%s})' % onHosts,
        legend: '{{version}}',
      }],
    }, names=true),
  ]),
  p.line(8, [
    p.lines(8, {
      title: 'Late probes',
      description: 'How late probes started.',
      empty: 'No probes',
      unit: 's',
      min: 0,
      custom: { axisSoftMax: 0.1 },
      runbooks: ['HolySheepProbesLate'],
      queries: [
        { expr: 'max(holysheep_probe_lateness_seconds{%s})' % onHosts, legend: 'the latest host' },
        { expr: 'quantile(0.5, holysheep_probe_lateness_seconds{%s})' % onHosts, legend: 'half of the hosts' },
      ],
    }),
    p.bars(8, {
      title: 'Probes not sent',
      description: 'Probes per minute that were due but not sent. late: the previous one was still in flight, or all connections were in use; retry_after: the relay asked to wait; rate_limit and daily_cost: MaxRequests and MaxCostPerDay.',
      empty: 'All were sent',
      unit: 'suffix:/min',
      decimals: 1,
      min: 0,
      queries: [{
        expr: '60 * sum by (reason) (rate(holysheep_probes_skipped_total{%s}[$__rate_interval])) > 0' % onHosts,
        legend: '{{reason}}',
      }],
    }),
    p.lines(8, {
      title: 'Probes in flight',
      description: 'Probes waiting for their answer.',
      empty: 'No probes',
      unit: 'short',
      decimals: 0,
      min: 0,
      queries: [
        { expr: 'max(holysheep_probes_in_flight{%s})' % onHosts, legend: 'the busiest host' },
        { expr: 'sum(holysheep_probes_in_flight{%s})' % onHosts, legend: 'all hosts' },
      ],
    }),
  ]),
]);

p.dashboard(
  'relay',
  'HolySheep Relay',
  'One relay in detail: its state, its latency, the account, and the health of the prober itself.',
  [
    p.variable('relay', 'Relay', 'label_values(holysheep_build_info, relay)', all=false),
    p.variable('instance', 'Host', 'label_values(holysheep_build_info{relay="$relay"}, instance)'),
    // Grafana chooses the first, which has to be one that applications use. It
    // knows query_result() only on one line.
    p.variable('endpoint', 'Endpoint', 'query_result(sort(%s or 2 * %s))' % [
      'group by (endpoint) (holysheep_probe_interval_seconds{relay="$relay", endpoint=~"%s"})' % lib.applications,
      'group by (endpoint) (holysheep_probe_interval_seconds{relay="$relay"})',
    ], all=false) {
      query+: { qryType: 3 },
      regex: '/endpoint="([^"]+)"/',
      sort: 0,
    },
  ],
  headline + verdicts + [
    latency,
    account,
    limits,
    p.row('Streams and answers', [
      p.line(8, speed.streams(of, onHosts, '{{model}}', 'model', 6)
                + [speed.substituted(of, onHosts, '{{model}}', 'model', 6)]),
      p.line(8, [
        p.lines(12, {
          title: 'Tokens by the hour',
          description: 'What the completions of the probes used, for all hosts together. Cached tokens are a part of the prompt, and reasoning tokens of the completion, where the relay says so.',
          empty: speed.noModels,
          unit: 'short',
          min: 0,
          queries: [
            {
              expr: 'sum by (type) (increase(holysheep_tokens_total{%s}[1h]))' % onHosts,
              legend: '{{type}}',
            },
            {
              expr: 'sum(increase(holysheep_cached_prompt_tokens_total{%s}[1h]))' % onHosts,
              legend: 'cached prompt',
            },
            {
              expr: 'sum(increase(holysheep_reasoning_tokens_total{%s}[1h]))' % onHosts,
              legend: 'reasoning',
            },
          ],
        }, last=['lastNotNull', 'max']),
        speed.promptTokens(onHosts, '{{model}}', 'model', 12),
      ]),
    ]),
    hosts,
    prober,
  ]
)
