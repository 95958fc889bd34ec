// Whether the monitoring itself works.
local lib = import 'lib.libsonnet';
local config = lib.config;
local l = lib {
  seen: 'instance_relay:holysheep_seen:timestamp',
};

local warning = {
  severity: 'warning',
  dashboard: lib.dashboard('fleet'),
};
local model = '{{ with $labels.model }} {{ . }}{{ end }}';
local relayOfHost = lib.dashboard('relay', ['relay', 'instance']);

{
  'silence.yml': {
    name: 'holysheep-silence',
    interval: config.interval.default,
    comment: 'Whether the monitoring itself works.',
    rules: [
      'thresholds',
      lib.threshold('late_intervals', 'holysheep_build_info'),
      lib.threshold('late_seconds', 'holysheep_build_info'),
      'who sends what',
      {
        comment: "When a host last sent a relay's series, and which hosts do so now.",
        record: 'instance_relay:holysheep_seen:timestamp',
        expr: |||
          max by (%(hostRelay)s) (floor(timestamp(holysheep_build_info)))
        ||| % l,
      },
      {
        record: 'instance_relay:holysheep_seen:timestamp1d',
        expr: 'max_over_time(instance_relay:holysheep_seen:timestamp[1d])',
      },
      {
        record: 'instance:holysheep_seen:timestamp',
        expr: 'max by (%(host)s) (instance_relay:holysheep_seen:timestamp)' % l,
      },
      {
        comment: |||
          The relays that a host sent most recently, without those that were
          removed earlier.
        |||,
        record: 'instance_relay:holysheep_seen_last:timestamp',
        expr: |||
          instance_relay:holysheep_seen:timestamp1d
            >= on (%(host)s) group_left ()
              max by (%(host)s) (instance_relay:holysheep_seen:timestamp1d) - 300
        ||| % l,
      },
      {
        comment: 'Relays that no host sends, because each host that did is gone.',
        record: 'relay:holysheep_unseen:since',
        expr: |||
          max by (%(relay)s) (instance_relay:holysheep_seen_last:timestamp)
          unless on (%(relay)s) (
            instance_relay:holysheep_seen:timestamp1d
            and on (%(host)s) instance:holysheep_seen:timestamp)
        ||| % l,
      },
      {
        comment: 'A host that sends nothing, unless that is said of its relays.',
        record: 'instance:holysheep_silent:since',
        expr: |||
          max by (%(host)s) (max_over_time(%(seen)s[1h]))
          unless on (%(host)s) instance:holysheep_seen:timestamp
          unless on (%(host)s) (
            instance_relay:holysheep_seen_last:timestamp
            and on (%(relay)s) relay:holysheep_unseen:since)
        ||| % l,
      },
      {
        comment: |||
          A relay that is no longer sent by hosts that are still there: most
          likely it was removed.
        |||,
        record: 'relay:holysheep_removed:since',
        expr: |||
          max by (%(relay)s) (max_over_time(%(seen)s[1h]))
          unless on (%(relay)s) instance_relay:holysheep_seen:timestamp
          and on (%(relay)s) (
            instance_relay:holysheep_seen:timestamp1d
            and on (%(host)s) instance:holysheep_seen:timestamp)
        ||| % l,
      },
      {
        comment: 'When the last probe ended; before the first one has, when it started.',
        record: 'instance_endpoint:holysheep_last_probe:timestamp',
        expr: |||
          floor(max by (%(probe)s) (
            holysheep_last_probe_timestamp_seconds
            or holysheep_verdict_since_timestamp_seconds
              and on (%(probe)s) holysheep_verdict{cause="pending"} == 1))
        ||| % l,
      },
      'alerts',
      lib.alert('HolySheepProbesSilent', {
        comment: |||
          A restart takes seconds, a reboot minutes, and the series of many relays
          appear gradually.
        |||,
        severity: 'critical',
        expr: 'relay:holysheep_unseen:since',
        'for': '5m',
        summary: |||
          Relay {{ $labels.relay }} has not been probed by any host since %s.
        ||| % lib.date,
        description: |||
          None of the hosts that probed it sends anything. It is unknown whether
          the relay works, and no other alert about it can fire. Check {{ range
          $i, $e := printf "topk(10, instance_relay:holysheep_seen:timestamp1d{relay=%%q})"
          $labels.relay | query | sortByLabel "instance" }}{{ if $i }}, {{ end
          }}{{ .Labels.instance }}{{ end }}: is collectd running, and can
          Prometheus reach it?
        ||| % [],
        dashboard: lib.dashboard('fleet', ['relay']),
      }),
      lib.alert('HolySheepProbesSilent', warning {
        expr: |||
          instance:holysheep_silent:since
          or relay:holysheep_removed:since
        |||,
        'for': '5m',
        summary: |||
          {{ with $labels.instance }}Host {{ . }} has sent nothing about its
          relays{{ else }}Relay {{ $labels.relay }} has no longer been probed{{
          end }} since %s.
        ||| % lib.date,
        description: |||
          {{ if $labels.instance }}collectd or the host is down, or Prometheus
          cannot reach it. Check the scrape target, then the host. Other hosts
          still probe its relays.{{ else }}The hosts that probed it still probe
          other relays. If it was removed from collectd's configuration on
          purpose, there is nothing to do: this warning resolves after an hour.{{
          end }}
        |||,
      }),
      lib.alert('HolySheepHostsMissing', warning {
        comment: 'Hosts that were never seen: expectedHosts in config.libsonnet.',
        expr: |||
          (max(holysheep:override{threshold="expected_hosts"}) or vector(%s))
            - (count(instance:holysheep_seen:timestamp) or vector(0)) > 0
        ||| % config.expectedHosts,
        'for': '10m',
        summary: |||
          {{ $value }} of the expected hosts send{{ if eq $value 1.0 }}s{{ end }}
          nothing about relays.
        |||,
        description: |||
          Either they never did, or they are down. Compare the hosts of the fleet
          dashboard with your inventory: is the plugin loaded, and does Prometheus
          scrape them?
        |||,
      }),
      lib.alert('HolySheepProbesLate', warning {
        expr: |||
          (instance_endpoint:holysheep_last_probe:timestamp - time()
            + on (relay) group_left () relay:holysheep_late_seconds:threshold
            + on (%(probe)s)
              max by (%(probe)s) (holysheep_probe_interval_seconds)
              * on (relay) group_left () relay:holysheep_late_intervals:threshold
            < 0) * 0
          + on (%(probe)s) instance_endpoint:holysheep_last_probe:timestamp
          unless on (%(probe)s) holysheep_probe_suppressed == 1
        ||| % l,
        'for': '5m',
        dashboard: relayOfHost,
        summary: |||
          Host {{ $labels.instance }} has not probed {{ $labels.endpoint }}%s of
          relay {{ $labels.relay }} since %s.
        ||| % [model, lib.date],
        description: |||
          What it reports about this endpoint is out of date. Too many probes may
          be hanging at once (MaxConnections), another plugin may occupy
          collectd's read threads, or the clocks of this host and of Prometheus
          may differ.
        |||,
      }),
      lib.alert('HolySheepProbesHeldBack', warning {
        expr: |||
          instance_endpoint:holysheep_last_probe:timestamp
          and on (%(probe)s)
            max by (%(probe)s) (holysheep_probe_suppressed) == 1
        ||| % l,
        'for': config.heldBackFor,
        dashboard: relayOfHost,
        summary: |||
          Host {{ $labels.instance }} has been holding back its probes of
          {{ $labels.endpoint }}%s of relay {{ $labels.relay }}; the last one was
          at %s.
        ||| % [model, lib.date],
        description: |||
          Because of {{ range $i, $e := printf
          "holysheep_probe_suppressed{instance=%%q,relay=%%q,endpoint=%%q,model=%%q} == 1"
          $labels.instance $labels.relay $labels.endpoint $labels.model | query
          }}{{ if $i }}, {{ end }}{{ .Labels.reason }}{{ end }}: the relay asked to
          wait (retry_after), or MaxRequests (rate_limit) or MaxCostPerDay
          (daily_cost) is used up. Nothing is known about this endpoint meanwhile.
        ||| % [],
      }),
      lib.alert('HolySheepRulesLate', warning {
        comment: 'Needs a Prometheus that scrapes itself, as prometheus.yml has it.',
        expr: |||
          sum by (rule_group) (increase(
            prometheus_rule_group_iterations_missed_total{
              rule_group=~".*holysheep-.*"}[10m])) > 0
        |||,
        keep_firing_for: '10m',
        summary: |||
          Prometheus missed {{ $value | printf "%.0f" }} evaluations of
          {{ reReplaceAll ".*;" "" $labels.rule_group }} in ten minutes.
        |||,
        description: |||
          Alerts come late. It has too little CPU or memory for this many hosts
          and relays: give it more, or evaluate this group less often (interval in
          config.libsonnet).
        |||,
      }),
      lib.alert('HolySheepNotRelabelled', warning {
        expr: |||
          count by (job) (
            group by (job, holysheep) (collectd_holysheep_holysheep_build_info))
        |||,
        'for': '2m',
        summary: |||
          The scrape job {{ $labels.job }} lacks the relabelling rules that name
          the series of {{ $value }} {{ if eq $value 1.0 }}relay{{ else }}relays{{
          end }}.
        |||,
        description: |||
          No dashboard shows these series and no other alert sees them. Copy
          metric_relabel_configs and honor_timestamps into this job from the job
          collectd in the prometheus.yml that came with these rules.
        |||,
      }),
      lib.alert('HolySheepWatchdog', warning {
        comment: |||
          For an external dead man's switch, which complains when this alert stops
          arriving.
        |||,
        severity: 'none',
        expr: 'vector(1)',
        summary: 'Prometheus evaluates its rules and reaches Alertmanager.',
        description: |||
          This alert always fires. An external dead man's switch should complain
          when it stops arriving.
        |||,
      }),
    ],
  },
}
