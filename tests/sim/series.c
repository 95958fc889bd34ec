#include "series.h"

#include "memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* --- by name -------------------------------------------------------------- */

static size_t hash(const char *name) {
  uint64_t sum = UINT64_C(0xcbf29ce484222325);
  for (; *name != '\0'; name++)
    sum = (sum ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
  return (size_t)(sum ^ sum >> 32);
}

static struct series **slot_of(const struct series_set *set, const char *name) {
  size_t at = hash(name) & (set->room - 1);
  while (set->list[at] != NULL && strcmp(set->list[at]->name, name) != 0)
    at = (at + 1) & (set->room - 1);
  return &set->list[at];
}

static void resize(struct series_set *set, size_t room) {
  struct series_set larger = *set;
  larger.list = memory_zeros(room, sizeof *larger.list);
  larger.room = room;
  for (size_t i = 0; i < set->room; i++)
    if (set->list[i] != NULL)
      *slot_of(&larger, set->list[i]->name) = set->list[i];
  free(set->list);
  *set = larger;
}

void series_set_init(struct series_set *set, size_t samples) {
  *set = (struct series_set){.samples = samples};
  resize(set, 1024);
}

static void free_one(struct series *series) {
  if (series == NULL)
    return;
  free(series->name);
  free(series->runs);
  free(series);
}

void series_set_free(struct series_set *set) {
  for (size_t i = 0; i < set->room; i++)
    free_one(set->list[i]);
  free(set->list);
}

struct series *series_find(struct series_set *set, const char *name) {
  struct series **slot = slot_of(set, name);
  if (*slot != NULL)
    return *slot;
  if (2 * ++set->count > set->room) {
    resize(set, 2 * set->room);
    slot = slot_of(set, name);
  }
  *slot = memory_zeros(1, sizeof **slot);
  (*slot)->name = memory_text(name);
  return *slot;
}

/* --- its values ----------------------------------------------------------- */

void series_add(struct series *series, size_t from, size_t to, double value) {
  struct series_run *last =
      series->run_count > 0 ? &series->runs[series->run_count - 1] : NULL;
  if (from >= to)
    return;
  if (last != NULL && last->to == from &&
      memcmp(&last->value, &value, sizeof value) == 0) {
    last->to = to;
    return;
  }
  series->runs = memory_grow(series->runs, series->run_count, &series->run_room,
                             sizeof *series->runs);
  series->runs[series->run_count++] = (struct series_run){from, to, value};
}

/* --- as promtool reads it ------------------------------------------------- */

static void print_name(const char *name, FILE *to) {
  fputs("- series: '", to);
  for (; *name != '\0'; name++) {
    if (*name == '\'')
      putc('\'', to);
    putc(*name, to);
  }
  fputs("'\n  values: '", to);
}

static void print_times(const char *text, size_t from, size_t before,
                        FILE *to) {
  for (size_t i = from; i < before; i++) {
    if (i > 0)
      putc(' ', to);
    fputs(text, to);
  }
}

/* A series that ends is stale once; until it begins again it has no value. */
static void print_gap(size_t from, size_t before, FILE *to) {
  size_t stale = from > 0 && from < before;
  print_times("stale", from, from + stale, to);
  print_times("_", from + stale, before, to);
}

static void print_values(const struct series *series, size_t samples,
                         FILE *to) {
  size_t at = 0;
  for (size_t i = 0; i < series->run_count; i++) {
    const struct series_run *run = &series->runs[i];
    char text[40];
    print_gap(at, run->from, to);
    snprintf(text, sizeof text, "%.10g", run->value);
    print_times(text, run->from, run->to, to);
    at = run->to;
  }
  print_gap(at, samples, to);
}

static int by_name(const void *a, const void *b) {
  const struct series *const *one = a, *const *other = b;
  if (*one == NULL || *other == NULL)
    return (*one == NULL) - (*other == NULL);
  return strcmp((*one)->name, (*other)->name);
}

void series_print(struct series_set *set, FILE *to) {
  struct series **sorted = memory_zeros(set->room, sizeof *sorted);
  memcpy(sorted, set->list, set->room * sizeof *sorted);
  qsort(sorted, set->room, sizeof *sorted, by_name);
  for (size_t i = 0; i < set->count; i++) {
    if (sorted[i]->run_count == 0)
      continue; /* it came and went between two samples */
    print_name(sorted[i]->name, to);
    print_values(sorted[i], set->samples, to);
    fputs("'\n", to);
  }
  free(sorted);
}
