// Whether the monitoring itself works.
local lib = import 'lib.libsonnet';
local config = lib.config;
local l = lib {
  seen: 'instance_relay:holysheep_seen:timestamp',
  apart: config.silence.apart,
  goneFor: config.silence.goneFor,
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
        expr: 'max_over_time(instance_relay:holysheep_seen:timestamp[%s])'
              % config.silence.remembered,
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
              max by (%(host)s) (instance_relay:holysheep_seen:timestamp1d) - %(apart)d
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
          max by (%(host)s) (max_over_time(%(seen)s[%(goneFor)s]))
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
          max by (%(relay)s) (max_over_time(%(seen)s[%(goneFor)s]))
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
        'for': config.silence.relayFor,
        summary: |||
          No host has probed relay {{ $labels.relay }} since %s.
        ||| % lib.clock,
        description: |||
          None of the hosts that probed it sends metrics. It is not known whether
          the relay works, and no other alert about it can fire. Check %s: is
          collectd running, and can Prometheus scrape it?
        ||| % lib.list(
          lib.query('instance_relay:holysheep_seen:timestamp1d{%(labels)s}',
                    config.voteBy),
          '{{ .Labels.instance }}', ['instance']),
        dashboard: lib.dashboard('fleet', ['relay']),
      }),
      lib.alert('HolySheepProbesSilent', warning {
        expr: |||
          instance:holysheep_silent:since
          or relay:holysheep_removed:since
        |||,
        'for': config.silence.hostFor,
        summary: |||
          {{ with $labels.instance }}Host {{ . }}%s has sent no metrics about its
          relays{{ else }}No host has probed relay {{ $labels.relay }}{{ end }}
          since %s.
        ||| % [lib.whose, lib.clock],
        hosts: 'query "count(count by (%s) (instance_relay:holysheep_seen:timestamp1d))"'
               % lib.host,
        description: |||
          {{ if $labels.instance }}collectd or the host is down, or Prometheus
          cannot scrape it. Other hosts still probe its relays. Check the scrape
          target, then the host.{{ else }}The hosts that probed it still probe
          other relays. If it was removed from collectd's configuration on
          purpose, there is nothing to do: this warning resolves after an hour.{{
          end }}
        |||,
      }),
      lib.alert('HolySheepHostsMissing', warning {
        comment: 'Hosts that were never seen: expectedHosts in config.libsonnet.',
        expr: |||
          (max(holysheep:override{threshold="expected_hosts"})
            or %s)
            - (count(instance:holysheep_seen:timestamp) or vector(0)) > 0
        ||| % (if std.isNumber(config.expectedHosts)
               then 'vector(%d)' % config.expectedHosts
               else config.expectedHosts),
        'for': config.missingFor,
        summary: |||
          {{ $value }} expected host{{ if eq $value 1.0 }} sends{{ else }}s send{{
          end }} no metrics about relays.
        |||,
        description: |||
          These hosts have never sent any, or are down. Compare the hosts on the
          fleet dashboard with your inventory. On those that are missing: is the
          plugin loaded, and does Prometheus scrape them?
        |||,
      }),
      lib.alert('HolySheepOverrideUnused', warning {
        comment: 'Of a threshold or a relay that there is not.',
        expr: |||
          group by (threshold, relay) (
            holysheep:override{threshold!="expected_hosts"})
          unless on (threshold, relay) (
            holysheep:override{threshold=~"%s"}
            and on (relay) instance_relay:holysheep_seen:timestamp1d)
        ||| % std.join('|', std.objectFields(config.threshold)),
        'for': config.overrideFor,
        summary: |||
          The override of {{ $labels.threshold }} for relay {{ $labels.relay }} has
          no effect.
        |||,
        description: |||
          {{ if match "^(%s)$" $labels.threshold }}No host has sent this relay in the
          last day: compare the name with that in collectd's configuration.{{ else
          }}There is no threshold of this name.{{ end }} Applications are not
          affected, but alerts use the default.
        ||| % std.join('|', std.objectFields(config.threshold)),
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
        'for': config.lateFor,
        dashboard: relayOfHost,
        summary: |||
          Host {{ $labels.instance }} has not probed {{ $labels.endpoint }}%s of
          relay {{ $labels.relay }} since %s.
        ||| % [model, lib.clock],
        hosts: lib.hostsOfRelay,
        description: |||
          What this host reports about the endpoint is out of date; it does not say
          anything about applications. First compare the clocks of this host and of
          Prometheus. Otherwise too many probes may be hanging at once
          (MaxConnections), or another plugin may occupy collectd's read threads.
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
          Host {{ $labels.instance }} has not probed {{ $labels.endpoint }}%s of
          relay {{ $labels.relay }} since %s, because {{ with printf
          "holysheep_probe_suppressed{instance=%%q,relay=%%q,endpoint=%%q,model=%%q} == 1"
          $labels.instance $labels.relay $labels.endpoint $labels.model | query }}{{
          with (. | first).Labels.reason }}{{ if eq . "retry_after" }}the relay asked
          it to wait{{ else if eq . "rate_limit" }}MaxRequests is used up{{ else
          }}MaxCostPerDay is used up{{ end }}{{ end }}{{ else }}a limit holds its
          probes back{{ end }}.
        ||| % [model, lib.clock],
        hosts: lib.hostsOfRelay,
        description: |||
          This host does not know whether the endpoint works. If the relay asked it
          to wait, applications that use the same key are probably throttled too:
          send less, or ask the relay for a higher limit. If a limit of the plugin
          is used up, raise it, or probe less often (Interval).
        |||,
      }),
    ],
  },
  'watchdog.yml': {
    name: 'holysheep-watchdog',
    interval: config.interval.default,
    comment: |||
      Whether Prometheus does what the other rules need. These read none of the
      series that others record, and cost next to nothing, so that they are in time
      when others are late.
    |||,
    rules: [
      lib.alert('HolySheepRulesLate', warning {
        comment: 'Needs a Prometheus that scrapes itself, as prometheus.yml has it.',
        expr: |||
          sum by (rule_group) (increase(
            prometheus_rule_group_iterations_missed_total{
              rule_group=~".*;holysheep-.*"}[%s])) > 0
        ||| % config.rulesLate,
        keep_firing_for: config.rulesLate,
        summary: |||
          Prometheus skipped {{ $value | printf "%.0f" }} evaluations of the rule
          group {{ reReplaceAll ".*;" "" $labels.rule_group }} in ten minutes.
        |||,
        description: |||
          Alerts about relays may come late. Prometheus has too little CPU or memory
          for this many hosts and relays: give it more, or evaluate this group less
          often (interval in config.libsonnet).
        |||,
      }),
      lib.alert('HolySheepNotRelabelled', warning {
        expr: |||
          count by (job) (
            group by (job, holysheep) (collectd_holysheep_holysheep_build_info))
        |||,
        'for': config.setupFor,
        summary: |||
          The scrape job {{ $labels.job }} lacks the relabelling rules that name
          the series of {{ $value }} {{ if eq $value 1.0 }}relay{{ else }}relays{{
          end }}.
        |||,
        description: |||
          No dashboard shows these relays and no other alert can fire for them. Copy
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
          This alert always fires, and nothing needs to be done. An external dead
          man's switch should complain when it stops arriving.
        |||,
      }),
    ],
  },
}
