#include "state/state.h"

#include "base/text.h"
#include "probe/probe_kind.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void init_probe(struct probe_state *probe,
                       const struct probe_settings *settings, double now) {
  char endpoint[LABELS_MAX];
  text_escape_label(endpoint, sizeof endpoint, settings->kind->endpoint);
  *probe = (struct probe_state){.settings = settings,
                                .cause = CAUSE_PENDING,
                                .last_cause = CAUSE_PENDING,
                                .since = now,
                                .duration = -1};
  if (settings->model_label[0] != '\0')
    snprintf(probe->labels, sizeof probe->labels, "endpoint=%.40s,model=%s",
             endpoint, settings->model_label);
  else
    snprintf(probe->labels, sizeof probe->labels, "endpoint=%.40s", endpoint);
  probe->seen[CAUSE_OK][FAULT_NONE] = true;
  probe->seen[CAUSE_PENDING][FAULT_NONE] = true;
  probe->tokens_per_second = probe->longest_gap = -1;
  for (unsigned i = 0; i < PHASE_COUNT; i++)
    probe->phase[i] = -1;
}

bool state_init(struct relay_state *relay,
                const struct relay_settings *settings,
                const struct histogram_bounds *bounds, double now) {
  *relay = (struct relay_state){.settings = settings, .bounds = bounds};
  relay->probes = calloc(settings->probe_count, sizeof *relay->probes);
  if (relay->probes == NULL ||
      !relay_incidents_init(&relay->incidents, settings))
    return false;
  for (size_t i = 0; i < settings->probe_count; i++)
    init_probe(&relay->probes[i], &settings->probes[i], now);
  return true;
}

void state_free(struct relay_state *relay) {
  relay_incidents_free(&relay->incidents);
  free(relay->probes);
  relay->probes = NULL;
}

static void record_failures(struct probe_state *probe, unsigned failures,
                            struct state_change *change) {
  change->failures_changed = failures != probe->failures;
  change->recovered = failures == 0 && probe->failures > 0;
  probe->failures = failures;
}

static void record_verdict(struct probe_state *probe,
                           const struct probe_result *result, double now,
                           struct state_change *change) {
  change->verdict_changed =
      result->cause != probe->cause || result->fault != probe->fault;
  if (change->verdict_changed)
    probe->since = now;
  probe->cause = probe->last_cause = result->cause;
  probe->fault = probe->last_fault = result->fault;
  probe->seen[result->cause][result->fault] = true;
  probe->last_probe = now;
  if (result->cause == CAUSE_OK)
    probe->last_success = now;
  else
    probe->failure = *result;
}

static void record_http_result(struct probe_state *probe,
                               const struct histogram_bounds *bounds,
                               const struct probe_result *result) {
  const struct http_result *http = &result->http;
  double timeout =
      seconds_of(http->silent ? probe->settings->first_token_timeout
                              : probe->settings->timeout);
  bool timed_out = http->transport_error == CAUSE_TIMEOUT;
  bool answered =
      http->transport_error == CAUSE_OK && http->http_status / 100 == 2;
  probe->requests[status_of(http->transport_error, http->http_status)]++;
  probe->duration = timed_out ? timeout : http->duration;
  if (timed_out || answered)
    histogram_observe(&probe->latency, bounds, probe->duration);
  for (unsigned i = 0; i < PHASE_COUNT; i++)
    if (http->phase[i] >= 0)
      probe->phase[i] = http->phase[i];
}

static void record_balance(struct relay_state *relay, double balance,
                           double now) {
  double spent = relay->spent + (relay->balance - balance);
  if (relay->has_balance && balance < relay->balance && isfinite(spent))
    relay->spent = spent;
  relay->has_balance = true;
  relay->balance = balance;
  relay->balance_time = now;
}

static struct probe_state *probe_at(struct relay_state *relay, size_t index) {
  assert(index < relay->settings->probe_count);
  return &relay->probes[index];
}

void state_record_request(struct relay_state *relay, size_t index,
                          const struct probe_result *result) {
  if (result->http.attempted)
    record_http_result(probe_at(relay, index), relay->bounds, result);
  if (result->http.certificate_expiry > 0)
    relay->certificate_expiry = result->http.certificate_expiry;
}

static void record_ratelimit(struct probe_state *probe,
                             const struct http_result *http) {
  for (unsigned i = 0; i < RATELIMIT_RESOURCES; i++) {
    const struct ratelimit *seen = &http->ratelimit[i];
    if (seen->has_limit)
      probe->ratelimit[i].limit = seen->limit;
    if (seen->has_remaining)
      probe->ratelimit[i].remaining = seen->remaining;
    if (seen->has_reset)
      probe->ratelimit[i].reset = seen->reset;
    probe->ratelimit[i].has_limit |= seen->has_limit;
    probe->ratelimit[i].has_remaining |= seen->has_remaining;
  }
}

static void record_usage(struct probe_state *probe,
                         const struct probe_result *result) {
  probe->prompt_tokens += result->prompt_tokens;
  probe->completion_tokens += result->completion_tokens;
  probe->cached_tokens += result->cached_tokens;
  probe->reasoning_tokens += result->reasoning_tokens;
  probe->last_prompt_tokens = result->prompt_tokens;
}

static void record_completion(struct probe_state *probe,
                              const struct probe_result *result, double now) {
  if (result->has_usage)
    record_usage(probe, result);
  if (result->model_mismatch)
    probe->model_mismatches++;
  for (enum vendor v = 0; v < VENDORS; v++)
    if ((result->vendors & VENDOR_BIT(v)) != 0)
      probe->vendor_traces[v]++;
  if (result->has_stream) {
    histogram_observe(&probe->first_token, &histogram_first_token_bounds,
                      result->first_token);
    probe->longest_gap = result->longest_gap;
    if (result->tokens_per_second > 0)
      probe->tokens_per_second = result->tokens_per_second;
  }
  spending_record(&probe->spending, probe->settings, result, now);
}

/* What another place says of the account, or any place of another key, is
 * another sum, perhaps in another unit: a fall from one to the other is not
 * spending. */
static void forget_account(struct relay_state *relay) {
  relay->has_balance = relay->has_limit = relay->has_used = false;
  relay->has_unlimited = relay->unlimited = false;
  relay->key_expiry = 0;
  relay->key_changed = false;
}

/* A value that an earlier answer had is kept if this one lacks it. */
static void record_account(struct relay_state *relay,
                           const struct probe_result *result, double now) {
  bool first = relay->key_changed && (result->has_balance || result->unlimited);
  if (result->found_preset != NULL || first)
    forget_account(relay);
  if (result->has_balance)
    record_balance(relay, result->balance, now);
  if (result->has_limit)
    relay->limit = result->limit;
  if (result->has_used)
    relay->used = result->used;
  if (result->has_unlimited)
    relay->unlimited = result->unlimited;
  if (result->key_expiry != 0)
    relay->key_expiry = result->key_expiry;
  relay->has_limit |= result->has_limit;
  relay->has_used |= result->has_used;
  relay->has_unlimited |= result->has_unlimited;
}

static void record_models(struct relay_state *relay,
                          const struct probe_result *result) {
  if (!result->has_models)
    return;
  relay->has_models = true;
  relay->models = result->models;
  relay->required = result->required;
}

struct state_change state_record(struct relay_state *relay, size_t index,
                                 const struct probe_result *result,
                                 double now) {
  struct probe_state *probe = probe_at(relay, index);
  struct state_change change = {0};
  record_failures(probe, result->cause == CAUSE_OK ? 0 : probe->failures + 1,
                  &change);
  record_verdict(probe, result, now, &change);
  state_record_request(relay, index, result);
  if (causes[result->cause].error_type != NULL)
    relay->errors[cause_counter(result->cause)]++;
  record_ratelimit(probe, &result->http);
  if (probe_kind_has(probe->settings->kind, PROBE_USES_TOKENS))
    record_completion(probe, result, now);
  record_account(relay, result, now);
  record_models(relay, result);
  return change;
}

void state_record_lateness(struct relay_state *relay, double late) {
  if (late > relay->lateness)
    relay->lateness = late;
}

void state_record_start(struct relay_state *relay, size_t index, double late) {
  struct probe_state *probe = probe_at(relay, index);
  state_record_lateness(relay, late);
  probe->retry_until = 0;
  for (unsigned i = 0; i < REASON_COUNT; i++)
    probe->suppressed[i] = false;
}

void state_set_retry_after(struct relay_state *relay, size_t index,
                           double until) {
  struct probe_state *probe = probe_at(relay, index);
  probe->retry_until = until;
  probe->suppressed[REASON_RETRY_AFTER] = true;
}

bool state_suppress(struct relay_state *relay, size_t index,
                    enum suppress_reason reason, double now) {
  struct probe_state *probe = probe_at(relay, index);
  bool is_new = !probe->suppressed[reason];
  relay->skipped[reason]++;
  probe->retry_until = 0;
  for (unsigned i = 0; i < REASON_COUNT; i++)
    probe->suppressed[i] = i == reason;
  if (probe->cause != CAUSE_SUPPRESSED)
    probe->since = now;
  probe->cause = CAUSE_SUPPRESSED;
  probe->fault = FAULT_NONE;
  probe->seen[CAUSE_SUPPRESSED][FAULT_NONE] = true;
  return is_new;
}

void state_set_key_loaded(struct relay_state *relay, int64_t loaded) {
  relay->key_loaded = loaded;
  relay->key_expiry = 0;
  relay->key_changed = true;
}

void state_expire_retry_after(struct relay_state *relay, double now) {
  for (size_t i = 0; i < relay->settings->probe_count; i++) {
    struct probe_state *probe = &relay->probes[i];
    if (probe->retry_until > now)
      continue;
    probe->retry_until = 0;
    probe->suppressed[REASON_RETRY_AFTER] = false;
  }
}

void state_reset_lateness(struct relay_state *relay) { relay->lateness = 0; }
