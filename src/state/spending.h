/* What the completions of a probe cost, and whether it may go on. Sums are in
 * millionths of a millionth of a US dollar, so that they stay exact. */
#ifndef HOLYSHEEP_SPENDING_H
#define HOLYSHEEP_SPENDING_H

#include "model/probe_result.h"
#include "model/settings.h"

#include <stdbool.h>
#include <stdint.h>

struct spending {
  uint64_t total; /* since the start */
  int64_t day;    /* of `today`: days since 1970 in UTC */
  uint64_t today;
  uint64_t max_cost; /* a single completion so far; 0: none yet */
};

/* Whether both prices are configured. */
bool spending_is_known(const struct probe_settings *probe);

/* What a completion costs at most, if the relay heeds max_tokens. */
uint64_t spending_reckoned(const struct probe_settings *probe);

/* Whether the next completion keeps within MaxCostPerDay, reckoned as the
 * dearest so far (unless that alone is more), the first one as all of its
 * tokens. A new day begins with it. `now`: Unix seconds. */
bool spending_allows(struct spending *spending,
                     const struct probe_settings *probe, double now);

/* Adds what an outcome cost: as its usage says, or, where an answer began or
 * was waited for in vain, as much as it may. */
void spending_record(struct spending *spending,
                     const struct probe_settings *probe,
                     const struct probe_result *result, double now);

/* What is spent today if a completion that is in flight costs all it may. */
void spending_expect(struct spending *spending,
                     const struct probe_settings *probe, double now);

/* Nothing more may be spent today. */
void spending_exhaust(struct spending *spending, double now);

double spending_dollars(uint64_t amount);

#endif
