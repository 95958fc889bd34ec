#include "collectd/dispatch.h"

#include "state/metric_family.h"
#include "state/metrics.h"

#include <collectd.h>

#include <plugin.h>
#include <utils/common/common.h>
#include <utils_cache.h>

#include <math.h>

/* The names of the data sets, computed once. */
static char types[METRIC_COUNT][SUFFIXES][TYPE_NAME_MAX];

static void register_type(enum metric_family family,
                          enum metric_suffix suffix) {
  bool is_counter = metric_suffix_is_counter(family, suffix);
  data_source_t source = {.name = "value",
                          .type = is_counter ? DS_TYPE_DERIVE : DS_TYPE_GAUGE,
                          .min = is_counter ? 0 : NAN,
                          .max = NAN};
  data_set_t set = {.ds_num = 1, .ds = &source};
  metric_family_type_name(family, suffix, types[family][suffix]);
  sstrncpy(set.type, types[family][suffix], sizeof set.type);
  plugin_register_data_set(&set);
}

void dispatch_register_types(void) {
  for (unsigned family = 0; family < METRIC_COUNT; family++)
    for (unsigned suffix = 0;
         suffix < metric_family_suffix_count((enum metric_family)family);
         suffix++)
      register_type((enum metric_family)family, (enum metric_suffix)suffix);
}

static void dispatch_metric(void *user, const struct metric *metric) {
  value_list_t *list = user;
  if (metric_suffix_is_counter(metric->family, metric->suffix))
    list->values->derive = metric->value.counter;
  else
    list->values->gauge = metric->value.gauge;
  sstrncpy(list->type, types[metric->family][metric->suffix],
           sizeof list->type);
  sstrncpy(list->type_instance, metric->labels, sizeof list->type_instance);
  plugin_dispatch_values(list);
}

static void set_identity(value_list_t *list, const struct relay_state *relay) {
  sstrncpy(list->host, hostname_g, sizeof list->host);
  sstrncpy(list->plugin, "holysheep", sizeof list->plugin);
  sstrncpy(list->plugin_instance, relay->settings->label,
           sizeof list->plugin_instance);
}

size_t dispatch_relay(const struct relay_state *relay, usec interval) {
  value_t value;
  value_list_t list = {.values = &value, .values_len = 1, .time = cdtime()};
  list.interval = US_TO_CDTIME_T(interval);
  set_identity(&list, relay);
  return metrics_collect(relay, dispatch_metric, &list);
}

bool dispatch_has_arrived(const struct relay_state *relay) {
  /* One of the last values of a relay, and without labels. */
  const char *type = types[METRIC_IN_FLIGHT][SUFFIX_VALUE];
  value_list_t list = {0};
  set_identity(&list, relay);
  sstrncpy(list.type, type, sizeof list.type);
  /* The cache returns an error for a value that it does not have. */
  return uc_get_state(plugin_get_ds(type), &list) != STATE_ERROR;
}
