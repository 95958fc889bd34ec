// For whoever is paged: which relay is down, since when, why, and for how many
// hosts.
local lib = import '../lib.libsonnet';
local alerts = import 'alerts.libsonnet';
local article = import 'article.libsonnet';
local p = import 'panels.libsonnet';
local q = import 'queries.libsonnet';
local words = import 'words.libsonnet';

local of = q.relays;
local onHosts = q.onHosts(of);
local known = 'group by (relay) (holysheep_build_info{%s})' % of;
local slow = std.parseInt(lib.config.slowSeconds);

p.dashboard(
  'monitor',
  'HolySheep API Monitor',
  "Which relay is down, since when, why, and for how many hosts. Measured by the probes of collectd's holysheep plugin.",
  [
    p.variable('relay', 'Relay', 'label_values(holysheep_build_info, relay)'),
    p.variable('instance',
               'Host (of figures, not of votes)',
               'label_values(holysheep_build_info{relay=~"$relay"}, instance)'),
  ],
  [
    p.line(8, [p.table(24, {
      title: 'Relays',
      description: |||
        By vote of all hosts, what hurts most first. DOWN: nothing that applications
        use works. FAILING: some of it does not. PARTLY: another endpoint fails.
        SOME HOSTS: it fails, but not for the majority. UNKNOWN: no host can say.
        WAITING: no probe has finished, or limits suppress them. NO RULES:
        Prometheus has not loaded rules/. Figures are of the last 30 minutes, p95 is
        of what applications use. Click a relay for details.
      |||,
      empty: 'No relays: does Prometheus scrape collectd, with the job of prometheus.yml?',
      runbooks: ['HolySheepAPIDown', 'HolySheepProbesSilent'],
      columns: [
        { name: 'State', expr: q.state(of), shown: p.filled([words.states]) + p.width(115) },
        {
          name: 'Relay',
          label: 'relay',
          shown: p.to('relay', 'Details of this relay') + p.width(150),
        },
        // Each relay has each column, so that none comes or goes.
        {
          name: 'Since',
          expr: '%sor on (relay) NaN * %s' % [q.since(of), known],
          shown: p.timeAgo + p.width(140),
        },
        {
          name: 'Cause',
          label: 'cause',
          expr: '%sor on (relay) label_replace(%s, "cause", "–", "", "")' % [q.cause(of), known],
          shown: {
            'custom.cellOptions': { type: 'color-text' },
            mappings: [words.meanings],
          },
        },
        { name: 'Hosts failing', label: 'hosts', expr: q.hosts(of), shown: p.width(110) },
        {
          name: 'Success',
          expr: '100 * avg by (relay) (instance_endpoint:holysheep_success:ratio30m{%s})' % onHosts,
          shown: { unit: 'percent', decimals: 1 } + p.width(90)
                 + p.coloured([[null, 'red'], [95, 'yellow'], [99, 'text']]),
        },
        {
          name: 'p95',
          expr: q.quantile(
            '0.95',
            'relay, le',
            'avg_over_time(endpoint:holysheep_latency_buckets:rate5m{%s}[30m])' % of,
          ),
          shown: p.seconds + p.width(90)
                 + p.coloured([[null, 'text'], [slow, 'red']]),
        },
        {
          name: 'Balance',
          expr: q.balance(of),
          shown: { unit: 'currencyUSD', decimals: 2 } + p.width(100) + p.coloured([
            [null, 'red'],
            [lib.config.threshold.low_budget_usd, 'text'],
          ]),
        },
        {
          name: 'Empty in',
          expr: '%sor NaN * %s' % [q.emptyIn(of), known],
          shown: { unit: 'h', decimals: 1 } + p.width(100) + p.coloured([
            [null, 'red'],
            [lib.config.threshold.budget_hours_critical, 'yellow'],
            [lib.config.threshold.budget_hours_warning, 'text'],
          ]),
        },
        {
          name: 'Alerts',
          expr: |||
            count by (relay) (%s)
            or 0 * group by (relay) (holysheep_build_info{%s} and on () ALERTS)
          ||| % [q.firingEach(of), of],
          shown: { decimals: 0 } + p.width(70)
                 + p.coloured([[null, 'text'], [1, 'orange']]),
        },
      ],
    }, sort='-State')]),
    p.line(10, [
      p.timeline(11, {
        title: 'Verdicts by problem',
        description: |||
          What most hosts say of each endpoint. Green works, purple is the account
          (key, quota, limits), red and orange are the relay, blue is the network or
          the hosts. Gaps: no host has a vote.
        |||,
        empty: 'No votes: are rules/ loaded, and has a probe finished?',
        mappings: [words.problems],
        queries: [{ expr: q.problems(of), legend: '{{probe}}' }],
      }),
      alerts(13),
    ]),
    p.line(9, [p.lines(24, {
      title: 'Latency of what applications use, p95',
      description: |||
        95 % of the answers of the last five minutes arrived within this time, for all
        hosts together; an answer that never arrived counts as the timeout.
        HolySheepHighLatency fires when more than a fifth of the answers of half an
        hour are above the dashed line.
      |||,
      empty: 'Nothing that applications use is probed, or rules/ are not loaded',
      unit: 's',
      min: 0,
      custom: { axisSoftMax: slow + 1 },
      runbooks: ['HolySheepHighLatency', 'HolySheepLatencyUnusual'],
      steps: [[null, 'transparent'], [slow, 'red']],
      queries: [{
        expr: q.quantile(
          '0.95', 'relay, model, le', 'endpoint:holysheep_latency_buckets:rate5m{%s}' % of
        ),
        legend: '{{relay}} {{model}}',
      }],
    }, last=['lastNotNull', 'max'])]),
    article,
  ],
  refresh='30s',
)
