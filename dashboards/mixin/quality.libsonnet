// Success rate and latency.
local lib = import 'lib.libsonnet';
local config = lib.config;
local l = lib { applications: lib.applications };
local lost = 'instance_relay:holysheep_network_lost:bool';

// `of` limits it to some of the probes.
local ratio(window, of='') = {
  record: 'instance_endpoint:holysheep_success:ratio' + window,
  expr: |||
    min by (%(probe)s) (
      label_replace(
        increase(instance_endpoint:holysheep_successes:total[%(window)s])
          / (increase(instance_endpoint:holysheep_requests:total[%(window)s]) > 0)%(of)s,
        "by", "status", "", "")
      or avg_over_time(holysheep_up[%(window)s])%(of)s)
  ||| % (l { window: window, of: of }),
};
local errors(window) = {
  record: 'endpoint:holysheep_errors:ratio' + window,
  expr: |||
    1 - sum by (%(endpoint)s) (
      increase(instance_endpoint:holysheep_successes:total[%(window)s])
      unless on (%(hostRelay)s) last_over_time(%(lost)s[%(window)s]))
    / sum by (%(endpoint)s) (
      increase(instance_endpoint:holysheep_requests:total[%(window)s])
      unless on (%(hostRelay)s) last_over_time(%(lost)s[%(window)s]))
  ||| % (l { window: window, lost: lost }),
};
local windows = std.set([
  rate[each]
  for rate in config.burnRates
  for each in ['long', 'short']
]);

local total(name, series) = {
  record: 'instance_endpoint:holysheep_%s:total' % name,
  expr: |||
    sum by (%s) (%s)
  ||| % [lib.probe, series],
};

local bucket = 'holysheep_request_latency_seconds_bucket{endpoint=~"%s"}'
               % lib.applications;
local median = 'instance_endpoint:holysheep_latency_seconds:median1h';
local slow = 'instance_endpoint:holysheep_latency_seconds:slow1h';

local warning = {
  severity: 'warning',
  'for': '2m',
  hosts: lib.hostsOfRelay,
  dashboard: lib.dashboard('relay', ['relay', 'instance']),
};
local model = '{{ with $labels.model }} {{ . }}{{ end }}';
{
  'quality.yml': {
    name: 'holysheep-quality',
    interval: config.interval.default,
    comment: |||
      Success rate and latency, over windows of half an hour: with one probe a
      minute, a shorter window would not contain twenty samples. These are
      warnings. They do not fire while an alert for a cause explains the problem,
      nor while what is left of it drains from the window.
    |||,
    rules: [
      'thresholds',
    ] + [
      lib.threshold(name, 'holysheep_build_info')
      for name in [
        'success_rate',
        'success_rate_probes',
        'objective',
        'slow_answers',
        'slow_answers_probes',
        'slow_answers_end',
        'unusual_latency_factor',
        'unusual_latency_seconds',
      ]
    ] + [
      'what other alerts cover',
      {
        record: 'relay:holysheep_told:bool',
        expr: |||
          group by (%s) (ALERTS{alertname=~"%s"})
        ||| % [lib.relay, std.join('|', [
          'HolySheepKeyRejected',
          'HolySheepQuotaExhausted',
          'HolySheepAPIDown',
          'HolySheepAPITimeout',
        ])],
      },
      {
        comment: 'Throttled for more than a minute.',
        record: 'endpoint:holysheep_throttled:bool',
        expr: |||
          group by (%(endpoint)s) (
            ALERTS_FOR_STATE{alertname="HolySheepRateLimited"} <= time() - 60)
        ||| % l,
      },
      {
        comment: |||
          By endpoint, or a permanently dead billing endpoint would silence the
          others permanently. Throttling is told once it has lasted five minutes.
          Intermittent throttling never is, so what recurs within two hours does not
          count.
        |||,
        record: 'endpoint:holysheep_told:bool',
        expr: |||
          group by (%(endpoint)s) (
            ALERTS{alertname=~"HolySheepEndpointFailing|HolySheepModelUnavailable"}
            or count by (%(endpoint)s) (holysheep_verdict{cause=~"%(once)s"} == 1)
              > %(majority)s * count by (%(endpoint)s) (holysheep_verdict{cause="ok"})
            or ALERTS{alertname="HolySheepRateLimited",alertstate="firing"}
            or (endpoint:holysheep_throttled:bool unless max_over_time(
              endpoint:holysheep_throttled:bool[2h] offset 6m)))
        ||| % (l {
          once: std.join('|', ['forbidden', lib.causesOf('local')]),
          majority: config.majority,
        }),
      },
      {
        comment: 'What a host without network sees says nothing about relays.',
        record: lost,
        expr: |||
          group by (%(hostRelay)s) (holysheep_network_lost_since_timestamp_seconds > 0)
        ||| % l,
      },
      {
        comment: |||
          An incident of the account or of the host itself is told by its own
          alert, sooner or later, and says nothing about the relay.
        |||,
        record: 'instance_endpoint:holysheep_told:bool',
        expr: |||
          group by (%(probe)s) (
            holysheep_probe_interval_seconds and on (%(relay)s)
              relay:holysheep_told:bool
            or holysheep_probe_interval_seconds and on (%(endpoint)s)
              endpoint:holysheep_told:bool
            or holysheep_probe_interval_seconds and on (%(hostRelay)s) (
              %(lost)s
              or ALERTS{alertname="HolySheepHostFailing",alertstate="firing"}
              or holysheep_incident{problem=~"key|quota|local"} == 1))
        ||| % (l { lost: lost }),
      },
      'success',
      {
        comment: |||
          All attempts of a probe, and those that were answered with a 2xx: two
          series instead of one for each status.
        |||,
      } + total('requests', 'holysheep_requests_total'),
      total('successes', 'holysheep_requests_total{status=~"2.."}'),
      {
        comment: |||
          The smaller of two ratios: by status, and by the time during which the
          last probe had succeeded, because a 200 can still be an error.
        |||,
      } + ratio('30m'),
      {
        comment: 'Of what was told within half an hour.',
      } + ratio('5m', '\n    and on (%s)\n      ' % lib.probe
                    + 'max_over_time(instance_endpoint:holysheep_told:bool[30m])'),
      {
        comment: |||
          What is told, or was told within half an hour if no failures have come
          since. An alert for a cause outlasts its failures by two minutes, so
          that in five more none of them is left in the shorter window.
        |||,
        record: 'instance_endpoint:holysheep_explained:bool',
        expr: |||
          max_over_time(instance_endpoint:holysheep_told:bool[5m])
          or instance_endpoint:holysheep_success:ratio5m
            >= %s
        ||| % lib.than('success_rate'),
      },
      lib.alert('HolySheepLowSuccessRate', warning {
        keep_firing_for: config.qualityKeepFiringFor,
        expr: |||
          instance_endpoint:holysheep_success:ratio30m
            < %s
          and increase(instance_endpoint:holysheep_requests:total[30m])
            >= %s
          unless instance_endpoint:holysheep_explained:bool
        ||| % [lib.than('success_rate'), lib.than('success_rate_probes')],
        summary: |||
          Relay {{ $labels.relay }}: only {{ $value | humanizePercentage }} of the
          probes at {{ $labels.endpoint }}%s from host {{ $labels.instance }}
          succeeded in the last 30 minutes.
        ||| % model,
        description: |||
          Applications on this host probably see a similar error rate. No
          failure lasted long enough, or affected enough hosts, for a page. Answers
          by status: {{ range $i, $e
          := printf "sum by (status) (increase(holysheep_requests_total{instance=%%q,relay=%%q,endpoint=%%q,model=%%q}[30m])) > 0.5"
          $labels.instance $labels.relay $labels.endpoint $labels.model | query |
          sortByLabel "status" }}{{ if $i }}, {{ end }}{{ .Labels.status }} x {{
          printf "%%.0f" .Value }}{{ end }}.
        ||| % [],
      }),
      'how fast failures use up what the objective of 30 days allows',
    ] + [errors(window) for window in windows] + [
      {
        record: 'endpoint:holysheep_burn_rate:' + rate.name,
        expr: |||
          %(long)s
            / %(allowed)s > %(factor)s
          and %(short)s
            / %(allowed)s > %(factor)s
          and count_over_time(%(short)s[%(window)s]) > %(half)d
          unless on (%(relay)s)
            max_over_time(relay:holysheep_told:bool[%(muted)s])
          unless on (%(endpoint)s)
            max_over_time(endpoint:holysheep_told:bool[%(muted)s])
          unless on (%(relay)s)
            last_over_time(ALERTS{alertname="HolySheepHostFailing"}[%(muted)s])
        ||| % (l + rate {
          long: 'endpoint:holysheep_errors:ratio' + rate.long,
          short: 'endpoint:holysheep_errors:ratio' + rate.short,
          allowed: 'on (relay) group_left () (1 - relay:holysheep_objective:threshold)',
          window: rate.long,
          muted: rate.short,
          half: rate.samples / 2,
        }),
      }
      for rate in config.burnRates
    ] + [
      lib.alert('HolySheepBurnRate', {
        severity: 'warning',
        expr: std.join('\nor ', [
          'endpoint:holysheep_burn_rate:' + rate.name
          for rate in config.burnRates
        ]),
        'for': '2m',
        keep_firing_for: config.qualityKeepFiringFor,
        summary: |||
          Relay {{ $labels.relay }}: {{ $labels.endpoint }}%s is using up its 30-day
          error budget {{ $value | printf "%%.0f" }} times too fast.
        ||| % model,
        description: |||
          Some requests fail and others succeed; applications probably see the
          same. Look at the success rate and the errors of the last hours, and
          decide whether to switch applications to another relay.
        |||,
        dashboard: lib.dashboard('relay', ['relay']),
      }),
      'latency',
      total('fast_answers',
            'holysheep_request_latency_seconds_bucket{le="%s"}'
            % config.slowSeconds),
      total('answers', 'holysheep_request_latency_seconds_count'),
      {
        record: 'instance_endpoint:holysheep_slow_answers:ratio30m',
        expr: |||
          1 - increase(instance_endpoint:holysheep_fast_answers:total[30m])
            / (increase(instance_endpoint:holysheep_answers:total[30m])
              >= %s)
        ||| % lib.than('slow_answers_probes'),
      },
      lib.alert('HolySheepHighLatency', warning {
        keep_firing_for: config.slowAnswersKeepFiringFor,
        comment: 'Ends well below the line at which it began.',
        expr: |||
          (instance_endpoint:holysheep_slow_answers:ratio30m
              > %(begin)s
            or instance_endpoint:holysheep_slow_answers:ratio30m
                > %(end)s
              and max_over_time(
                instance_endpoint:holysheep_slow_answers:ratio30m[%(memory)s])
                > %(begin)s)
          unless max_over_time(instance_endpoint:holysheep_told:bool[30m])
        ||| % {
          memory: config.slowAnswersMemory,
          begin: lib.than('slow_answers'),
          end: lib.than('slow_answers_end'),
        },
        summary: |||
          Relay {{ $labels.relay }}: {{ $value | humanizePercentage }} of the
          answers of {{ $labels.endpoint }}%s to host {{ $labels.instance }} took
          more than %s s in the last 30 minutes.
        ||| % [model, config.slowSeconds],
        description: |||
          Applications on this host probably wait as long. Look at the phases on
          the dashboard: dns, connect and tls point to the network, server to the
          relay, transfer to long answers.
        |||,
      }),
      'latency, compared with the same hour of the last seven days',
      {
        comment: |||
          Of the last hour, unless collectd was restarted within it; and of what
          applications use, on both sides: this rule costs most.
        |||,
        record: 'instance_endpoint:holysheep_latency_seconds:median1h',
        expr: |||
          max by (%(probe)s) (histogram_quantile(0.5,
            %(bucket)s
            - %(bucket)s offset 1h >= 0))
          and instance_endpoint:holysheep_answers:total
            - instance_endpoint:holysheep_answers:total offset 1h
            >= %(least)s
        ||| % (l { bucket: bucket, least: lib.than('slow_answers_probes') }),
      },
      {
        comment: |||
          One that could be worth a warning; most of the time there is none, and
          what is usual need not be known.
        |||,
        record: slow,
        expr: '%s > %s' % [median, lib.than('unusual_latency_seconds')],
      },
    ] + [
      {
        record: 'instance_endpoint:holysheep_latency_seconds:same_hour',
        expr: '%s offset %dd\nand %s' % [median, day, slow],
        labels: { day: "'%d'" % day },
      }
      for day in std.range(1, 7)
    ] + [
      {
        record: 'instance_endpoint:holysheep_latency_seconds:usual',
        expr: |||
          quantile by (%(probe)s) (0.5,
            instance_endpoint:holysheep_latency_seconds:same_hour)
          and count by (%(probe)s) (
            instance_endpoint:holysheep_latency_seconds:same_hour) >= 2
        ||| % l,
      },
      lib.alert('HolySheepLatencyUnusual', warning {
        expr: |||
          %s
            > instance_endpoint:holysheep_latency_seconds:usual
              * %s
          unless max_over_time(instance_endpoint:holysheep_told:bool[1h])
        ||| % [slow, lib.than('unusual_latency_factor')],
        keep_firing_for: '15m',
        summary: |||
          Relay {{ $labels.relay }}: the median answer of {{ $labels.endpoint }}%s
          to host {{ $labels.instance }} took {{ $value | humanizeDuration }} in the
          last hour. {{ with %s }}Usual at this time of day is {{ (. | first).Value
          | humanizeDuration }}.{{ end }}
        ||| % [model, lib.query(
          'instance_endpoint:holysheep_latency_seconds:usual{%(labels)s}',
          config.instanceLabels + ['relay', 'endpoint', 'model']
        )],
        description: |||
          Nothing fails, but applications on this host are probably slower than on
          previous days. Look at the phases on the dashboard, and compare with
          another relay or another model.
        |||,
      }),
    ],
  },
  'latency.yml': {
    name: 'holysheep-latency',
    interval: config.interval.latency,
    comment: |||
      What dashboards show of latency: at 300 hosts they cannot add up the buckets
      of each host for each point of a graph. No alert depends on it.
    |||,
    rules: [
      {
        comment: 'Of what applications use.',
        record: 'endpoint:holysheep_latency_buckets:rate5m',
        expr: |||
          sum by (%s, le) (rate(
            %s[5m]))
        ||| % [lib.endpoint, bucket],
      },
    ],
  },
}
