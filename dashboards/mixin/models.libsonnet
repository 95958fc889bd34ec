// What only relays of language models have.
local lib = import 'lib.libsonnet';
local config = lib.config;
local l = lib {
  hostModel: lib.commas(config.instanceLabels + ['relay', 'model']),
  seconds: config.overdue.seconds,
  intervals: config.overdue.intervals,
} + config.models;

local tokens = 'endpoint:holysheep_prompt_tokens:';
// The size of a prompt somewhere else, if it is known.
local counted(series, words) = '{{ with %s }}%s{{ end }}' % [
  lib.query(tokens + series + '{%(labels)s}',
            config.voteBy + ['endpoint', 'model']),
  words % '{{ . | first | value | printf "%.0f" }}',
];

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
      lib.threshold('inflated_tokens_factor', 'holysheep_prompt_tokens'),
      lib.threshold('inflated_tokens', 'holysheep_prompt_tokens'),
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
        expr: 'avg by (%(relay)s, model) (holysheep_model_available == bool 0)' % l,
      },
      'how many tokens the same prompt has',
      {
        comment: 'At the median host, and of an hour: a random word makes it vary.',
        record: tokens + 'median',
        expr: |||
          quantile by (%(endpoint)s) (0.5,
            max by (%(probe)s) (holysheep_prompt_tokens))
        ||| % l,
      },
      {
        record: tokens + 'median1h',
        expr: 'quantile_over_time(0.5, %smedian[1h])' % tokens,
      },
      {
        comment: "What this relay counted in the last week, and what the reference's does.",
        record: tokens + 'usual',
        expr: |||
          quantile_over_time(0.5, %(tokens)smedian1h[7d:1h])
          and count_over_time(%(tokens)smedian1h[7d:1h]) >= %(hours)d
        ||| % { tokens: tokens, hours: config.models.hoursOfTokens },
      },
      {
        record: tokens + 'reference',
        expr: |||
          (%(tokens)smedian1h unless on (relay) holysheep_reference == 1) ^ 0
          * on (endpoint, model) group_left ()
            max by (endpoint, model) (
              %(tokens)smedian1h and on (relay) holysheep_reference == 1)
        ||| % { tokens: tokens },
      },
      {
        comment: 'The same prompt in plain answers, of a stream.',
        record: tokens + 'median_plain',
        expr: |||
          quantile by (%(endpoint)s) (0.5,
            max by (%(probe)s) (holysheep_plain_prompt_tokens))
        ||| % l,
      },
      {
        record: tokens + 'plain',
        expr: 'quantile_over_time(0.5, %smedian_plain[1h])' % tokens,
      },
      {
        comment: 'The lowest of the three.',
        record: tokens + 'expected',
        expr: |||
          min by (%(endpoint)s) (
            label_replace(%(tokens)susual, "by", "history", "", "")
            or label_replace(%(tokens)sreference, "by", "reference", "", "")
            or %(tokens)splain)
        ||| % (l { tokens: tokens }),
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
      lib.alert('HolySheepTokensInflated', warning {
        expr: |||
          %(tokens)smedian1h
            > %(tokens)sexpected * %(factor)s
          and %(tokens)smedian1h - %(tokens)sexpected
            >= %(more)s
        ||| % {
          tokens: tokens,
          factor: lib.than('inflated_tokens_factor'),
          more: lib.than('inflated_tokens'),
        },
        'for': config.models.inflatedFor,
        dashboard: lib.dashboard('compare'),
        summary: |||
          Relay {{ $labels.relay }} counts {{ $value | printf "%%.0f" }} prompt tokens
          for a probe of {{ $labels.endpoint }} {{ $labels.model }}.%s%s%s
        ||| % [
          counted('usual', ' In the last week, %s were usual.'),
          counted('reference', ' The reference relay counts %s.'),
          counted('plain', ' A plain answer to the same prompt counts %s.'),
        ],
        description: |||
          Applications may be charged for more tokens than they send. There are
          other explanations: another tokenizer, a system prompt that the relay
          adds, an estimate in place of a count, or a changed prompt in collectd's
          configuration. Rule those out before you ask the relay's support.
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
          unless on (%s, model) ALERTS{
            alertname="HolySheepModelUnavailable",endpoint=~"%s"}
        ||| % [config.majority, lib.relay, lib.applications],
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
