// All hosts and all relays, however many there are.
local lib = import '../lib.libsonnet';
local p = import 'panels.libsonnet';
local q = import 'queries.libsonnet';
local words = import 'words.libsonnet';

local threshold = lib.config.threshold;
local of = q.relays;
local onHosts = q.onHosts(of);
local l = lib {
  of: of,
  onHosts: onHosts,
  majority: lib.config.majority,
  differ: |||
    group by (%(host)s) (
      instance_endpoint:holysheep_failing:vote{%(of)s}
      != on (%(endpoint)s) group_left ()
        (endpoint:holysheep_failing:ratio > bool %(majority)s))
  ||| % (lib { of: onHosts, majority: lib.config.majority }),
};

local days = { unit: 'suffix: days', decimals: 0 } + p.coloured([
  [null, 'red'],
  [threshold.expiry_days_critical, 'yellow'],
  [threshold.expiry_days_warning, 'green'],
]);
local percent = { unit: 'percentunit', decimals: 3 };

// Hosts that say otherwise than most, in the label `what`.
local what(vector, text) = 'label_replace(%s, "what", "%s", "", "")' % [vector, text];
local differing = |||
  max by (%(host)s, relay, what) (1000 * (
    label_join(
      instance_endpoint:holysheep_incident:since{%(onHosts)s}
        and on (%(endpoint)s) endpoint:holysheep_failing:ratio <= %(majority)s,
      "what", "", "problem")
    or on (%(hostRelay)s) %(works)s
    or on (%(hostRelay)s) %(lost)s
    or on (%(host)s) %(silent)s))
||| % (l {
         works: what(|||
           NaN * (instance_endpoint:holysheep_failing:vote{%(onHosts)s} == 0
             and on (%(endpoint)s) endpoint:holysheep_failing:ratio > %(majority)s)
         ||| % l, 'works'),
         lost: what('holysheep_network_lost_since_timestamp_seconds{%s} > 0' % onHosts, 'lost'),
         silent: what('instance:holysheep_silent:since{instance=~"$instance"}', 'silent'),
       });

// The lower end of the 95 % confidence interval of Wilson.
local available(fault) =
  'max by (relay, endpoint, model) (endpoint:holysheep_availability:ratio30d{%s, fault="%s"})' % [of, fault];
local requests = 'max by (relay, endpoint, model) (endpoint:holysheep_requests:sum30d{%s})' % of;
local atLeast = |||
  (
    %(r)s + 1.92 / %(n)s
    - 1.96 * sqrt((%(r)s * (1 - %(r)s) + 0.96 / %(n)s) / %(n)s)
  ) / (1 + 3.84 / %(n)s)
||| % { r: available('relay'), n: requests };

p.dashboard(
  'fleet',
  'HolySheep Fleet',
  'Which hosts differ from the others, the availability of relays over 30 days, keys and certificates.',
  [
    p.variable('relay', 'Relay', 'label_values(holysheep_build_info, relay)'),
    p.variable('instance', 'Host', 'label_values(holysheep_build_info{relay=~"$relay"}, instance)'),
  ],
  [
    p.line(4, [
      p.stat(7, {
        title: 'Hosts',
        description: 'Hosts that agree with the majority about every relay, hosts that differ, hosts without a network of their own, and hosts that sent something within the last hour but no longer do.',
        empty: 'no hosts: are rules/ loaded?',
        unit: 'none',
        runbooks: ['HolySheepHostFailing', 'HolySheepVantageNetwork', 'HolySheepProbesSilent'],
        named: [
          ['agree', { thresholds: p.steps([[null, 'text'], [1, 'green']]) }],
          ['differ', { thresholds: p.steps([[null, 'text'], [1, 'orange']]) }],
          ['no network', { thresholds: p.steps([[null, 'text'], [1, 'blue']]) }],
          ['silent', { thresholds: p.steps([[null, 'text'], [1, 'purple']]) }],
        ],
        queries: [
          {
            expr: |||
              count(
                group by (%(host)s) (instance_endpoint:holysheep_failing:vote{%(onHosts)s})
                unless %(differ)s)
              or 0 * count(holysheep_build_info)
            ||| % l,
            legend: 'agree',
          },
          {
            expr: |||
              count(%s) or 0 * count(holysheep_build_info)
            ||| % l.differ,
            legend: 'differ',
          },
          {
            expr: |||
              count(group by (%(host)s) (
                holysheep_network_lost_since_timestamp_seconds{%(onHosts)s} > 0))
              or 0 * count(holysheep_build_info)
            ||| % l,
            legend: 'no network',
          },
          {
            expr: |||
              count(instance:holysheep_silent:since{instance=~"$instance"})
              or 0 * count(holysheep_build_info)
            |||,
            legend: 'silent',
          },
        ],
      }),
      p.stat(6, {
        title: 'Relays',
        description: 'By vote of all hosts. Failing: something that applications use does not work for the majority. Partly: something else, or not for the majority.',
        empty: 'no relays: does Prometheus scrape collectd?',
        unit: 'none',
        runbooks: ['HolySheepAPIDown'],
        named: [
          ['up', { thresholds: p.steps([[null, 'text'], [1, 'green']]) }],
          ['partly', { thresholds: p.steps([[null, 'text'], [1, 'orange']]) }],
          ['failing', { thresholds: p.steps([[null, 'text'], [1, 'red']]) }],
        ],
        queries: [
          {
            expr: 'count((%s) %s) or 0 * count(holysheep_build_info{%s})' % [q.state(of), each[1], of],
            legend: each[0],
          }
          for each in [['up', '== 0'], ['partly', '> 1 < 4'], ['failing', '>= 4']]
        ],
      }),
      p.stat(5, {
        title: 'Alerts firing',
        description: 'Of these relays, and of hosts. If there is no number, Prometheus evaluates no rules.',
        empty: 'no rules are loaded',
        unit: 'none',
        named: [
          ['critical', { thresholds: p.steps([[null, 'text'], [1, 'red']]) }],
          ['warning', { thresholds: p.steps([[null, 'text'], [1, 'orange']]) }],
        ],
        queries: [
          {
            expr: |||
              count(%s)
              or 0 * count(ALERTS{alertname="HolySheepWatchdog"})
            ||| % q.firingEach('relay=~"${relay:regex}|", severity="%s"' % severity),
            legend: severity,
          }
          for severity in ['critical', 'warning']
        ],
      }),
      p.stat(6, {
        title: 'Versions of the plugin',
        description: 'How many hosts run which version: more than one during an upgrade.',
        empty: 'no hosts: does Prometheus scrape collectd?',
        unit: 'suffix: hosts',
        queries: [{
          expr: 'count by (version) (group by (%(host)s, version) (holysheep_build_info{%(onHosts)s}))' % l,
          legend: '{{version}}',
        }],
      }, names=true),
    ]),
    p.line(9, [
      p.table(13, {
        title: 'Hosts that differ from the majority',
        description: 'A probe fails there and not on most hosts, or works there and not on most; or the host has lost its own network, or sends nothing. HolySheepHostFailing fires after %s.' % lib.config.minorityFor,
        empty: 'No host differs, or no rules are loaded',
        runbooks: ['HolySheepHostFailing', 'HolySheepVantageNetwork'],
        columns: [
          { name: 'Host', label: 'instance' },
          {
            name: 'Relay',
            label: 'relay',
            shown: p.to('relay',
                        'This relay, as this host sees it',
                        also='&var-instance=${__data.fields.Host}'),
          },
          {
            name: 'What',
            label: 'what',
            shown: {
              'custom.cellOptions': { type: 'color-text' },
              mappings: [p.texts([
                [problem, 'fails: ' + problem, words.colourOfProblem(problem)]
                for problem in lib.problems
              ] + [
                ['works', 'works, and not on most', 'green'],
                ['lost', 'has lost its own network', 'blue'],
                ['silent', 'sends nothing', 'purple'],
              ])],
            },
          },
          { name: 'Since', expr: differing, shown: p.timeAgo + p.width(140) },
        ],
      }, sort='What'),
      p.lines(11, {
        title: 'Hosts that see a relay fail',
        description: 'The part of the hosts, for any endpoint: a step is the relay or the account, a slope or a plateau below the line is some hosts.',
        empty: 'No votes: are rules/ loaded, and has a probe finished?',
        unit: 'percentunit',
        min: 0,
        max: 1,
        steps: [[null, 'transparent'], [lib.config.majority, 'red']],
        queries: [{
          expr: 'max by (relay) (endpoint:holysheep_failing:ratio{%s})' % of,
          legend: '{{relay}}',
        }],
      }, last=['lastNotNull', 'max']),
    ]),
    p.line(8, [p.table(24, {
      title: 'Availability over 30 days, by fault',
      description: 'The fraction of the probed time in which the relay (or the account, or the network in between) was not at fault, over all hosts. “At least” is the lower end of a 95 % confidence interval: if probes were independent, a less available relay would look this good by chance only once in 40 times. They are not: an outage of an hour is many probes but one event.',
      empty: 'Nothing before the first full hour, and nothing without rules/',
      columns: [
        { name: 'Relay', label: 'relay' },
        { name: 'Endpoint', label: 'endpoint' },
        { name: 'Model', label: 'model' },
        {
          name: 'Relay available',
          expr: available('relay'),
          shown: percent + p.coloured([[null, 'red'], [threshold.objective, 'yellow'], [0.999, 'green']]),
        },
        { name: 'at least (95 %)', expr: atLeast, shown: percent },
        { name: 'Account available', expr: available('account'), shown: percent },
        { name: 'Network available', expr: available('network'), shown: percent },
        { name: 'Probes', expr: requests, shown: { decimals: 0 } },
        {
          name: 'Days of data',
          expr: |||
            max by (relay, endpoint, model) (count_over_time(
              instance_endpoint:holysheep_observed:count1h{%s}[30d:1h])) / 24
          ||| % of,
          shown: { decimals: 1 },
        },
      ],
    }, sort='Relay')]),
    p.line(7, [p.table(24, {
      title: 'Keys, certificates and spending',
      description: 'The last known values; empty if the relay does not report them. The earliest date and the highest sum that any host saw.',
      empty: 'No relays: does Prometheus scrape collectd?',
      runbooks: ['HolySheepKeyExpires', 'HolySheepCertificateExpires', 'HolySheepSpendUnusual'],
      columns: [
        { name: 'Relay', label: 'relay', shown: p.to('relay', 'Details of this relay') },
        {
          name: 'Hosts',
          expr: 'count by (relay) (group by (%(hostRelay)s) (holysheep_build_info{%(onHosts)s}))' % l,
        },
        {
          name: 'Key expires in',
          expr: '(min by (relay) (holysheep_key_expiry_timestamp_seconds{%s} > 0) - time()) / 86400' % onHosts,
          shown: days,
        },
        {
          name: 'Certificate expires in',
          expr: '(min by (relay) (holysheep_tls_cert_expiry_timestamp_seconds{%s} > 0) - time()) / 86400' % onHosts,
          shown: days,
        },
        {
          name: 'Spent in 24 h',
          expr: 'max by (relay) (increase(holysheep_budget_spent_usd_total{%s}[24h]))' % onHosts,
          shown: { unit: 'currencyUSD', decimals: 2 },
        },
        {
          name: 'Of that, probes',
          expr: 'sum by (relay) (increase(holysheep_cost_usd_total{%s}[24h]))' % onHosts,
          shown: { unit: 'currencyUSD', decimals: 2 },
        },
      ],
    }, sort='Relay')]),
  ],
  from='now-24h'
)
