// What only relays of language models have.
local lib = import 'lib.libsonnet';
local config = lib.config;
local l = lib {
  hostModel: lib.commas(config.instanceLabels + ['relay', 'model']),
  seconds: config.overdue.seconds,
  intervals: config.overdue.intervals,
} + config.models;

local warning = {
  severity: 'warning',
  dashboard: lib.dashboard('relay', ['relay']),
};

{
  'models.yml': {
    name: 'holysheep-models',
    comment: |||
      Problems that only relays of language models have: models that are listed
      but not available, answers from a different model, and rate limits that run
      out.
    |||,
    rules: [
      'thresholds',
      lib.threshold('ratelimit_left', 'holysheep_ratelimit_limit'),
      lib.threshold('substituted_answers', 'holysheep_model_mismatch_total'),
      'shared by alerts and dashboards',
      {
        comment: |||
          The figures of a limit that are out of date: those that later answers no
          longer contain; those of an answer whose successor is overdue; and, if
          that is due in more than five minutes, those of a limit that has been
          renewed.
        |||,
        record: 'instance_model:holysheep_ratelimit_outdated:bool',
        expr: |||
          holysheep_ratelimit_reset_timestamp_seconds
            < on (%(hostModel)s) group_left ()
              max by (%(hostModel)s) (holysheep_last_probe_timestamp_seconds) - %(seconds)d
          or holysheep_ratelimit_limit and on (%(hostModel)s)
            holysheep_last_probe_timestamp_seconds
              < time() - %(seconds)d - %(intervals)d * holysheep_probe_interval_seconds
          or holysheep_ratelimit_limit
            and on (%(hostModel)s) holysheep_probe_interval_seconds > %(often)d
            unless on (%(hostModel)s, resource)
              holysheep_ratelimit_reset_timestamp_seconds >= time()
        ||| % l,
      },
      {
        comment: 'Several hosts use one key: the lowest figure is the right one.',
        record: 'relay_model:holysheep_ratelimit_left:ratio',
        expr: |||
          min by (relay, model, resource) (
            holysheep_ratelimit_remaining / (holysheep_ratelimit_limit > 0)
            unless on (%(hostModel)s, resource)
              instance_model:holysheep_ratelimit_outdated:bool)
        ||| % l,
      },
      {
        comment: 'By vote, like everything that a single host may see differently.',
        record: 'relay_model:holysheep_unlisted:ratio',
        expr: 'avg by (relay, model) (holysheep_model_available == bool 0)',
      },
      'alerts',
      lib.alert('HolySheepRateLimitNear', warning {
        expr: |||
          relay_model:holysheep_ratelimit_left:ratio
            < %s
        ||| % lib.than('ratelimit_left'),
        'for': config.models.nearFor,
        keep_firing_for: config.models.nearKeepFiringFor,
        summary: |||
          Relay {{ $labels.relay }} has {{ $value | humanizePercentage }} of its
          limit of {{ $labels.resource }} left for {{ $labels.model }}.
        |||,
        description: |||
          At zero, applications that use this key get 429 errors. Send less,
          spread out batch jobs, or ask the relay for a higher limit.
        |||,
      }),
      {
        comment: |||
          Six hours, because completions may be probed once an hour; three days if
          they are probed less often than every three hours.
        |||,
        record: 'relay_model:holysheep_substituted:increase',
        expr: |||
          sum by (relay, model) (max by (%(hostModel)s) (
            increase(holysheep_model_mismatch_total[%(window)s])
              unless on (%(hostModel)s) holysheep_probe_interval_seconds > %(seldom)d
            or increase(holysheep_model_mismatch_total[%(longWindow)s])
              and on (%(hostModel)s) holysheep_probe_interval_seconds > %(seldom)d))
        ||| % l,
      },
      lib.alert('HolySheepModelSubstituted', warning {
        expr: |||
          relay_model:holysheep_substituted:increase
            >= %s
        ||| % lib.than('substituted_answers'),
        summary: |||
          Relay {{ $labels.relay }} answers requests for {{ $labels.model }} with
          another model: {{ $value | printf "%.0f" }} recent answers name a
          different one.
        |||,
        description: |||
          Applications may be paying for this model and getting a cheaper one.
          Look at an answer to see which one it is, and ask the relay's support.
          If something depends on this model, move it to another relay.
        |||,
      }),
      lib.alert('HolySheepModelUnavailable', warning {
        comment: |||
          For the models in Require. A completion that fails is covered by
          causes.yml, and makes this alert redundant.
        |||,
        dashboard: lib.dashboard('monitor', ['relay']),
        expr: |||
          relay_model:holysheep_unlisted:ratio > %s
          unless on (relay, model) ALERTS{
            alertname="HolySheepModelUnavailable",endpoint=~"%s"}
        ||| % [config.majority, lib.applications],
        'for': config.models.unlistedFor,
        summary: |||
          Relay {{ $labels.relay }} does not list the required model
          {{ $labels.model }}.
        |||,
        description: |||
          Applications that request this model may get an error. Compare the name
          with the relay's list at /models: the model was renamed or removed, or
          none of the relay's upstreams offers it at the moment.
        |||,
      }),
    ],
  },
}
