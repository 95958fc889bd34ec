#include "metrics.h"

#include "probe.h"
#include "version.h"

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

static void counter(struct walk *walk, enum family family, enum part part,
                    uint64_t value) {
  struct metric metric = {
      .family = family, .part = part, .labels = walk->labels};
  metric.value.counter = (int64_t)(value & INT64_MAX);
  sink(walk, &metric);
}

/* Prometheus refuses the whole scrape for a figure that is not finite. */
static void gauge(struct walk *walk, enum family family, enum part part,
                  double value) {
  struct metric metric = {
      .family = family, .part = part, .labels = walk->labels};
  metric.value.gauge = value;
  if (isfinite(value))
    sink(walk, &metric);
}

static void gauge_if(struct walk *walk, bool present, enum family family,
                     double value) {
  if (present)
    gauge(walk, family, PART_VALUE, value);
}

/* --- a probe's ----------------------------------------------------------- */

static void walk_verdict(struct walk *walk, const struct probe_state *probe) {
  for (enum cause c = CAUSE_OK; c < CAUSE_COUNT; c++)
    for (enum fault f = FAULT_NONE; f < FAULT_COUNT; f++) {
      if (!probe->seen[c][f])
        continue;
      label_base(walk, probe->labels);
      label(walk, "cause", causes[c].name);
      label(walk, "fault", fault_name(f));
      gauge(walk, FAMILY_VERDICT, PART_VALUE,
            c == probe->cause && f == probe->fault ? 1 : 0);
    }
}

static void walk_requests(struct walk *walk, const struct probe_state *probe) {
  for (unsigned i = 0; i < STATUS_COUNT; i++) {
    if (!statuses[i].born_at_zero && probe->requests[i] == 0)
      continue;
    label_base(walk, probe->labels);
    label(walk, "status", statuses[i].name);
    counter(walk, FAMILY_REQUESTS, PART_VALUE, probe->requests[i]);
  }
}

static void walk_latency(struct walk *walk, const struct probe_state *probe,
                         const struct bounds *bounds) {
  for (size_t i = 0; i <= bounds->count; i++) {
    label_base(walk, probe->labels);
    label(walk, "le", bounds->text[i]);
    counter(walk, FAMILY_LATENCY, PART_BUCKET,
            histogram_at_most(&probe->latency, i));
  }
  label_base(walk, probe->labels);
  gauge(walk, FAMILY_LATENCY, PART_SUM, probe->latency.sum);
  counter(walk, FAMILY_LATENCY, PART_COUNT,
          histogram_at_most(&probe->latency, bounds->count));
}

static void walk_phases(struct walk *walk, const struct probe_state *probe) {
  for (enum phase p = PHASE_DNS; p < PHASE_COUNT; p++) {
    label_base(walk, probe->labels);
    label(walk, "phase", phase_name(p));
    gauge_if(walk, probe->phase[p] >= 0, FAMILY_PHASE, probe->phase[p]);
  }
}

static void walk_tokens(struct walk *walk, const struct probe_state *probe,
                        const char *type, uint64_t tokens) {
  label_base(walk, "");
  label(walk, "model", probe->settings->model_label);
  label(walk, "type", type);
  counter(walk, FAMILY_TOKENS, PART_VALUE, tokens);
}

static void walk_probe(struct walk *walk, const struct probe_state *probe,
                       const struct bounds *bounds) {
  bool known = probe->cause != CAUSE_PENDING;
  label_base(walk, probe->labels);
  gauge_if(walk, known, FAMILY_UP, probe->cause == CAUSE_OK ? 1 : 0);
  gauge_if(walk, true, FAMILY_VERDICT_SINCE, probe->since);
  gauge_if(walk, true, FAMILY_FAILURES, probe->failures);
  gauge_if(walk, true, FAMILY_LAST_SUCCESS, probe->last_success);
  gauge_if(walk, known, FAMILY_LAST_PROBE, probe->last_probe);
  gauge_if(walk, true, FAMILY_INTERVAL, probe->settings->interval);
  gauge_if(walk, probe->duration >= 0, FAMILY_DURATION, probe->duration);
  walk_verdict(walk, probe);
  walk_requests(walk, probe);
  walk_latency(walk, probe, bounds);
  walk_phases(walk, probe);
  if (probe->settings->kind->completion) {
    walk_tokens(walk, probe, "prompt", probe->prompt_tokens);
    walk_tokens(walk, probe, "completion", probe->completion_tokens);
  }
}

/* --- a relay's ----------------------------------------------------------- */

static void walk_errors(struct walk *walk, const struct relay_state *relay) {
  for (enum cause c = CAUSE_OK; c < CAUSE_COUNT; c++) {
    if (causes[c].error_type == NULL || cause_error_slot(c) != c)
      continue;
    label_base(walk, "");
    label(walk, "error_type", causes[c].error_type);
    counter(walk, FAMILY_ERRORS, PART_VALUE, relay->errors[c]);
  }
}

static bool has_billing(const struct relay_settings *settings) {
  for (size_t i = 0; i < settings->probe_count; i++)
    if (settings->probes[i].kind == &billing_probe)
      return true;
  return false;
}

static void walk_account(struct walk *walk, const struct relay_state *relay) {
  const struct relay_settings *settings = relay->settings;
  bool billing = has_billing(settings);
  label_base(walk, "");
  gauge_if(walk, relay->has_balance, FAMILY_BUDGET, relay->balance);
  gauge_if(walk, billing, FAMILY_BUDGET_TIME, relay->balance_time);
  gauge_if(walk, billing, FAMILY_SPENT, relay->spent);
  gauge_if(walk, settings->key_expires > 0, FAMILY_KEY_EXPIRY,
           (double)settings->key_expires);
  gauge_if(walk, true, FAMILY_KEY_LOADED, (double)settings->key.loaded);
  gauge_if(walk, relay->certificate_expiry > 0, FAMILY_CERTIFICATE_EXPIRY,
           (double)relay->certificate_expiry);
}

static void walk_prober(struct walk *walk, const struct relay_state *relay) {
  label_base(walk, "");
  gauge_if(walk, true, FAMILY_LATENESS, relay->lateness);
  gauge_if(walk, true, FAMILY_IN_FLIGHT, relay->in_flight);
  label(walk, "reason", "late");
  counter(walk, FAMILY_SKIPPED, PART_VALUE, relay->skipped_late);
  label_base(walk, "");
  label(walk, "version", HOLYSHEEP_VERSION);
  gauge_if(walk, true, FAMILY_BUILD, 1);
}

size_t metrics_walk(const struct relay_state *relay, metrics_sink *to,
                    void *user) {
  struct walk walk = {.sink = to, .user = user};
  for (size_t i = 0; i < relay->settings->probe_count; i++)
    walk_probe(&walk, &relay->probes[i], relay->bounds);
  walk_errors(&walk, relay);
  walk_account(&walk, relay);
  walk_prober(&walk, relay);
  return walk.count;
}
