// Every number, address and label of the rules, once. To change one, edit it
// here and run `make dashboards`. A threshold can also be changed for a single
// relay without generating anything: see doc/fleet.md.
{
  // --- hosts and votes ------------------------------------------------------

  // What tells two hosts apart. A label that your series do not have costs
  // nothing.
  instanceLabels: ['cluster', 'env', 'instance'],
  // Who votes together. With 'cluster', each cluster has a vote, and pages, of
  // its own.
  voteBy: ['relay'],
  // An endpoint fails if more than this part of its hosts says so ...
  majority: 0.5,
  // ... and until no more than this part does, for `memory` at most: a host
  // that flaps does not page again and again.
  remainder: 0.25,
  memory: '15m',
  // A host that fails alone is reported after this time.
  minorityFor: '30m',
  // A relay's endpoints vote within seconds of each other, but may be scraped in
  // between, and a hang of half a minute is certain after two: seconds that the less
  // important of them wait.
  siblings: 90,
  // A host whose network was away for less than this (seconds) is not told, and
  // what it sees for this long after that does not count: its relays come back
  // one after the other.
  networkLost: 20,
  networkBack: '2m',
  // After an outage of a whole relay, its endpoints recover one after the other.
  afterOutage: '2m',
  rateLimitedFor: '5m',
  keepFiringFor: '1m',

  // The number of hosts that there should be, or an expression for it, such as
  // 'count(up{job="collectd"})' for the targets of a scrape job. Fewer is a
  // warning, after this time: a host that was never seen is otherwise never
  // missed. 0 is no warning.
  expectedHosts: 0,
  missingFor: '10m',

  // --- where things are -----------------------------------------------------

  // Prometheus serves the runbooks, with
  //   --web.user-assets=/usr/share/collectd-holysheep
  runbooks: '{{ $externalURL }}/user/runbooks',
  grafana: 'http://localhost:3000',
  // Prometheus as users of Grafana reach it, for links to the runbooks.
  prometheus: 'http://localhost:9090',

  // How often each group is evaluated.
  interval: { causes: '5s', staged: '30s', money: '1m', latency: '2m', default: '1m' },

  // --- thresholds -----------------------------------------------------------

  // For a single relay, `holysheep:override` takes precedence: a series with the
  // labels `threshold`, one of these names, and `relay`.
  threshold: {
    // HolySheepLowSuccessRate: less than this part of the probes succeeds ...
    success_rate: 0.95,
    // ... if there are at least this many.
    success_rate_probes: 20,
    // The part of probes that is to succeed over 30 days. HolySheepBurnRate
    // tells that failures use up the rest too fast.
    objective: 0.99,
    // HolySheepHighLatency: more than this part of the answers is slow ...
    slow_answers: 0.2,
    // ... if there are at least this many ...
    slow_answers_probes: 10,
    // ... and until less than this part is.
    slow_answers_end: 0.1,
    // HolySheepLatencyUnusual: a median this many times the usual one for the
    // time of day ...
    unusual_latency_factor: 3,
    // ... and at least this many seconds.
    unusual_latency_seconds: 1,
    // HolySheepLowBudget: US dollars left.
    low_budget_usd: 5,
    // HolySheepBudgetRunsOut: hours until nothing is left.
    budget_hours_warning: 24,
    budget_hours_critical: 4,
    // HolySheepSpendUnusual: the last hour relative to the week's average ...
    unusual_spend_factor: 3,
    // ... and the US dollars in that hour below which it does not matter.
    unusual_spend_usd: 0.1,
    // HolySheepBalanceStale: hours without a valid balance, 24 at most.
    balance_stale_hours: 2,
    // HolySheepRateLimitNear: the part of the limit that is left.
    ratelimit_left: 0.1,
    // HolySheepModelSubstituted: recent answers that name another model.
    substituted_answers: 2,
    // HolySheepTokensInflated: this many times as many prompt tokens as usual, as
    // those of the relay with Reference true, or as in a plain answer ...
    inflated_tokens_factor: 1.25,
    // ... and at least so many more: a random word makes one or two.
    inflated_tokens: 4,
    // HolySheepProbesLate: this many intervals plus this many seconds.
    late_intervals: 3,
    late_seconds: 60,
    // HolySheepKeyExpires, HolySheepCertificateExpires: days before expiry.
    expiry_days_warning: 14,
    expiry_days_critical: 3,
  },

  // An answer that takes more seconds than this is slow. It must be a bucket of
  // the histogram: 0.05 0.1 0.25 0.5 1 2 3 5 7.5 10 15 20 30, or a timeout.
  slowSeconds: '5',
  // Probes that a relay or a limit holds back are reported after this time.
  heldBackFor: '2h',
  // All hosts of a relay see one account. If hosts have accounts of their own,
  // use ['relay'] + instanceLabels.
  accountBy: ['relay'],
  money: {
    // Of several hosts' balances, those count that were told at most so many
    // seconds before the latest.
    fresh: 600,
    // A fall is relative to the last balance in this time.
    gap: '1h',
    // How much is spent is measured in these windows. A range ends between two
    // samples. `words` are those of the texts.
    long: { name: '6h', range: '5h59m59s', words: '6 hours' },
    hour: { name: '1h', range: '59m59s' },
    short: { name: '30m', range: '29m59s', words: '30 minutes' },
    // A single fall of more than this part of what was spent is left out ...
    lump: 0.6,
    // ... and there is no rate before so many hours of data.
    leastHours: 0.3,
    // Nor a week's average before so many.
    leastHoursOfWeek: 6 * 24,
    // A page, only if the balance fell in this time.
    spending: '9m59s',
    criticalFor: '2m',
    criticalKeepFiringFor: '10m',
    warningFor: '10m',
    warningKeepFiringFor: '30m',
    // HolySheepLowBudget and HolySheepSpendUnusual.
    lowFor: '2m',
    // For so long, the last good answer is known after a restart of collectd.
    remembered: '1d',
  },
  // What a probe tells is out of date after so many of its intervals plus so many
  // seconds without a new answer.
  overdue: { intervals: 2, seconds: 60 },
  // Figures of the relay's limits hold until the next answer where that comes
  // after so many seconds, and otherwise until the limit is renewed.
  // Substitutions are counted in a window, and in a longer one where completions
  // are this many seconds apart.
  models: {
    often: 300,
    nearFor: '5m',
    nearKeepFiringFor: '10m',
    window: '6h',
    longWindow: '3d',
    seldom: 3 * 3600,
    unlistedFor: '2m',
    // The size of a prompt is usual after so many hours.
    hoursOfTokens: 24,
    inflatedFor: '10m',
  },
  // HolySheepProbesSilent: a restart takes seconds, a reboot minutes, and the
  // series of many relays appear gradually: seconds, at most. A host that is gone
  // is a warning for a while; which relays it had is remembered for longer.
  silence: {
    relayFor: '5m',
    hostFor: '5m',
    goneFor: '1h',
    remembered: '1d',
    apart: 300,
  },
  // HolySheepProbesLate.
  lateFor: '5m',
  // HolySheepOverrideUnused and HolySheepNotRelabelled.
  overrideFor: '10m',
  setupFor: '2m',
  // HolySheepRulesLate: evaluations that were missed in this time.
  rulesLate: '10m',

  // A relay with several front ends may present several certificates by turns.
  // The one that expires first counts for this long after it was last seen.
  certificateMemory: '1h',
  // What hovers at a threshold is one warning: HolySheepLowSuccessRate and
  // HolySheepBurnRate stay for this long ...
  qualityKeepFiringFor: '15m',
  // ... and HolySheepHighLatency, once it began, does not end above slow_answers_end
  // for this long, and stays.
  slowAnswersMemory: '2h',
  slowAnswersKeepFiringFor: '30m',
  // HolySheepBurnRate, as in the SRE workbook: failures come this many times
  // faster than the objective allows, in a long window, of which half is needed
  // (`samples` are its minutes), and in a short one, which ends it soon.
  burnRates: [
    { name: 'fast', long: '1h', samples: 60, short: '5m', factor: 14.4 },
    { name: 'slow', long: '6h', samples: 360, short: '30m', factor: 6 },
  ],
}
