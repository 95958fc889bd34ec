/* A collectd plugin that dispatches constant values every interval: what that
 * many values cost collectd, whoever dispatches them. */
#define _GNU_SOURCE 1
#include "collectd.h"
#include "plugin.h"
#include "utils/common/common.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The identities of the values: a line each of plugin_instance, type and
 * type_instance, separated by tabs. */
struct series {
  char *relay, *type, *labels;
  value_t value;
};

static struct series *series;
static size_t count;
static double interval; /* seconds; a tick is one second */
static size_t next;     /* the series to dispatch next */

static int fail(const char *what) {
  fprintf(stderr, "constant plugin: %s\n", what);
  return -1;
}

static char *field(char **rest) {
  char *text = strsep(rest, "\t\n");
  return text == NULL ? NULL : strdup(text);
}

static bool read_line(struct series *one, char *line) {
  one->relay = field(&line);
  one->type = field(&line);
  one->labels = field(&line);
  return one->relay != NULL && one->type != NULL && one->labels != NULL;
}

static bool add_line(char *line) {
  struct series *more = realloc(series, (count + 1) * sizeof *series);
  if (more == NULL)
    return false;
  series = more;
  series[count] = (struct series){0};
  return read_line(&series[count++], line);
}

static int read_file(const char *path) {
  FILE *file = fopen(path, "r");
  if (file == NULL)
    return fail("File: cannot be read");
  char line[4 * DATA_MAX_NAME_LEN];
  bool good = true;
  while (good && fgets(line, sizeof line, file) != NULL)
    good = add_line(line);
  fclose(file);
  return good ? 0 : fail("File: a line is not what it should be");
}

static int configure(oconfig_item_t *block) {
  interval = CDTIME_T_TO_DOUBLE(plugin_get_interval());
  for (int i = 0; i < block->children_num; i++) {
    const oconfig_item_t *item = &block->children[i];
    if (strcasecmp(item->key, "File") != 0 || item->values_num != 1 ||
        item->values[0].type != OCONFIG_TYPE_STRING)
      return fail("File \"path\" is all that it takes");
    if (read_file(item->values[0].value.string) != 0)
      return -1;
  }
  return 0;
}

static void dispatch(const struct series *one, cdtime_t time) {
  value_t value = one->value;
  value_list_t list = {.values = &value,
                       .values_len = 1,
                       .time = time,
                       .interval = DOUBLE_TO_CDTIME_T(interval)};
  sstrncpy(list.plugin, "holysheep", sizeof list.plugin);
  sstrncpy(list.plugin_instance, one->relay, sizeof list.plugin_instance);
  sstrncpy(list.type, one->type, sizeof list.type);
  sstrncpy(list.type_instance, one->labels, sizeof list.type_instance);
  plugin_dispatch_values(&list);
}

/* One second's share of the series, so that all are dispatched once an
 * interval. */
static int tick(user_data_t *user) {
  (void)user;
  cdtime_t time = cdtime();
  size_t share = (size_t)((double)count / interval + 1);
  for (size_t i = 0; i < share && next < count; i++)
    dispatch(&series[next++], time);
  static unsigned ticks;
  if (++ticks >= interval) {
    ticks = 0;
    next = 0;
  }
  return 0;
}

static int init(void) {
  for (size_t i = 0; i < count; i++) {
    const data_set_t *set = plugin_get_ds(series[i].type);
    if (set == NULL)
      return fail("TypesDB lacks a type");
    if (set->ds[0].type == DS_TYPE_GAUGE)
      series[i].value.gauge = 1;
    else
      series[i].value.derive = 1;
  }
  return plugin_register_complex_read(NULL, "constant", tick,
                                      TIME_T_TO_CDTIME_T(1), NULL);
}

void module_register(void) {
  plugin_register_complex_config("constant", configure);
  plugin_register_init("constant", init);
}
