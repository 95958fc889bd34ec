// The balance, and when it will be used up.
local lib = import 'lib.libsonnet';
local config = lib.config;
local l = lib {
  // Of one account, and of one host's figures.
  figures: lib.hostRelay,
  named: if config.accountBy == ['relay'] then ''
         else ' (host {{ $labels.instance }})',
};

local account(format) = lib.query(format, config.accountBy);
local valueOf(name, format) =
  '{{ with %s }}{{ (. | first).Value | printf "%s" }}{{ end }}'
  % [account(name + '{%(labels)s}'), format];

local balance = 'relay:holysheep_budget_remaining:latest';
local spent(window) = 'relay:holysheep_budget_spent_usd:increase' + window;
local below(vector, name) = vector + '\n  < ' + lib.than(name);

// Spent in a window, without its largest single fall if that is more than half
// of it: one purchase, or another account, is not a rate. If the balance is no
// lower than it was, nothing is used up, whatever the counter says: the highest
// of ten minutes is compared, for two accounts may be told by turns. The window
// is as long as there are data for.
local pace(window) = {
  record: 'relay:holysheep_budget_spent_usd:pace' + window,
  expr: |||
    (
      %(spent)s
      - (max_over_time(%(fall)s[%(window)s]) > %(spent)s / 2
        or 0 * %(spent)s)
    )
    / ((time() - min_over_time(%(seen)s[%(window)s])) / 3600 > 0.3)
    and max_over_time(%(balance)s[10m])
      < max_over_time(%(balance)s[10m] offset %(before)s)
  ||| % {
    spent: spent(window),
    window: window,
    balance: balance,
    fall: 'relay:holysheep_budget_remaining:fall',
    seen: 'relay:holysheep_budget_remaining:seen',
    before: '20m',
  },
};
local hoursLeft(window) = {
  record: 'relay:holysheep_budget:hours_left_at_' + window,
  expr: |||
    clamp_min(%s, 0) / (relay:holysheep_budget_spent_usd:pace%s > 0)
  ||| % [balance, window],
};

local runsOut = {
  description: |||
    $%s is left; $%s is spent per hour, not counting a single large sum. After
    that, the relay rejects every completion. Top up the account, or find out
    what is spending so much.
  |||,
  dashboard: lib.dashboard('relay', ['relay']),
};
local runsOutAt(window) = runsOut {
  description: runsOut.description % [
    valueOf(balance, '%.2f'),
    valueOf('relay:holysheep_budget_spent_usd:pace' + window, '%.2f'),
  ],
};

{
  'money.yml': {
    name: 'holysheep-money',
    interval: '1m',
    comment: |||
      The balance of the account, and when it will be used up. All hosts see the
      same balance, so these rules never sum over hosts.
    |||,
    rules: [
      'thresholds',
    ] + [
      lib.threshold(name, 'holysheep_budget_timestamp_seconds')
      for name in [
        'low_budget_usd',
        'budget_hours_warning',
        'budget_hours_critical',
        'unusual_spend_factor',
        'unusual_spend_usd',
        'balance_stale_hours',
      ]
    ] + [
      'the balance, and how fast it falls',
      {
        comment: |||
          The lowest that any host was told, without those that were told more
          than ten minutes before the others. A key without a limit has no
          balance, even if one was known before.
        |||,
        record: balance,
        expr: |||
          min by (%(account)s) (
            max by (%(figures)s) (holysheep_budget_remaining)
            and max by (%(figures)s) (holysheep_budget_timestamp_seconds)
              > on (%(account)s) group_left ()
                max by (%(account)s) (holysheep_budget_timestamp_seconds) - 600
            unless on (%(figures)s) holysheep_budget_unlimited == 1)
        ||| % l,
      },
      {
        comment: 'Since when: a window may be longer than there are data.',
        record: 'relay:holysheep_budget_remaining:seen',
        expr: 'timestamp(%s)' % balance,
      },
      {
        record: 'relay:holysheep_budget_remaining:fall',
        expr: '%s offset 1m - %s' % [balance, balance],
      },
      {
        comment: 'US dollars. Counts decreases only, so that a top-up hides nothing.',
        record: spent('6h'),
        expr: |||
          max by (%(account)s) (increase(holysheep_budget_spent_usd_total[6h]))
        ||| % l,
      },
      {
        record: spent('1h'),
        expr: |||
          max by (%(account)s) (increase(holysheep_budget_spent_usd_total[1h]))
        ||| % l,
      },
      {
        record: spent('30m'),
        expr: |||
          max by (%(account)s) (increase(holysheep_budget_spent_usd_total[30m]))
        ||| % l,
      },
      {
        comment: 'The hourly average over a week, once there are six days of data.',
        record: 'relay:holysheep_budget_spent_usd:mean1h',
        expr: |||
          avg_over_time(%(spent)s[7d:1h])
          and count_over_time(%(spent)s[7d:1h]) >= 6 * 24
        ||| % { spent: spent('1h') },
      },
      pace('6h') {
        comment: |||
          US dollars an hour, of the time for which there are data: without the
          largest single fall if that is more than half of what was spent, since a
          purchase is not a rate; and only while the balance is lower than twenty
          minutes ago, since two accounts may be told by turns.
        |||,
      },
      pace('30m'),
      {
        comment: 'Hours until the account is empty.',
      } + hoursLeft('6h'),
      hoursLeft('30m'),
      {
        comment: |||
          When any host last had a valid balance, of those told within a day; 0
          means never.
        |||,
        record: 'relay:holysheep_budget_timestamp_seconds:max',
        expr: |||
          max by (%(account)s) (
            max by (%(figures)s) (holysheep_budget_timestamp_seconds)
            unless on (%(figures)s) holysheep_budget_unlimited == 1)
        ||| % l,
      },
      {
        record: 'relay:holysheep_budget_timestamp_seconds:latest',
        expr: |||
          max_over_time(relay:holysheep_budget_timestamp_seconds:max[1d])
          and relay:holysheep_budget_timestamp_seconds:max
        |||,
      },
      {
        record: 'relay:holysheep_budget:asked',
        expr: 'timestamp(relay:holysheep_budget_timestamp_seconds:max)',
      },
      {
        comment: 'If there was none, for how long there have been billing probes.',
        record: 'relay:holysheep_budget:age_seconds',
        expr: |||
          time() - (relay:holysheep_budget_timestamp_seconds:latest > 0)
          or time() - min_over_time(relay:holysheep_budget:asked[1d])
            and relay:holysheep_budget_timestamp_seconds:latest == 0
        |||,
      },
      'alerts',
      lib.alert('HolySheepLowBudget', {
        severity: 'warning',
        expr: below(balance, 'low_budget_usd'),
        'for': '2m',
        summary: |||
          Relay {{ $labels.relay }}: the account%s has ${{ $value | printf "%%.2f"
          }} left.
        ||| % l.named,
        description: |||
          At zero, the relay rejects every completion. {{ with %s }}At the rate of
          the last six hours, that is in {{ (. | first).Value | printf "%%.0f" }}
          hours.{{ else }}Little was spent in the last six hours.{{ end }} Top up
          the account.
        ||| % account('relay:holysheep_budget:hours_left_at_6h{%(labels)s}'),
        dashboard: lib.dashboard('monitor', ['relay']),
      }),
      lib.alert('HolySheepBudgetRunsOut', runsOutAt('30m') {
        severity: 'critical',
        comment: 'Only while money is being spent.',
        expr: below('relay:holysheep_budget:hours_left_at_30m',
                    'budget_hours_critical')
              + '\nand max_over_time(relay:holysheep_budget_remaining:fall[9m]) > 0',
        'for': '2m',
        keep_firing_for: '10m',
        summary: |||
          Relay {{ $labels.relay }}: the account%s will be empty in {{ $value |
          printf "%%.1f" }} hours at the rate of the last 30 minutes.
        ||| % l.named,
      }),
      lib.alert('HolySheepBudgetRunsOut', runsOutAt('6h') {
        severity: 'warning',
        expr: below('relay:holysheep_budget:hours_left_at_6h',
                    'budget_hours_warning'),
        'for': '10m',
        keep_firing_for: '30m',
        summary: |||
          Relay {{ $labels.relay }}: the account%s will be empty in {{ $value |
          printf "%%.0f" }} hours at the rate of the last 6 hours.
        ||| % l.named,
      }),
      lib.alert('HolySheepSpendUnusual', {
        severity: 'warning',
        expr: |||
          %(spent)s
            > %(usd)s
          and %(spent)s
            > relay:holysheep_budget_spent_usd:mean1h * %(factor)s
        ||| % {
          spent: spent('1h'),
          usd: lib.than('unusual_spend_usd'),
          factor: lib.than('unusual_spend_factor'),
        },
        'for': '2m',
        summary: |||
          Relay {{ $labels.relay }}: ${{ $value | printf "%%.2f" }} was spent in the
          last hour%s; $%s is the hourly average of the last week.
        ||| % [l.named, valueOf('relay:holysheep_budget_spent_usd:mean1h', '%.2f')],
        description: |||
          Possible reasons are a new application, an endless loop or a leaked key.
          Compare with the usage per key in the relay's console.
        |||,
        dashboard: lib.dashboard('relay', ['relay']),
      }),
      lib.alert('HolySheepBalanceStale', {
        severity: 'warning',
        expr: |||
          relay:holysheep_budget:age_seconds / 3600
            > %s
          unless on (relay)
            relay:holysheep_budget:age_seconds <= on (relay) group_left ()
              60 + 2 * min by (relay) (
                holysheep_probe_interval_seconds{endpoint="billing"})
          unless on (relay)
            holysheep_network_lost_since_timestamp_seconds > 0
        ||| % lib.than('balance_stale_hours'),
        summary: |||
          Relay {{ $labels.relay }}: the balance%s is unknown; {{ with %s }}the last
          good answer was at {{ ((. | first).Value | toTime).Format "2006-01-02
          15:04" }} UTC{{ else }}there was no good answer in the last day{{ end }}.
        ||| % [l.named, account(
          'relay:holysheep_budget_timestamp_seconds:latest{%(labels)s} > 0')],
        description: |||
          Until this is fixed, nothing warns of an empty account. Look at the
          verdict of the billing probe. If the relay has changed the format of its
          answer, set Path and RemainingKey in its Billing block to match.
        |||,
        dashboard: lib.dashboard('relay', ['relay']),
      }),
    ],
  },
}
