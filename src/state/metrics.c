#include "state/metrics.h"

#include "base/version.h"
#include "probe/probe_kind.h"

#include <math.h>
#include <string.h>

struct collector {
  metric_emit *emit;
  void *user;
  size_t count;
  char labels[LABELS_MAX];
  size_t length;
};

/* --- labels -------------------------------------------------------------- */

static void append(struct collector *collector, const char *text) {
  size_t room = sizeof collector->labels - 1 - collector->length;
  size_t length = strlen(text);
  if (length > room)
    length = room;
  memcpy(collector->labels + collector->length, text, length);
  collector->length += length;
  collector->labels[collector->length] = '\0';
}

/* Starts the labels of a series with those in `base`, which may be empty. */
static void start_labels(struct collector *collector, const char *base) {
  collector->length = 0;
  append(collector, base);
}

static void add_label(struct collector *collector, const char *key,
                      const char *value) {
  if (collector->length > 0)
    append(collector, ",");
  append(collector, key);
  append(collector, "=");
  append(collector, value);
}

/* --- one series, with the current labels --------------------------------- */

static void emit_metric(struct collector *collector,
                        const struct metric *metric) {
  collector->count++;
  collector->emit(collector->user, metric);
}

static void emit_counter(struct collector *collector, enum metric_family family,
                         enum metric_suffix suffix, uint64_t value) {
  struct metric metric = {
      .family = family, .suffix = suffix, .labels = collector->labels};
  metric.value.counter = (int64_t)(value & INT64_MAX);
  emit_metric(collector, &metric);
}

/* A single value that is not finite would make Prometheus reject the scrape. */
static void emit_gauge(struct collector *collector, enum metric_family family,
                       enum metric_suffix suffix, double value) {
  struct metric metric = {
      .family = family, .suffix = suffix, .labels = collector->labels};
  metric.value.gauge = value;
  if (isfinite(value))
    emit_metric(collector, &metric);
}

static void emit_gauge_if(struct collector *collector, bool present,
                          enum metric_family family, double value) {
  if (present)
    emit_gauge(collector, family, SUFFIX_VALUE, value);
}

/* --- series of a probe --------------------------------------------------- */

static void collect_verdict(struct collector *collector,
                            const struct probe_state *probe) {
  for (enum cause c = CAUSE_OK; c < CAUSE_COUNT; c++)
    for (enum fault f = FAULT_NONE; f < FAULT_COUNT; f++) {
      if (!probe->seen[c][f])
        continue;
      start_labels(collector, probe->labels);
      add_label(collector, "cause", causes[c].name);
      add_label(collector, "fault", fault_name(f));
      emit_gauge(collector, METRIC_VERDICT, SUFFIX_VALUE,
                 c == probe->cause && f == probe->fault ? 1 : 0);
    }
}

static void collect_requests(struct collector *collector,
                             const struct probe_state *probe) {
  for (unsigned i = 0; i < STATUS_COUNT; i++) {
    if (!statuses[i].starts_at_zero && probe->requests[i] == 0)
      continue;
    start_labels(collector, probe->labels);
    add_label(collector, "status", statuses[i].name);
    emit_counter(collector, METRIC_REQUESTS, SUFFIX_VALUE, probe->requests[i]);
  }
}

/* From the largest bucket to the smallest: a scrape between any two of them
 * must never see a bucket that exceeds a larger one. */
static void collect_histogram(struct collector *collector,
                              enum metric_family family, const char *labels,
                              const struct histogram *histogram,
                              const struct histogram_bounds *bounds) {
  start_labels(collector, labels);
  emit_gauge(collector, family, SUFFIX_SUM, histogram->sum);
  emit_counter(collector, family, SUFFIX_COUNT,
               histogram_cumulative(histogram, bounds->count));
  for (size_t i = bounds->count + 1; i-- > 0;) {
    start_labels(collector, labels);
    add_label(collector, "le", bounds->text[i]);
    emit_counter(collector, family, SUFFIX_BUCKET,
                 histogram_cumulative(histogram, i));
  }
}

static void collect_phases(struct collector *collector,
                           const struct probe_state *probe) {
  for (enum phase p = PHASE_DNS; p < PHASE_COUNT; p++) {
    start_labels(collector, probe->labels);
    add_label(collector, "phase", phase_name(p));
    emit_gauge_if(collector, probe->phase[p] >= 0, METRIC_PHASE,
                  probe->phase[p]);
  }
}

/* What the same prompt had in a plain answer; 0: unknown. */
static uint64_t plain_prompt_tokens(const struct relay_state *relay,
                                    const struct probe_state *probe) {
  const struct probe_settings *plain =
      relay_settings_plain(relay->settings, probe->settings);
  return plain == NULL ? 0
                       : relay->probes[plain - relay->settings->probes]
                             .last_prompt_tokens;
}

static void collect_usage(struct collector *collector,
                          const struct relay_state *relay,
                          const struct probe_state *probe) {
  uint64_t plain = plain_prompt_tokens(relay, probe);
  start_labels(collector, probe->labels);
  emit_gauge_if(collector, probe->last_prompt_tokens > 0, METRIC_PROMPT_TOKENS,
                (double)probe->last_prompt_tokens);
  emit_gauge_if(collector, plain > 0, METRIC_PLAIN_PROMPT_TOKENS,
                (double)plain);
  emit_counter(collector, METRIC_CACHED_TOKENS, SUFFIX_VALUE,
               probe->cached_tokens);
  if (probe_kind_has(probe->settings->kind, PROBE_COMPLETES))
    emit_counter(collector, METRIC_REASONING_TOKENS, SUFFIX_VALUE,
                 probe->reasoning_tokens);
}

static void collect_vendor_traces(struct collector *collector,
                                  const struct probe_state *probe) {
  for (enum vendor v = 0; v < VENDORS; v++) {
    if (probe->vendor_traces[v] == 0)
      continue;
    start_labels(collector, probe->labels);
    add_label(collector, "vendor", vendor_name(v));
    emit_counter(collector, METRIC_VENDOR_TRACES, SUFFIX_VALUE,
                 probe->vendor_traces[v]);
  }
}

/* --- series of a model, without the endpoint ------------------------------ */

/* Starts the labels of a model's series. */
static void label_model(struct collector *collector, const char *model) {
  start_labels(collector, "");
  add_label(collector, "model", model);
}

static void collect_tokens(struct collector *collector,
                           const struct probe_state *probe) {
  static const char *const types[] = {"prompt", "completion"};
  bool completes = probe_kind_has(probe->settings->kind, PROBE_COMPLETES);
  const struct probe_settings *settings = probe->settings;
  uint64_t tokens[] = {probe->prompt_tokens, probe->completion_tokens};
  double prices[] = {settings->prompt_price, settings->completion_price};
  for (unsigned i = 0; i < (completes ? 2 : 1); i++) {
    label_model(collector, settings->model_label);
    add_label(collector, "type", types[i]);
    emit_counter(collector, METRIC_TOKENS, SUFFIX_VALUE, tokens[i]);
    emit_gauge_if(collector, prices[i] >= 0, METRIC_PRICE, prices[i]);
  }
}

static void collect_stream(struct collector *collector,
                           const struct probe_state *probe) {
  char labels[LABELS_MAX];
  label_model(collector, probe->settings->model_label);
  emit_gauge_if(collector, probe->tokens_per_second >= 0,
                METRIC_TOKENS_PER_SECOND, probe->tokens_per_second);
  emit_gauge_if(collector, probe->longest_gap >= 0, METRIC_LONGEST_GAP,
                probe->longest_gap);
  memcpy(labels, collector->labels, sizeof labels);
  collect_histogram(collector, METRIC_FIRST_TOKEN, labels, &probe->first_token,
                    &histogram_first_token_bounds);
}

static void collect_ratelimit(struct collector *collector,
                              const struct probe_state *probe) {
  for (unsigned i = 0; i < RATELIMIT_RESOURCES; i++) {
    label_model(collector, probe->settings->model_label);
    add_label(collector, "resource", ratelimit_name(i));
    emit_gauge_if(collector, probe->ratelimit[i].has_limit,
                  METRIC_RATELIMIT_LIMIT, probe->ratelimit[i].limit);
    emit_gauge_if(collector, probe->ratelimit[i].has_remaining,
                  METRIC_RATELIMIT_REMAINING, probe->ratelimit[i].remaining);
    emit_gauge_if(collector, probe->ratelimit[i].reset > 0,
                  METRIC_RATELIMIT_RESET, probe->ratelimit[i].reset);
  }
}

static void collect_model(struct collector *collector,
                          const struct probe_state *probe) {
  collect_tokens(collector, probe);
  collect_ratelimit(collector, probe);
  if (probe->settings->stream)
    collect_stream(collector, probe);
  label_model(collector, probe->settings->model_label);
  emit_counter(collector, METRIC_MODEL_MISMATCH, SUFFIX_VALUE,
               probe->model_mismatches);
  emit_gauge_if(collector, spending_is_known(&probe->spending, probe->settings),
                METRIC_COST, spending_dollars(probe->spending.total));
}

/* --- all series of a probe ----------------------------------------------- */

/* Whether this reason can ever suppress the probe. */
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

static void collect_suppressed(struct collector *collector,
                               const struct relay_settings *relay,
                               const struct probe_state *probe) {
  for (enum suppress_reason r = REASON_RETRY_AFTER; r < REASON_COUNT; r++) {
    start_labels(collector, probe->labels);
    add_label(collector, "reason", suppress_reason_name(r));
    emit_gauge_if(collector, reason_applies(relay, probe->settings, r),
                  METRIC_SUPPRESSED, probe->suppressed[r] ? 1 : 0);
  }
}

static void collect_status(struct collector *collector,
                           const struct probe_state *probe) {
  bool evaluated =
      probe->cause != CAUSE_PENDING && probe->cause != CAUSE_SUPPRESSED;
  start_labels(collector, probe->labels);
  emit_gauge_if(collector, evaluated, METRIC_UP,
                probe->cause == CAUSE_OK ? 1 : 0);
  emit_gauge_if(collector, true, METRIC_VERDICT_SINCE, probe->since);
  emit_gauge_if(collector, true, METRIC_FAILURES, probe->failures);
  emit_gauge_if(collector, true, METRIC_LAST_SUCCESS, probe->last_success);
  emit_gauge_if(collector, probe->last_probe > 0, METRIC_LAST_PROBE,
                probe->last_probe);
  emit_gauge_if(collector, true, METRIC_INTERVAL,
                seconds_of(probe->settings->interval));
  emit_gauge_if(collector, probe->duration >= 0, METRIC_DURATION,
                probe->duration);
  emit_gauge_if(collector, true, METRIC_RETRY_UNTIL, probe->retry_until);
}

static void collect_incident(struct collector *collector,
                             const struct relay_incidents *incidents,
                             size_t index, const char *labels) {
  const struct probe_incident *probe = &incidents->probes[index];
  const struct incident *incident = &probe->incident;
  enum vote vote = relay_incidents_vote(incidents, index);
  bool open = incident->phase == INCIDENT_OPEN;
  for (enum problem p = PROBLEM_NONE; p < PROBLEM_COUNT; p++) {
    start_labels(collector, labels);
    add_label(collector, "problem", problem_name(p));
    emit_gauge_if(collector, vote != VOTE_NONE && probe->seen[p],
                  METRIC_INCIDENT, open && incident->problem == p ? 1 : 0);
  }
  start_labels(collector, labels);
  emit_gauge_if(collector, true, METRIC_INCIDENT_SINCE,
                open ? incident->began.wall : 0);
  emit_gauge_if(collector, vote != VOTE_NONE, METRIC_PROBE_FAILING,
                vote == VOTE_FAILS ? 1 : 0);
}

/* The verdict comes last, so that its values are visible before it is. */
static void collect_probe(struct collector *collector,
                          const struct relay_state *relay,
                          const struct probe_state *probe) {
  collect_requests(collector, probe);
  collect_histogram(collector, METRIC_LATENCY, probe->labels, &probe->latency,
                    relay->bounds);
  collect_phases(collector, probe);
  collect_suppressed(collector, relay->settings, probe);
  if (probe_kind_has(probe->settings->kind, PROBE_USES_TOKENS)) {
    collect_usage(collector, relay, probe);
    collect_vendor_traces(collector, probe);
    collect_model(collector, probe);
  }
  collect_status(collector, probe);
  collect_incident(collector, &relay->incidents,
                   (size_t)(probe - relay->probes), probe->labels);
  collect_verdict(collector, probe);
}

/* --- series of a relay --------------------------------------------------- */

static void collect_errors(struct collector *collector,
                           const struct relay_state *relay) {
  for (enum cause c = CAUSE_OK; c < CAUSE_COUNT; c++) {
    if (causes[c].error_type == NULL || cause_counter(c) != c)
      continue;
    start_labels(collector, "");
    add_label(collector, "error_type", causes[c].error_type);
    emit_counter(collector, METRIC_ERRORS, SUFFIX_VALUE, relay->errors[c]);
  }
}

static bool has_balance_probe(const struct relay_settings *settings) {
  for (size_t i = 0; i < settings->probe_count; i++)
    if (probe_kind_has(settings->probes[i].kind, PROBE_TELLS_BALANCE))
      return true;
  return false;
}

/* The key's expiry as reported by the relay, else as configured; 0: never. A
 * relay may say "never" without knowing: new-api can be set to report 0 for
 * every key. */
static int64_t key_expiry(const struct relay_state *relay) {
  return relay->key_expiry > 0 ? relay->key_expiry
                               : relay->settings->key_expires;
}

static void collect_budget(struct collector *collector,
                           const struct relay_state *relay) {
  bool has_probe = has_balance_probe(relay->settings);
  start_labels(collector, "");
  emit_gauge_if(collector, relay->has_balance, METRIC_BUDGET, relay->balance);
  emit_gauge_if(collector, relay->has_limit, METRIC_BUDGET_LIMIT, relay->limit);
  emit_gauge_if(collector, relay->has_used, METRIC_BUDGET_USED, relay->used);
  emit_gauge_if(collector, relay->has_unlimited, METRIC_BUDGET_UNLIMITED,
                relay->unlimited ? 1 : 0);
  emit_gauge_if(collector, has_probe, METRIC_BUDGET_TIME, relay->balance_time);
  emit_gauge_if(collector, has_probe, METRIC_SPENT, relay->spent);
}

static void collect_account(struct collector *collector,
                            const struct relay_state *relay) {
  const struct relay_settings *settings = relay->settings;
  collect_budget(collector, relay);
  emit_gauge_if(collector, key_expiry(relay) > 0, METRIC_KEY_EXPIRY,
                (double)key_expiry(relay));
  emit_gauge_if(collector, true, METRIC_KEY_LOADED, (double)relay->key_loaded);
  emit_gauge_if(collector, relay->certificate_expiry > 0,
                METRIC_CERTIFICATE_EXPIRY, (double)relay->certificate_expiry);
  emit_gauge_if(collector, settings->reference, METRIC_REFERENCE, 1);
}

static void collect_models(struct collector *collector,
                           const struct relay_state *relay) {
  start_labels(collector, "");
  emit_gauge_if(collector, relay->has_models, METRIC_MODELS,
                (double)relay->models);
  for (size_t i = 0; i < relay->settings->probe_count; i++) {
    const struct probe_settings *probe = &relay->settings->probes[i];
    for (size_t r = 0; r < probe->required_count && relay->has_models; r++) {
      label_model(collector, probe->required[r].label);
      emit_gauge(collector, METRIC_MODEL_AVAILABLE, SUFFIX_VALUE,
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

static void collect_skipped(struct collector *collector,
                            const struct relay_state *relay) {
  for (enum suppress_reason r = REASON_RETRY_AFTER; r < REASON_COUNT; r++) {
    if (!any_applies(relay->settings, r))
      continue;
    start_labels(collector, "");
    add_label(collector, "reason", suppress_reason_name(r));
    emit_counter(collector, METRIC_SKIPPED, SUFFIX_VALUE, relay->skipped[r]);
  }
}

static double network_lost_since(const struct relay_state *relay) {
  const struct network_watch *network = relay->incidents.network;
  bool lost = network != NULL && network->state == NETWORK_LOST;
  return lost ? network->since.wall : 0;
}

static void collect_prober(struct collector *collector,
                           const struct relay_state *relay) {
  start_labels(collector, "");
  emit_gauge_if(collector, true, METRIC_NETWORK_LOST,
                network_lost_since(relay));
  emit_gauge_if(collector, true, METRIC_LATENESS, relay->lateness);
  emit_gauge_if(collector, true, METRIC_IN_FLIGHT, relay->in_flight);
  add_label(collector, "version", HOLYSHEEP_VERSION);
  emit_gauge_if(collector, true, METRIC_BUILD, 1);
}

size_t metrics_collect(const struct relay_state *relay, metric_emit *emit,
                       void *user) {
  struct collector collector = {.emit = emit, .user = user};
  collect_errors(&collector, relay);
  collect_account(&collector, relay);
  collect_models(&collector, relay);
  collect_skipped(&collector, relay);
  for (size_t i = 0; i < relay->settings->probe_count; i++)
    collect_probe(&collector, relay, &relay->probes[i]);
  collect_prober(&collector, relay);
  return collector.count;
}
