// What several dashboards ask. Each takes matchers of series, such as
// relay=~"$relay".
local lib = import '../lib.libsonnet';
local words = import 'words.libsonnet';
local apps = 'endpoint=~"%s"' % lib.applications;

{
  relays: 'relay=~"$relay"',
  relay: 'relay="$relay"',
  onHosts(of):: of + ', instance=~"$instance"',
  applications: apps,
  alerts(of):: 'alertname=~"HolySheep.+", alertname!="HolySheepWatchdog", ' + of,

  // DOWN: every endpoint that applications use fails, or all of its endpoints;
  // UNKNOWN: no host can say; FAILING: one of several that applications use;
  // PARTLY: another; SOME HOSTS: fewer than a majority; WAITING: no host has a
  // vote yet.
  state(of):: |||
    6 * group by (relay) (
      relay:holysheep_down:since{%(of)s}
      or on (relay) count by (relay) (endpoint:holysheep_failing:since{%(of)s, %(apps)s})
        == count by (relay) (endpoint:holysheep_failing:ratio{%(of)s, %(apps)s}))
    or 5 * group by (relay) (
      relay:holysheep_unseen:since{%(of)s}
      or instance_relay:holysheep_unseen:since{%(of)s})
    or 4 * group by (relay) (endpoint:holysheep_failing:since{%(of)s, %(apps)s})
    or 3 * group by (relay) (endpoint:holysheep_failing:since{%(of)s})
    or 2 * group by (relay) (relay:holysheep_hosts:failing{%(of)s})
    or 0 * group by (relay) (endpoint:holysheep_failing:ratio{%(of)s})
    or group by (relay) (
      holysheep_build_info{%(of)s} and on () ALERTS{alertname="HolySheepWatchdog"})
    or -1 * group by (relay) (holysheep_build_info{%(of)s})
  ||| % { of: of, apps: apps },

  // In milliseconds, as Grafana has times.
  since(of):: |||
    1000 * (
      max by (relay) (relay:holysheep_down:since{%(of)s})
      or max by (relay) (endpoint:holysheep_failing:since{%(of)s, %(apps)s})
      or max by (relay) (endpoint:holysheep_failing:since{%(of)s})
      or max by (relay) (relay:holysheep_unseen:since{%(of)s})
      or min by (relay) (instance_relay:holysheep_unseen:since{%(of)s})
      or min by (relay) (instance_endpoint:holysheep_incident:since{%(of)s}))
  ||| % { of: of, apps: apps },

  // The cause that most probes give, in the label `cause`; before a verdict, or
  // between two, the name of the problem.
  cause(of):: |||
    topk by (relay) (1, sum by (relay, cause) (endpoint:holysheep_causes:hosts{%(of)s}))
    or on (relay) topk by (relay) (1, count by (relay, cause) (
      max by (%(probe)s, cause) (holysheep_verdict{%(of)s, fault!="none"} == 1)
      and on (%(probe)s) instance_endpoint:holysheep_incident:since))
    or on (relay) topk by (relay) (1, count by (relay, cause) (label_join(
      instance_endpoint:holysheep_incident:since{%(of)s}, "cause", "", "problem")))
    or on (relay) label_replace(group by (relay) (
      relay:holysheep_unseen:since{%(of)s}), "cause", "silent", "", "")
    or on (relay) label_replace(group by (relay) (
      instance_relay:holysheep_unseen:since{%(of)s}), "cause", "unseen", "", "")
  ||| % (lib { of: of }),

  // "2 of 3", in the label `hosts`: those that see it fail, of those that have a
  // vote.
  hosts(of):: |||
    group by (relay, hosts) (label_join(
      count_values by (relay, of) ("failing", relay:holysheep_hosts:failing{%(of)s, problem=""})
      or on (relay) label_replace(
        count_values by (relay) ("of", count by (relay) (
          group by (%(hostRelay)s) (instance_endpoint:holysheep_failing:vote{%(of)s}))),
        "failing", "0", "", ""),
      "hosts", " of ", "failing", "of"))
  ||| % (lib { of: of }),

  balance(of):: |||
    max by (relay) (relay:holysheep_budget_remaining:latest{%(of)s})
    or min by (relay) (holysheep_budget_remaining{%(of)s}
      unless on (instance, relay) holysheep_budget_unlimited == 1)
  ||| % { of: of },

  // Hours, at the rate of 6 hours or of 30 minutes, whichever is higher.
  emptyIn(of):: |||
    min by (relay) (
      label_replace(relay:holysheep_budget:hours_left_at_6h{%(of)s}, "of", "6h", "", "")
      or relay:holysheep_budget:hours_left_at_30m{%(of)s})
  ||| % { of: of },

  // A quantile of rates of buckets, over all hosts; `by` is the labels, le among them.
  // Without answers there is none: not a NaN, of which a legend says that the
  // panel is empty.
  quantile(part, by, rates):: |||
    histogram_quantile(%s, sum by (%s) (
      %s)) >= 0
  ||| % [part, by, rates],
  latency(of):: 'rate(holysheep_request_latency_seconds_bucket{%s}[$__rate_interval])' % of,

  // Alerts that fire, in the labels alertname, severity, relay and where. An alert
  // of many hosts is one of them, `instance`, and how many.
  local of_alerts = 'severity, alertname, relay, where',
  local where(vector) = |||
    label_join(%s,
      "where", " ", "endpoint", "model", "problem", "resource", "cause")
  ||| % vector,
  firing(of):: |||
    topk by (%(by)s) (1, max by (%(by)s, instance) (%(where)s))
  ||| % {
    by: of_alerts,
    where: where(|||
      1000 * ALERTS_FOR_STATE{%(alerts)s}
        and ignoring (alertstate) ALERTS{%(alerts)s, alertstate="firing"}
      or label_replace(label_replace(
        NaN * absent(ALERTS{alertname="HolySheepWatchdog"}),
        "cause", "no rules are loaded", "", ""),
        "severity", "warning", "", "")
    ||| % { alerts: $.alerts(of) }),
  },
  // One for each row of that table: an alert of 200 hosts is one.
  firingEach(of):: 'group by (%s) (%s)' % [
    of_alerts,
    where('ALERTS{%s, alertstate="firing"}' % $.alerts(of)),
  ],
  firingHosts(of):: |||
    count by (%s) (group by (%s, %s) (%s))
  ||| % [of_alerts, of_alerts, lib.host, where(
    'ALERTS{%s, alertstate="firing", instance!=""}' % $.alerts(of)
  )],

  // What most hosts say of each endpoint, as the number of its problem.
  problems(of):: |||
    max by (probe) (label_join(
      round(1 + 100 * (
        endpoint:holysheep_failing:since{%(of)s} ^ 0
        * on (problem) group_left () problem:holysheep_precedence:weight))
      or on (relay, endpoint, model) 0 * endpoint:holysheep_failing:ratio{%(of)s},
      "probe", " ", "relay", "endpoint", "model"))
  ||| % { of: of },
}
