#include "state/metrics.h"

#include "base/version.h"
#include "probe/probe_kind.h"

#include <math.h>
#include <string.h>

struct walk {
  metrics_sink *sink;
  void *user;
  size_t count;
  char labels[LABELS_MAX];
  size_t length;
};

/* --- labels -------------------------------------------------------------- */

static void append(struct walk *walk, const char *text) {
  size_t room = sizeof walk->labels - 1 - walk->length;
  size_t length = strlen(text);
  if (length > room)
    length = room;
  memcpy(walk->labels + walk->length, text, length);
  walk->length += length;
  walk->labels[walk->length] = '\0';
}

/* Begins the labels of a series with those in `base`, which may be empty. */
static void label_base(struct walk *walk, const char *base) {
  walk->length = 0;
  append(walk, base);
}

static void label(struct walk *walk, const char *key, const char *value) {
  if (walk->length > 0)
    append(walk, ",");
  append(walk, key);
  append(walk, "=");
  append(walk, value);
}

/* --- one series, with the labels that were made for it ------------------- */

static void sink(struct walk *walk, const struct metric *metric) {
  walk->count++;
  walk->sink(walk->user, metric);
}

static void counter(struct walk *walk, enum metric_family family,
                    enum metric_suffix part, uint64_t value) {
  struct metric metric = {
      .family = family, .part = part, .labels = walk->labels};
  metric.value.counter = (int64_t)(value & INT64_MAX);
  sink(walk, &metric);
}

/* Prometheus refuses the whole scrape for a figure that is not finite. */
static void gauge(struct walk *walk, enum metric_family family,
                  enum metric_suffix part, double value) {
  struct metric metric = {
      .family = family, .part = part, .labels = walk->labels};
  metric.value.gauge = value;
  if (isfinite(value))
    sink(walk, &metric);
}

static void gauge_if(struct walk *walk, bool present, enum metric_family family,
                     double value) {
  if (present)
    gauge(walk, family, SUFFIX_VALUE, value);
}

/* --- a probe's ----------------------------------------------------------- */

static void collect_verdict(struct walk *walk,
                            const struct probe_state *probe) {
  for (enum cause c = CAUSE_OK; c < CAUSE_COUNT; c++)
    for (enum fault f = FAULT_NONE; f < FAULT_COUNT; f++) {
      if (!probe->seen[c][f])
        continue;
      label_base(walk, probe->labels);
      label(walk, "cause", causes[c].name);
      label(walk, "fault", fault_name(f));
      gauge(walk, METRIC_VERDICT, SUFFIX_VALUE,
            c == probe->cause && f == probe->fault ? 1 : 0);
    }
}

static void collect_requests(struct walk *walk,
                             const struct probe_state *probe) {
  for (unsigned i = 0; i < STATUS_COUNT; i++) {
    if (!statuses[i].starts_at_zero && probe->requests[i] == 0)
      continue;
    label_base(walk, probe->labels);
    label(walk, "status", statuses[i].name);
    counter(walk, METRIC_REQUESTS, SUFFIX_VALUE, probe->requests[i]);
  }
}

/* From the top down: a scrape may fall between any two of these, and must
 * never see a bucket that holds more than a wider one. */
static void collect_histogram(struct walk *walk, enum metric_family family,
                              const char *labels,
                              const struct histogram *histogram,
                              const struct histogram_bounds *bounds) {
  label_base(walk, labels);
  gauge(walk, family, SUFFIX_SUM, histogram->sum);
  counter(walk, family, SUFFIX_COUNT,
          histogram_cumulative(histogram, bounds->count));
  for (size_t i = bounds->count + 1; i-- > 0;) {
    label_base(walk, labels);
    label(walk, "le", bounds->text[i]);
    counter(walk, family, SUFFIX_BUCKET, histogram_cumulative(histogram, i));
  }
}

static void collect_phases(struct walk *walk, const struct probe_state *probe) {
  for (enum phase p = PHASE_DNS; p < PHASE_COUNT; p++) {
    label_base(walk, probe->labels);
    label(walk, "phase", phase_name(p));
    gauge_if(walk, probe->phase[p] >= 0, METRIC_PHASE, probe->phase[p]);
  }
}

/* --- a model's: without its endpoint -------------------------------------- */

/* Begins the labels of a model's series. */
static void label_model(struct walk *walk, const char *model) {
  label_base(walk, "");
  label(walk, "model", model);
}

static void collect_tokens(struct walk *walk, const struct probe_state *probe) {
  static const char *const types[] = {"prompt", "completion"};
  bool completes = probe_kind_has(probe->settings->kind, PROBE_COMPLETES);
  const struct probe_settings *settings = probe->settings;
  uint64_t tokens[] = {probe->prompt_tokens, probe->completion_tokens};
  double prices[] = {settings->prompt_price, settings->completion_price};
  for (unsigned i = 0; i < (completes ? 2 : 1); i++) {
    label_model(walk, settings->model_label);
    label(walk, "type", types[i]);
    counter(walk, METRIC_TOKENS, SUFFIX_VALUE, tokens[i]);
    gauge_if(walk, prices[i] >= 0, METRIC_PRICE, prices[i]);
  }
}

static void collect_stream(struct walk *walk, const struct probe_state *probe) {
  char labels[LABELS_MAX];
  label_model(walk, probe->settings->model_label);
  gauge_if(walk, probe->tokens_per_second >= 0, METRIC_TOKENS_PER_SECOND,
           probe->tokens_per_second);
  gauge_if(walk, probe->longest_gap >= 0, METRIC_LONGEST_GAP,
           probe->longest_gap);
  memcpy(labels, walk->labels, sizeof labels);
  collect_histogram(walk, METRIC_FIRST_TOKEN, labels, &probe->first_token,
                    &histogram_first_token_bounds);
}

static void collect_ratelimit(struct walk *walk,
                              const struct probe_state *probe) {
  for (unsigned i = 0; i < RATELIMIT_RESOURCES; i++) {
    label_model(walk, probe->settings->model_label);
    label(walk, "resource", ratelimit_name(i));
    gauge_if(walk, probe->ratelimit[i].has_limit, METRIC_RATELIMIT_LIMIT,
             probe->ratelimit[i].limit);
    gauge_if(walk, probe->ratelimit[i].has_remaining,
             METRIC_RATELIMIT_REMAINING, probe->ratelimit[i].remaining);
    gauge_if(walk, probe->ratelimit[i].reset > 0, METRIC_RATELIMIT_RESET,
             probe->ratelimit[i].reset);
  }
}

static void collect_model(struct walk *walk, const struct probe_state *probe) {
  collect_tokens(walk, probe);
  collect_ratelimit(walk, probe);
  if (probe->settings->stream)
    collect_stream(walk, probe);
  label_model(walk, probe->settings->model_label);
  counter(walk, METRIC_MODEL_MISMATCH, SUFFIX_VALUE, probe->other_models);
  gauge_if(walk, spending_has_prices(probe->settings), METRIC_COST,
           spending_dollars(probe->spending.total));
}

/* --- a probe's, whole ---------------------------------------------------- */

/* The reasons that can hold a probe back at all. */
static bool reason_applies(const struct relay_settings *relay,
                           const struct probe_settings *probe,
                           enum suppress_reason reason) {
  switch (reason) {
  case REASON_RETRY_AFTER:
    return true;
  case REASON_RATE_LIMIT:
    return relay->max_requests > 0;
  case REASON_DAILY_COST:
    return probe->max_cost_per_day > 0;
  default:
    return false;
  }
}

static void collect_suppressed(struct walk *walk,
                               const struct relay_settings *relay,
                               const struct probe_state *probe) {
  for (enum suppress_reason r = REASON_RETRY_AFTER; r < REASON_COUNT; r++) {
    label_base(walk, probe->labels);
    label(walk, "reason", suppress_reason_name(r));
    gauge_if(walk, reason_applies(relay, probe->settings, r), METRIC_SUPPRESSED,
             probe->held[r] ? 1 : 0);
  }
}

static void collect_last(struct walk *walk, const struct probe_state *probe) {
  bool judged =
      probe->cause != CAUSE_PENDING && probe->cause != CAUSE_SUPPRESSED;
  label_base(walk, probe->labels);
  gauge_if(walk, judged, METRIC_UP, probe->cause == CAUSE_OK ? 1 : 0);
  gauge_if(walk, true, METRIC_VERDICT_SINCE, probe->since);
  gauge_if(walk, true, METRIC_FAILURES, probe->failures);
  gauge_if(walk, true, METRIC_LAST_SUCCESS, probe->last_success);
  gauge_if(walk, probe->last_probe > 0, METRIC_LAST_PROBE, probe->last_probe);
  gauge_if(walk, true, METRIC_INTERVAL, seconds_of(probe->settings->interval));
  gauge_if(walk, probe->duration >= 0, METRIC_DURATION, probe->duration);
  gauge_if(walk, true, METRIC_RETRY_UNTIL, probe->retry_until);
}

/* The verdict comes last: whoever sees it sees the figures behind it. */
static void collect_probe(struct walk *walk, const struct relay_state *relay,
                          const struct probe_state *probe) {
  collect_requests(walk, probe);
  collect_histogram(walk, METRIC_LATENCY, probe->labels, &probe->latency,
                    relay->bounds);
  collect_phases(walk, probe);
  collect_suppressed(walk, relay->settings, probe);
  if (probe_kind_has(probe->settings->kind, PROBE_USES_TOKENS))
    collect_model(walk, probe);
  collect_last(walk, probe);
  collect_verdict(walk, probe);
}

/* --- a relay's ----------------------------------------------------------- */

static void collect_errors(struct walk *walk, const struct relay_state *relay) {
  for (enum cause c = CAUSE_OK; c < CAUSE_COUNT; c++) {
    if (causes[c].error_type == NULL || cause_counter(c) != c)
      continue;
    label_base(walk, "");
    label(walk, "error_type", causes[c].error_type);
    counter(walk, METRIC_ERRORS, SUFFIX_VALUE, relay->errors[c]);
  }
}

static bool tells_balance(const struct relay_settings *settings) {
  for (size_t i = 0; i < settings->probe_count; i++)
    if (probe_kind_has(settings->probes[i].kind, PROBE_TELLS_BALANCE))
      return true;
  return false;
}

/* What the relay tells of the key's end, else what the configuration does;
 * 0 is never. A relay that says never may just not tell: new-api's switch for
 * that makes a 0 of every date. */
static int64_t key_expiry(const struct relay_state *relay) {
  return relay->key_expiry > 0 ? relay->key_expiry
                               : relay->settings->key_expires;
}

static void collect_budget(struct walk *walk, const struct relay_state *relay) {
  bool told = tells_balance(relay->settings);
  label_base(walk, "");
  gauge_if(walk, relay->has_balance, METRIC_BUDGET, relay->balance);
  gauge_if(walk, relay->has_limit, METRIC_BUDGET_LIMIT, relay->limit);
  gauge_if(walk, relay->has_used, METRIC_BUDGET_USED, relay->used);
  gauge_if(walk, relay->knows_limits, METRIC_BUDGET_UNLIMITED,
           relay->unlimited ? 1 : 0);
  gauge_if(walk, told, METRIC_BUDGET_TIME, relay->balance_time);
  gauge_if(walk, told, METRIC_SPENT, relay->spent);
}

static void collect_account(struct walk *walk,
                            const struct relay_state *relay) {
  const struct relay_settings *settings = relay->settings;
  collect_budget(walk, relay);
  gauge_if(walk, key_expiry(relay) > 0, METRIC_KEY_EXPIRY,
           (double)key_expiry(relay));
  gauge_if(walk, true, METRIC_KEY_LOADED, (double)relay->key_loaded);
  gauge_if(walk, relay->certificate_expiry > 0, METRIC_CERTIFICATE_EXPIRY,
           (double)relay->certificate_expiry);
  gauge_if(walk, settings->reference, METRIC_REFERENCE, 1);
}

static void collect_models(struct walk *walk, const struct relay_state *relay) {
  label_base(walk, "");
  gauge_if(walk, relay->has_models, METRIC_MODELS, (double)relay->models);
  for (size_t i = 0; i < relay->settings->probe_count; i++) {
    const struct probe_settings *probe = &relay->settings->probes[i];
    for (size_t r = 0; r < probe->required_count && relay->has_models; r++) {
      label_model(walk, probe->required[r].label);
      gauge(walk, METRIC_MODEL_AVAILABLE, SUFFIX_VALUE,
            (double)(relay->required >> r & 1));
    }
  }
}

static bool any_applies(const struct relay_settings *relay,
                        enum suppress_reason reason) {
  bool any = reason == REASON_LATE;
  for (size_t i = 0; i < relay->probe_count; i++)
    any = any || reason_applies(relay, &relay->probes[i], reason);
  return any;
}

static void collect_skipped(struct walk *walk,
                            const struct relay_state *relay) {
  for (enum suppress_reason r = REASON_RETRY_AFTER; r < REASON_COUNT; r++) {
    if (!any_applies(relay->settings, r))
      continue;
    label_base(walk, "");
    label(walk, "reason", suppress_reason_name(r));
    counter(walk, METRIC_SKIPPED, SUFFIX_VALUE, relay->skipped[r]);
  }
}

static void collect_prober(struct walk *walk, const struct relay_state *relay) {
  label_base(walk, "");
  gauge_if(walk, true, METRIC_LATENESS, relay->lateness);
  gauge_if(walk, true, METRIC_IN_FLIGHT, relay->in_flight);
  label(walk, "version", HOLYSHEEP_VERSION);
  gauge_if(walk, true, METRIC_BUILD, 1);
}

size_t metrics_collect(const struct relay_state *relay, metrics_sink *to,
                       void *user) {
  struct walk walk = {.sink = to, .user = user};
  collect_errors(&walk, relay);
  collect_account(&walk, relay);
  collect_models(&walk, relay);
  collect_skipped(&walk, relay);
  for (size_t i = 0; i < relay->settings->probe_count; i++)
    collect_probe(&walk, relay, &relay->probes[i]);
  collect_prober(&walk, relay);
  return walk.count;
}
