#include "balance.h"

#include "probe/billing_preset.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* US dollars, where a relay tells. */
static const double used = 20;

enum { ITEMS_MAX = 8 };

/* A value and its place, of which the front is written already. */
struct item {
  const char *path;
  const char *text; /* NULL: a number */
  bool flag;        /* `text` is a JSON word */
  double number;
};

struct items {
  struct item list[ITEMS_MAX];
  size_t count;
};

static void add(struct items *items, struct item item) {
  if (item.path != NULL)
    items->list[items->count++] = item;
}

/* --- a document of values at places ----------------------------------------
 */

static size_t segment(const char *path) { return strcspn(path, "/"); }

static bool is_index(const char *path) {
  return isdigit((unsigned char)*path) || *path == '#';
}

static bool same_segment(const char *a, const char *b) {
  return segment(a) == segment(b) && memcmp(a, b, segment(a)) == 0;
}

static void write_value(yajl_gen gen, const struct item *item) {
  if (item->text == NULL)
    yajl_gen_double(gen, item->number);
  else if (item->flag)
    yajl_gen_bool(gen, strcmp(item->text, "true") == 0);
  else
    yajl_gen_string(gen, (const unsigned char *)item->text, strlen(item->text));
}

static void write_level(yajl_gen gen, const struct items *items);

/* What lies below the first item's first segment, and is taken out. */
static void write_branch(yajl_gen gen, struct items *items) {
  struct items below = {0}, others = {0};
  const char *path = items->list[0].path;
  for (size_t i = 0; i < items->count; i++) {
    struct item item = items->list[i];
    if (!same_segment(item.path, path)) {
      others.list[others.count++] = item;
      continue;
    }
    item.path += segment(item.path);
    item.path += *item.path == '/';
    below.list[below.count++] = item;
  }
  write_level(gen, &below);
  *items = others;
}

static void write_list(yajl_gen gen, struct items items) {
  yajl_gen_array_open(gen);
  for (long at = 0; items.count > 0; at++) {
    const char *path = items.list[0].path;
    if (*path == '#' || strtol(path, NULL, 10) <= at)
      write_branch(gen, &items);
    else
      yajl_gen_null(gen);
  }
  yajl_gen_array_close(gen);
}

/* A name may have alternatives, of which the first is as good as any. */
static void write_name(yajl_gen gen, const char *path) {
  size_t length = strcspn(path, "/|");
  yajl_gen_string(gen, (const unsigned char *)path, length);
}

static void write_map(yajl_gen gen, struct items items) {
  yajl_gen_map_open(gen);
  while (items.count > 0) {
    write_name(gen, items.list[0].path);
    write_branch(gen, &items);
  }
  yajl_gen_map_close(gen);
}

static void write_level(yajl_gen gen, const struct items *items) {
  if (items->count > 0 && items->list[0].path[0] == '\0')
    write_value(gen, &items->list[0]);
  else if (items->count > 0 && is_index(items->list[0].path))
    write_list(gen, *items);
  else
    write_map(gen, *items);
}

/* --- the balance -----------------------------------------------------------
 */

void balance_write(yajl_gen gen, const struct probe_settings *probe,
                   double dollars, bool again) {
  const struct billing_preset *preset = probe->preset;
  double scale = probe->scale > 0 ? probe->scale : 1;
  bool twice = billing_preset_usage_path(probe) != NULL;
  struct items items = {0};
  if (!again) {
    add(&items,
        (struct item){.path = probe->remaining_key, .number = dollars / scale});
    add(&items, (struct item){.path = probe->limit_key,
                              .number = (dollars + used) / scale});
    add(&items, (struct item){.path = preset->currency_key, .text = "USD"});
    add(&items,
        (struct item){.path = preset->valid_key, .text = "true", .flag = true});
    add(&items, (struct item){.path = preset->unlimited_key,
                              .text = "false",
                              .flag = true});
  }
  if (again || !twice)
    add(&items, (struct item){.path = probe->used_key,
                              .number = used / scale / preset->used_scale});
  write_level(gen, &items);
}
