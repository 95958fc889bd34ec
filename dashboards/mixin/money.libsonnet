// The balance, and when it will be used up.
local lib = import 'lib.libsonnet';
local config = lib.config;
local money = config.money;
local l = lib {
  // Of one account, and of one host's figures.
  figures: lib.hostRelay,
  fresh: money.fresh,
  named: if config.accountBy == ['relay'] then ''
         else ' (host {{ $labels.instance }})',
};

local account(format) = lib.query(format, config.accountBy);
local valueOf(name, format) =
  '{{ with %s }}{{ (. | first).Value | printf "%s" }}{{ end }}'
  % [account(name + '{%(labels)s}'), format];

// A balance may be below zero: what there is `left`, and otherwise what the
// account is.
local leftOf(value, left, below) = std.format(
  '{{ if lt %(value)s 0.0 }}%(below)s{{ else }}%(left)s{{ end }}',
  {
    value: value,
    left: left % ('{{ %s | printf "$%%.2f" }}' % value),
    below: below % ('{{ %s | printf "%%.2f" | reReplaceAll "-" "$$" }}' % value),
  });

local balance = 'relay:holysheep_budget_remaining:latest';
local fall = 'relay:holysheep_budget_remaining:fall';
local returned = 'relay:holysheep_budget_remaining:returned';
local seen = 'relay:holysheep_budget_remaining:since';
local spent(window) = 'relay:holysheep_budget_spent_usd:increase' + window;
local below(vector, name) = vector + '\n  < ' + lib.than(name);

local before = 'last_over_time(%s[%s] offset %s)'
               % [balance, money.gap, config.interval.money];

// What was spent in a window. A range ends between two samples.
local spentIn(window) = {
  record: spent(window.name),
  expr: |||
    clamp_min(
      sum_over_time(%(fall)s[%(range)s])
      - sum_over_time(%(returned)s[%(range)s]),
      0)
  ||| % (window { fall: fall, returned: returned }),
};
// The same an hour, of the time for which there are data, without a lump.
local pace(window) = {
  record: 'relay:holysheep_budget_spent_usd:pace' + window.name,
  expr: |||
    clamp_min(
      %(spent)s
      - (max_over_time(%(fall)s[%(range)s]) > %(spent)s * %(lump)s
        or 0 * %(spent)s),
      0)
    / ((time() - min_over_time(%(seen)s[%(range)s])) / 3600 > %(least)s)
  ||| % (window {
    spent: spent(window.name),
    fall: fall,
    seen: seen,
    lump: '%g' % money.lump,
    least: '%g' % money.leastHours,
  }),
};
local hoursLeft(window) = {
  record: 'relay:holysheep_budget:hours_left_at_' + window.name,
  expr: |||
    clamp_min(%s, 0) / (relay:holysheep_budget_spent_usd:pace%s > 0)
  ||| % [balance, window.name],
};

local runsOut(name, window) = {
  expr: below('relay:holysheep_budget:hours_left_at_' + window.name, name),
  summary: |||
    Relay {{ $labels.relay }}: the account%s {{ if eq $value 0.0 }}is empty{{ else
    }}will be empty in {{ $value | printf "%%.1f" }} hours at the rate of the last
    %s{{ end }}.
  ||| % [l.named, window.words],
  description: |||
    {{ with %s }}{{ $left := (. | first).Value }}%s{{ end }} About $%s is spent per
    hour, not counting a single large charge. Once the account is empty, the relay
    rejects every completion, and applications get errors. Top up the account, or
    find out what is spending so much.
  ||| % [
    account(balance + '{%(labels)s}'),
    leftOf('$left', '%s is left.', 'The account is %s below zero.'),
    valueOf('relay:holysheep_budget_spent_usd:pace' + window.name, '%.2f'),
  ],
  dashboard: lib.dashboard('relay', ['relay']),
};

{
  'money.yml': {
    name: 'holysheep-money',
    interval: config.interval.money,
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
          The lowest that any host was told, without those that were told long
          before the others. A key without a limit has no balance, even if one was
          known before.
        |||,
        record: balance,
        expr: |||
          min by (%(account)s) (
            max by (%(figures)s) (holysheep_budget_remaining)
            and max by (%(figures)s) (holysheep_budget_timestamp_seconds)
              > on (%(account)s) group_left ()
                max by (%(account)s) (holysheep_budget_timestamp_seconds) - %(fresh)d
            unless on (%(figures)s) holysheep_budget_unlimited == 1)
        ||| % l,
      },
      {
        record: fall,
        expr: |||
          clamp_min(
            %s
            - %s, 0)
        ||| % [before, balance],
      },
      {
        comment: 'From when on it is known: a window may be longer.',
        record: seen,
        expr: 'timestamp(%s) - %d' % [fall, lib.seconds(config.interval.money)],
      },
      {
        comment: |||
          What comes back after a fall was not spent: a relay may tell of two
          accounts by turns. Of a top-up, no more counts than the largest fall, so
          that it hides next to nothing.
        |||,
        record: returned,
        expr: |||
          clamp_min(
            %(balance)s
            - %(before)s, 0)
            < max_over_time(%(fall)s[%(range)s])
          or max_over_time(%(fall)s[%(range)s])
        ||| % (money.long { balance: balance, before: before, fall: fall }),
      },
      {
        comment: 'US dollars spent.',
      } + spentIn(money.long),
      spentIn(money.hour),
      spentIn(money.short),
      {
        comment: 'The hourly average over a week, once there are enough data.',
        record: 'relay:holysheep_budget_spent_usd:mean1h',
        expr: |||
          avg_over_time(%(spent)s[7d:1h])
          and count_over_time(%(spent)s[7d:1h]) >= %(hours)d
        ||| % { spent: spent(money.hour.name), hours: money.leastHoursOfWeek },
      },
      pace(money.long) {
        comment: |||
          US dollars an hour, of the time for which there are data. A single fall
          that is most of what was spent, such as a purchase, is no rate.
        |||,
      },
      pace(money.short),
      {
        comment: 'Hours until the account is empty.',
      } + hoursLeft(money.long),
      hoursLeft(money.short),
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
          max_over_time(relay:holysheep_budget_timestamp_seconds:max[%s])
          and relay:holysheep_budget_timestamp_seconds:max
        ||| % money.remembered,
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
          or time() - min_over_time(relay:holysheep_budget:asked[%s])
            and relay:holysheep_budget_timestamp_seconds:latest == 0
        ||| % money.remembered,
      },
      'alerts',
      lib.alert('HolySheepLowBudget', {
        severity: 'warning',
        expr: below(balance, 'low_budget_usd'),
        'for': money.lowFor,
        summary: |||
          Relay {{ $labels.relay }}: the account%s %s.
        ||| % [l.named, leftOf('$value', 'has %s left', 'is %s below zero')],
        description: |||
          Once the account is empty, the relay rejects every completion, and
          applications get errors. {{ with %s }}{{ with (. | first).Value }}At the
          rate of the last six hours, that is in {{ . | printf "%%.0f" }} hours.{{
          else }}It probably does so already.{{ end }}{{ else }}There was no steady
          spending in the last six hours.{{ end }} Top up the account.
        ||| % account('relay:holysheep_budget:hours_left_at_6h{%(labels)s}'),
        dashboard: lib.dashboard('monitor', ['relay']),
      }),
      lib.alert('HolySheepBudgetRunsOut', runsOut('budget_hours_critical', money.short) {
        severity: 'critical',
        comment: 'Only while money is being spent.',
        expr: super.expr + '\nand max_over_time(%s[%s]) > 0' % [fall, money.spending],
        'for': money.criticalFor,
        keep_firing_for: money.criticalKeepFiringFor,
      }),
      lib.alert('HolySheepBudgetRunsOut', runsOut('budget_hours_warning', money.long) {
        severity: 'warning',
        'for': money.warningFor,
        keep_firing_for: money.warningKeepFiringFor,
      }),
      lib.alert('HolySheepSpendUnusual', {
        severity: 'warning',
        expr: |||
          %(spent)s
            > %(usd)s
          and %(spent)s
            > relay:holysheep_budget_spent_usd:mean1h * %(factor)s
        ||| % {
          spent: spent(money.hour.name),
          usd: lib.than('unusual_spend_usd'),
          factor: lib.than('unusual_spend_factor'),
        },
        'for': money.lowFor,
        summary: |||
          Relay {{ $labels.relay }}: ${{ $value | printf "%%.2f" }} was spent in the
          last hour%s. The hourly average of the last week is $%s.
        ||| % [l.named, valueOf('relay:holysheep_budget_spent_usd:mean1h', '%.2f')],
        description: |||
          Applications are not affected until the account is empty. Possible
          reasons are a new application, an endless loop or a leaked key. First
          look at the usage per key in the relay's console.
        |||,
        dashboard: lib.dashboard('relay', ['relay']),
      }),
      lib.alert('HolySheepBalanceStale', {
        severity: 'warning',
        expr: |||
          relay:holysheep_budget:age_seconds / 3600
            > %(hours)s
          unless on (%(account)s)
            relay:holysheep_budget:age_seconds <= on (%(account)s)
              %(leeway)d + %(missed)d * min by (%(account)s) (
                holysheep_probe_interval_seconds{endpoint=~"%(endpoints)s"})
          unless on (%(account)s)
            min by (%(account)s) (
              holysheep_network_lost_since_timestamp_seconds) > 0
        ||| % (l {
          hours: lib.than('balance_stale_hours'),
          leeway: config.overdue.seconds,
          missed: config.overdue.intervals,
          endpoints: lib.balances,
        }),
        summary: |||
          Relay {{ $labels.relay }}: the balance%s is unknown. {{ with %s }}It was
          last known at {{ ((. | first).Value | toTime).Format "2006-01-02 15:04" }}
          UTC{{ else }}It was not known at any time in the last day{{ end }}.
        ||| % [l.named, account(
          'relay:holysheep_budget_timestamp_seconds:latest{%(labels)s} > 0')],
        description: |||
          Applications are not affected, but until this is fixed nothing warns
          that the account is running out. See on the dashboard why the billing
          probe fails. If the relay has changed the format of its answer, set Path
          and RemainingKey in its Billing block to match.
        |||,
        dashboard: lib.dashboard('relay', ['relay']),
      }),
    ],
  },
}
