// The five panels of the article that introduced the exporter in Python, for
// those who know them by name.
local lib = import '../lib.libsonnet';
local p = import 'panels.libsonnet';
local q = import 'queries.libsonnet';
local speed = import 'speed.libsonnet';
local of = q.onHosts(q.relays);

p.row("The article's panels", [
  p.line(8, [
    p.stat(6, {
      title: 'Request Success Rate',
      description: 'The fraction of requests that succeeded, minute by minute; a 200 with a broken answer is a failure.',
      empty: 'No requests',
      unit: 'percent',
      decimals: 1,
      steps: [[null, 'red'], [95, 'yellow'], [99, 'green']],
      runbooks: ['HolySheepLowSuccessRate'],
      queries: [{
        expr: |||
          100 * clamp_min(1
            - sum by (relay) (increase(holysheep_errors_total{%(of)s}[$__rate_interval]))
            / sum by (relay) (increase(holysheep_requests_total{%(of)s}[$__rate_interval])), 0)
        ||| % { of: of },
        legend: '{{relay}}',
      }],
    }, names=true),
    p.lines(18, {
      title: 'P95 Latency (ms)',
      description: 'By endpoint. 95 % of the answers arrived within this time; an answer that never arrived counts as the timeout.',
      empty: 'No answers',
      unit: 'ms',
      min: 0,
      steps: [[null, 'transparent'], [1000 * std.parseInt(lib.config.slowSeconds), 'red']],
      queries: [{
        expr: '1000 * ' + q.quantile('0.95', 'relay, endpoint, model, le', q.latency(of)),
        legend: '{{relay}} {{endpoint}} {{model}}',
      }],
    }, last=['lastNotNull', 'max']),
  ]),
  p.line(8, [
    p.lines(12, {
      title: 'Token Usage by Model',
      description: 'Tokens per hour used by the probes themselves, for all hosts together; applications are not included.',
      empty: speed.noModels,
      unit: 'short',
      queries: [
        {
          expr: 'sum by (model) (increase(holysheep_tokens_total{%s, type="%s"}[1h]))' % [of, kind[0]],
          legend: '{{model}} - ' + kind[1],
        }
        for kind in [['prompt', 'Prompt'], ['completion', 'Completion']]
      ],
    }),
    p.pie(6, {
      title: 'Error Breakdown',
      description: 'Failed probes of the last hour, by error type.',
      empty: 'No errors in the last hour',
      unit: 'short',
      decimals: 0,
      color: p.shades('red'),
      queries: [{
        expr: 'sum by (error_type) (increase(holysheep_errors_total{%s}[1h])) > 0' % of,
        legend: '{{error_type}}',
      }],
    } + (import 'errors.libsonnet')),
    p.gauge(6, {
      title: 'Remaining Budget ($)',
      description: 'The last known balance; a key without a limit has none. HolySheepLowBudget fires in the red.',
      empty: 'Balance unknown',
      unit: 'currencyUSD',
      decimals: 2,
      min: 0,
      max: 100,
      steps: [[null, 'red'], [lib.config.threshold.low_budget_usd, 'yellow'], [20, 'green']],
      runbooks: ['HolySheepLowBudget'],
      queries: [{ expr: q.balance(of), legend: '{{relay}}' }],
    }),
  ]),
])
