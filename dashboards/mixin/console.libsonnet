// The page that Prometheus itself serves: its states, and what it queries.
local lib = import 'lib.libsonnet';
local config = lib.config;

local l = lib { applications: lib.applications };
// All alerts but the one that always fires.
local firing = 'alertname=~"HolySheep.+",alertname!="HolySheepWatchdog",alertstate="firing"';
local watchdog = 'ALERTS{alertname="HolySheepWatchdog",alertstate="firing"}';
local alertSince(selector) =
  'ALERTS_FOR_STATE and ignoring (alertstate) ALERTS{%s}' % selector;

// What a relay's row says, worst first: the first that holds. `since` is an
// expression that has a relay's labels; its value is a time. Those that are
// `unjudged` are for a Prometheus without rules, in place of all others.
local states = [
  {
    name: 'down',
    level: 'critical',
    words: 'is down',
    since: 'relay:holysheep_down:since',
  },
  {
    name: 'hangs',
    level: 'critical',
    words: 'hangs',
    since: 'relay:holysheep_hangs:since',
  },
  {
    name: 'key rejected',
    level: 'critical',
    words: 'rejects the API key',
    since: 'endpoint:holysheep_failing:since{problem="key"}',
  },
  {
    name: 'no quota',
    level: 'critical',
    words: 'has no quota left',
    since: 'endpoint:holysheep_failing:since{problem="quota"}',
  },
  {
    name: 'failing',
    level: 'critical',
    words: 'fails',
    since: 'endpoint:holysheep_failing:since{endpoint=~"%(applications)s"}' % l,
  },
  {
    name: 'silent',
    level: 'critical',
    words: 'is not probed: its hosts send nothing',
    since: 'relay:holysheep_unseen:since',
  },
  {
    name: 'unknown',
    level: 'critical',
    words: 'is not probed: its hosts have no network',
    since: 'instance_relay:holysheep_unseen:since',
  },
  {
    name: 'runs out',
    level: 'critical',
    words: 'is about to run out of money',
    since: alertSince('alertname="HolySheepBudgetRunsOut",severity="critical",alertstate="firing"'),
  },
  {
    name: 'partly',
    level: 'warning',
    words: 'fails in part',
    since: 'endpoint:holysheep_failing:since',
  },
  {
    name: 'some hosts',
    level: 'warning',
    words: 'fails on some hosts',
    since: 'instance_endpoint:holysheep_incident:since',
  },
  {
    name: 'warning',
    level: 'warning',
    words: 'has a warning',
    since: alertSince(firing),
  },
  {
    name: 'up',
    level: 'ok',
    words: 'works',
    since: '0 * endpoint:holysheep_failing:ratio',
  },
  {
    name: 'waiting',
    level: 'unknown',
    words: 'has no verdict yet',
    since: '0 * holysheep_build_info',
  },
  {
    name: 'reported',
    level: 'warning',
    words: 'fails on at least one host',
    since: 'holysheep_incident_since_timestamp_seconds > 0',
    unjudged: true,
  },
  {
    name: 'not judged',
    level: 'unknown',
    words: 'is not judged',
    since: '0 * holysheep_build_info',
    unjudged: true,
  },
];

// `rank` is the place of the state in the list.
local rows(unjudged) = std.join('or on (%(relay)s) ' % l, [
  |||
    label_replace(max by (%(relay)s) (%(since)s), "rank", "%(rank)02d", "", "")
  ||| % (l { since: states[rank].since, rank: rank })
  for rank in std.range(0, std.length(states) - 1)
  if std.get(states[rank], 'unjudged', false) == unjudged
]);

{
  states: states,

  // For the template: vectors of the present moment. Those of a fleet's hosts
  // are aggregated here, so that no list grows with them.
  now: {
    rows: rows(false),
    'unjudged rows': rows(true),
    // Hosts that say that the relay fails, those that have a vote; and what the
    // former call it.
    failing: 'sum by (%(relay)s) (relay:holysheep_hosts:failing{problem=""})' % l,
    hosts: |||
      count by (%(relay)s) (count by (%(hostRelay)s) (
        instance_endpoint:holysheep_failing:vote))
    ||| % l,
    problems: 'sum by (%(relay)s, problem) (relay:holysheep_hosts:failing{problem!=""})' % l,
    // The same without rules.
    'unjudged failing': |||
      count by (%(relay)s) (count by (%(hostRelay)s) (
        holysheep_probe_failing == 1))
    ||| % l,
    'unjudged hosts': |||
      count by (%(relay)s) (count by (%(hostRelay)s) (holysheep_probe_failing))
    ||| % l,
    'unjudged problems': |||
      count by (%(relay)s, problem) (count by (%(hostRelay)s, problem) (
        holysheep_incident == 1))
    ||| % l,
    // Of those that fail for most hosts, or else for some.
    causes: |||
      sum by (%(relay)s, cause) (endpoint:holysheep_causes:hosts)
      or on (%(relay)s) count by (%(relay)s, cause) (
        max by (%(probe)s, cause) (holysheep_verdict{fault!="none"} == 1)
        and on (%(probe)s) instance_endpoint:holysheep_incident:since)
    ||| % l,
    success: |||
      avg by (%(relay)s) (instance_endpoint:holysheep_success:ratio30m{endpoint=~"%(applications)s"})
      or avg by (%(relay)s) (instance_endpoint:holysheep_success:ratio30m)
    ||| % l,
    p95: 'histogram_quantile(0.95, sum by (%(relay)s, le) (avg_over_time(endpoint:holysheep_latency_buckets:rate5m[30m])))' % l,
    balance: 'min by (relay) (relay:holysheep_budget_remaining:latest)',
    low: 'min by (relay) (relay:holysheep_budget_remaining:latest < on (relay) group_left () relay:holysheep_low_budget_usd:threshold)',
    unlimited: 'group by (relay) (holysheep_budget_unlimited == 1)',
    // Seconds until the balance is used up, at the rate of 6 hours or of 30
    // minutes, whichever is higher.
    empty: |||
      3600 * min by (relay) (
        label_replace(relay:holysheep_budget:hours_left_at_6h, "at", "6h", "", "")
        or relay:holysheep_budget:hours_left_at_30m)
    |||,
    // Alerts by relay, and all of them with the number of hosts.
    alerts: 'count by (relay, alertname, severity) (ALERTS{%s,relay!=""})' % firing,
    firing: 'count by (relay, endpoint, model, alertname, severity) (ALERTS{%s})' % firing,
    // What is missing if there are no rows, or no states.
    rules: 'group(%s or endpoint:holysheep_failing:ratio)' % watchdog,
    raw: 'count(collectd_holysheep_holysheep_build_info)',
    targets: 'up{job="collectd"} == 0',
  },

  // For the script: the last hours.
  hours: 6,
  ranges: {
    votes: 'count by (%(relay)s) (endpoint:holysheep_failing:ratio)' % l,
    problems: 'relay:holysheep_hosts:failing{problem!=""}',
    latency: 'histogram_quantile(0.95, sum by (%(relay)s, le) (endpoint:holysheep_latency_buckets:rate5m))' % l,
    balance: 'min by (relay) (relay:holysheep_budget_remaining:latest)',
    low: 'min by (relay) (relay:holysheep_low_budget_usd:threshold)',
  },
}
