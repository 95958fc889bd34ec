/* The series as Prometheus holds them, with a value at each sample's time. */
#ifndef HOLYSHEEP_SIM_SERIES_H
#define HOLYSHEEP_SIM_SERIES_H

#include <stddef.h>
#include <stdio.h>

/* The same value at the samples from `from` to before `to`. */
struct series_run {
  size_t from, to;
  double value;
};

struct series {
  char *name; /* `name{labels}` */
  struct series_run *runs;
  size_t run_count, run_room;
};

struct series_set {
  struct series **list; /* a hash table, then sorted */
  size_t count, room;
  size_t samples; /* of each */
};

void series_set_init(struct series_set *set, size_t samples);
void series_set_free(struct series_set *set);

/* The series of this name, which is made where there is none. NULL without
 * memory. */
struct series *series_find(struct series_set *set, const char *name);

/* Samples that follow those that there are. Some may have been left out: the
 * series was gone for so long. */
void series_add(struct series *series, size_t from, size_t to, double value);

/* As promtool's input_series, sorted. */
void series_print(struct series_set *set, FILE *to);

#endif
