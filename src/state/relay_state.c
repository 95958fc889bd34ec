#include "state/relay_state.h"

#include "probe/prober.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void init_probe(struct probe_state *probe,
                       const struct probe_settings *settings, double now) {
  char endpoint[LABELS_MAX];
  text_label(endpoint, sizeof endpoint, settings->kind->endpoint);
  *probe = (struct probe_state){.settings = settings,
                                .cause = CAUSE_PENDING,
                                .last = CAUSE_PENDING,
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
                const struct bounds *bounds, double now) {
  *relay = (struct relay_state){.settings = settings, .bounds = bounds};
  relay->probes = calloc(settings->probe_count, sizeof *relay->probes);
  if (relay->probes == NULL)
    return false;
  for (size_t i = 0; i < settings->probe_count; i++)
    init_probe(&relay->probes[i], &settings->probes[i], now);
  return true;
}

void state_free(struct relay_state *relay) {
  free(relay->probes);
  relay->probes = NULL;
}

static void record_failures(struct probe_state *probe, unsigned failures,
                            struct change *change) {
  change->failures = failures != probe->failures;
  change->recovered = failures == 0 && probe->failures > 0;
  probe->failures = failures;
}

static void record_verdict(struct probe_state *probe,
                           const struct outcome *outcome, double now,
                           struct change *change) {
  change->before = probe->last;
  change->news =
      outcome->cause != probe->last || outcome->fault != probe->last_fault;
  change->verdict =
      outcome->cause != probe->cause || outcome->fault != probe->fault;
  if (change->verdict)
    probe->since = now;
  probe->cause = probe->last = outcome->cause;
  probe->fault = probe->last_fault = outcome->fault;
  probe->seen[outcome->cause][outcome->fault] = true;
  probe->last_probe = now;
  if (outcome->cause == CAUSE_OK)
    probe->last_success = now;
}

static void record_exchange(struct probe_state *probe,
                            const struct bounds *bounds,
                            const struct outcome *outcome) {
  const struct exchange *exchange = &outcome->exchange;
  double timeout = probe->settings->timeout_ms / 1000.0;
  bool timed_out = exchange->broken == CAUSE_TIMEOUT;
  bool answered =
      exchange->broken == CAUSE_OK && exchange->http_status / 100 == 2;
  probe->requests[status_of(exchange->broken, exchange->http_status)]++;
  probe->duration = timed_out ? timeout : exchange->duration;
  if (timed_out || answered)
    histogram_observe(&probe->latency, bounds, probe->duration);
  for (unsigned i = 0; i < PHASE_COUNT; i++)
    if (exchange->phase[i] >= 0)
      probe->phase[i] = exchange->phase[i];
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

void state_record_request(struct relay_state *relay, size_t index,
                          const struct outcome *outcome) {
  if (outcome->exchange.attempted)
    record_exchange(&relay->probes[index], relay->bounds, outcome);
  if (outcome->exchange.certificate_expiry > 0)
    relay->certificate_expiry = outcome->exchange.certificate_expiry;
}

static void record_ratelimit(struct probe_state *probe,
                             const struct exchange *exchange) {
  for (unsigned i = 0; i < RATELIMIT_RESOURCES; i++) {
    const struct ratelimit *seen = &exchange->ratelimit[i];
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

static void record_completion(struct probe_state *probe,
                              const struct outcome *outcome, double now) {
  if (outcome->has_usage) {
    probe->prompt_tokens += outcome->prompt_tokens;
    probe->completion_tokens += outcome->completion_tokens;
  }
  if (outcome->other_model)
    probe->other_models++;
  if (outcome->has_stream) {
    histogram_observe(&probe->first_token, &first_token_bounds,
                      outcome->first_token);
    probe->longest_gap = outcome->longest_gap;
    if (outcome->tokens_per_second > 0)
      probe->tokens_per_second = outcome->tokens_per_second;
  }
  spending_record(&probe->spending, probe->settings, outcome, now);
}

/* What a relay told once and does not tell now stays. */
static void record_account(struct relay_state *relay,
                           const struct outcome *outcome, double now) {
  if (outcome->has_balance)
    record_balance(relay, outcome->balance, now);
  if (outcome->has_limit)
    relay->limit = outcome->limit;
  if (outcome->has_used)
    relay->used = outcome->used;
  if (outcome->knows_limits)
    relay->unlimited = outcome->unlimited;
  if (outcome->key_expiry != 0)
    relay->key_expiry = outcome->key_expiry;
  relay->has_limit |= outcome->has_limit;
  relay->has_used |= outcome->has_used;
  relay->knows_limits |= outcome->knows_limits;
}

static void record_models(struct relay_state *relay,
                          const struct outcome *outcome) {
  if (!outcome->has_models)
    return;
  relay->has_models = true;
  relay->models = outcome->models;
  relay->required = outcome->required;
}

struct change state_record(struct relay_state *relay, size_t index,
                           const struct outcome *outcome, double now) {
  struct probe_state *probe = &relay->probes[index];
  struct change change = {0};
  record_failures(probe, outcome->cause == CAUSE_OK ? 0 : probe->failures + 1,
                  &change);
  record_verdict(probe, outcome, now, &change);
  state_record_request(relay, index, outcome);
  if (causes[outcome->cause].error_type != NULL)
    relay->errors[cause_error_slot(outcome->cause)]++;
  record_ratelimit(probe, &outcome->exchange);
  if (probe->settings->kind->completion)
    record_completion(probe, outcome, now);
  record_account(relay, outcome, now);
  record_models(relay, outcome);
  return change;
}

void state_late(struct relay_state *relay, double late) {
  if (late > relay->lateness)
    relay->lateness = late;
}

void state_started(struct relay_state *relay, size_t index, double late) {
  struct probe_state *probe = &relay->probes[index];
  state_late(relay, late);
  probe->retry_until = 0;
  for (unsigned i = 0; i < REASON_COUNT; i++)
    probe->held[i] = false;
}

void state_hold(struct relay_state *relay, size_t index, double until) {
  struct probe_state *probe = &relay->probes[index];
  probe->retry_until = until;
  probe->held[REASON_RETRY_AFTER] = true;
}

bool state_suppress(struct relay_state *relay, size_t index, enum reason reason,
                    double now) {
  struct probe_state *probe = &relay->probes[index];
  bool news = !probe->held[reason];
  relay->skipped[reason]++;
  probe->retry_until = 0;
  for (unsigned i = 0; i < REASON_COUNT; i++)
    probe->held[i] = i == reason;
  if (probe->cause != CAUSE_SUPPRESSED)
    probe->since = now;
  probe->cause = CAUSE_SUPPRESSED;
  probe->fault = FAULT_NONE;
  probe->seen[CAUSE_SUPPRESSED][FAULT_NONE] = true;
  return news;
}

void state_release(struct relay_state *relay, double now) {
  for (size_t i = 0; i < relay->settings->probe_count; i++) {
    struct probe_state *probe = &relay->probes[i];
    if (probe->retry_until > now)
      continue;
    probe->retry_until = 0;
    probe->held[REASON_RETRY_AFTER] = false;
  }
}

void state_rest(struct relay_state *relay) { relay->lateness = 0; }
