#include "metrics_fixture.h"

#include <math.h>
#include <string.h>

struct unit_relay unit;
struct relay_state relay;
struct series series_all[SERIES_MAX];
size_t series_count;

/* Labels that take all the room may have been truncated, unless the last one,
 * the fault, is whole. */
static bool are_whole(const char *labels) {
  const char *last = strrchr(labels, '=');
  if (strlen(labels) < LABELS_MAX - 1)
    return true;
  for (enum fault f = FAULT_NONE; f < FAULT_COUNT; f++)
    if (last != NULL && strcmp(last + 1, fault_name(f)) == 0)
      return true;
  return false;
}

/* The names of the labels, as in the family's row. */
static void check_labels(const struct metric *metric) {
  const struct metric_family_row *row = &metric_families[metric->family];
  const char *names = row->labels;
  char copy[LABELS_MAX];
  UNIT_ASSERT(are_whole(metric->labels));
  strcpy(copy, metric->labels);
  for (char *rest, *label = strtok_r(copy, ",", &rest); label != NULL;
       label = strtok_r(NULL, ",", &rest)) {
    size_t length = strcspn(label, "=");
    UNIT_ASSERT(label[length] == '=');
    if (strncmp(label, "le=", 3) == 0 && metric->suffix == SUFFIX_BUCKET &&
        row->kind == HISTOGRAM)
      continue;
    while (names != NULL && strncmp(names, label, length) != 0) {
      /* Only the model may be missing, because not every probe has one. */
      UNIT_ASSERT(strncmp(names, "model", 5) == 0);
      names = strchr(names, ',') != NULL ? strchr(names, ',') + 1 : NULL;
    }
    UNIT_ASSERT(names != NULL);
    names += length;
    names += *names == ',';
  }
}

static void collect(void *user, const struct metric *metric) {
  UNIT_ASSERT(user == &series_count);
  UNIT_ASSERT(series_count < SERIES_MAX);
  struct series *to = &series_all[series_count++];
  bool counts = metric_suffix_is_counter(metric->family, metric->suffix);
  to->family = metric->family;
  to->suffix = metric->suffix;
  to->value = counts ? (double)metric->value.counter : metric->value.gauge;
  UNIT_ASSERT(isfinite(to->value));
  UNIT_ASSERT(!counts || metric->value.counter >= 0);
  check_labels(metric);
  strcpy(to->labels, metric->labels);
}

static bool same(const struct series *a, const struct series *b) {
  return a->family == b->family && a->suffix == b->suffix &&
         strcmp(a->labels, b->labels) == 0;
}

void series_collect(void) {
  series_count = 0;
  ck_assert_uint_eq(metrics_collect(&relay, collect, &series_count),
                    series_count);
  for (size_t i = 0; i < series_count; i++)
    for (size_t j = 0; j < i; j++)
      UNIT_ASSERT(!same(&series_all[i], &series_all[j]));
}

void series_setup(void) {
  unit_relay_init(&unit);
  ck_assert(state_init(&relay, &unit.relay, &unit.bounds, 1000));
  relay.key_loaded = 900;
}

const struct series *series_find(enum metric_family family,
                                 enum metric_suffix suffix,
                                 const char *labels) {
  for (size_t i = 0; i < series_count; i++)
    if (series_all[i].family == family && series_all[i].suffix == suffix &&
        strcmp(series_all[i].labels, labels) == 0)
      return &series_all[i];
  return NULL;
}

bool series_exists(enum metric_family family, const char *labels) {
  return series_find(family, SUFFIX_VALUE, labels) != NULL;
}

double series_suffix(enum metric_family family, enum metric_suffix suffix,
                     const char *labels) {
  const struct series *found = series_find(family, suffix, labels);
  ck_assert_msg(found != NULL, "%s %s", metric_families[family].name, labels);
  return found->value;
}

double series_value(enum metric_family family, const char *labels) {
  return series_suffix(family, SUFFIX_VALUE, labels);
}

size_t series_count_of(enum metric_family family) {
  size_t count = 0;
  for (size_t i = 0; i < series_count; i++)
    count += series_all[i].family == family;
  return count;
}

struct probe_result series_result(enum cause cause, int status) {
  struct probe_result result = {.cause = cause, .fault = causes[cause].fault};
  http_result_init(&result.http);
  result.http.attempted = true;
  result.http.http_status = status;
  result.http.duration = 0.25;
  for (unsigned i = 0; i < PHASE_COUNT; i++)
    result.http.phase[i] = 0.01 * (i + 1);
  return result;
}

void series_record(size_t probe, struct probe_result result, double now) {
  state_record(&relay, probe, &result, now);
}

void series_make_healthy(void) {
  struct probe_result result = series_result(CAUSE_OK, 200);
  result.http.certificate_expiry = 7000;
  series_record(UNIT_MODELS, result, 1001);
  result.has_balance = true;
  result.balance = 12.5;
  series_record(UNIT_BILLING, result, 1002);
  result.has_balance = false;
  result.has_usage = true;
  result.prompt_tokens = 8;
  result.completion_tokens = 2;
  series_record(UNIT_CHAT, result, 1003);
}

struct ratelimit series_ratelimit(double remaining) {
  return (struct ratelimit){true, true, true, 1000, remaining, 1070};
}
