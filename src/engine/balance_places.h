/* The places where a balance is searched for, and which of them has it: one
 * after the other is asked within a run, and what answers is kept. */
#ifndef HOLYSHEEP_BALANCE_PLACES_H
#define HOLYSHEEP_BALANCE_PLACES_H

#include "probe/billing_preset.h"

#include <stdbool.h>
#include <stddef.h>

struct balance_places {
  struct probe_settings *list; /* NULL: the balance is not searched for */
  size_t count;
  size_t current;    /* the place that is asked */
  size_t asked;      /* how many have been asked in this run */
  size_t last_found; /* index; `count` at first */
  bool kept;         /* that one is asked, no other */
  bool telling;      /* this run, one answer was about the key: */
  struct probe_result held;
  unsigned refusing; /* the places that said the same: a bit each */
  bool refused;      /* a search resulted in that: only these are asked */
};

/* False if out of memory;
 * balance_places_free() has to be called then as well. */
bool balance_places_init(struct balance_places *places, const char *base_url,
                         const struct probe_settings *probe);
void balance_places_free(struct balance_places *places);

/* The first place of a run. */
const struct probe_settings *
balance_places_first(struct balance_places *places);

/* The next place of the run, after the current one gave this result. NULL: the
 * run is over, and this is its result. An answer about the key is held until
 * the end, as it may be what the run results in; `other` is a result that is
 * not, and otherwise was not attempted. */
const struct probe_settings *balance_places_next(struct balance_places *places,
                                                 struct probe_result *result,
                                                 struct probe_result *other);

/* The relay has another key: what was said of the old one does not count. */
void balance_places_retry(struct balance_places *places);

/* How many requests the next run takes at most. */
unsigned balance_places_requests(const struct balance_places *places,
                                 const struct probe_settings *probe);

#endif
