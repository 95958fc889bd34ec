/* What a probe's completions cost, and whether it may send another. Amounts are
 * in picodollars (1e-12 US dollars), so that sums are exact. */
#ifndef HOLYSHEEP_SPENDING_H
#define HOLYSHEEP_SPENDING_H

#include "model/probe_result.h"
#include "model/probe_settings.h"

#include <stdbool.h>
#include <stdint.h>

struct spending {
  uint64_t total; /* since the start */
  int64_t day;    /* of `today`: days since 1970 in UTC */
  uint64_t today;
  uint64_t max_cost; /* of a single completion so far; 0: none yet */
};

/* Whether both prices are configured. */
bool spending_has_prices(const struct probe_settings *probe);

/* The most that a completion can cost, if the relay respects max_tokens. */
uint64_t spending_estimate(const struct probe_settings *probe);

/* Whether another completion stays within MaxCostPerDay. It is expected to cost
 * as much as the most expensive one so far (unless that alone exceeds the
 * limit), the first one as much as spending_estimate(). Starts a new day if
 * there is one. `now`: Unix seconds, here and below. */
bool spending_allows(struct spending *spending,
                     const struct probe_settings *probe, double now);

/* Adds the cost of a result: what the relay says, else by its token usage, or
 * the estimate if the answer began or timed out without one. Today's sum, which
 * is limited, counts no less than the prices give. */
void spending_record(struct spending *spending,
                     const struct probe_settings *probe,
                     const struct probe_result *result, double now);

/* Adds the estimate of a completion in flight to what was spent today. */
void spending_reserve(struct spending *spending,
                      const struct probe_settings *probe, double now);

/* Uses up today's limit. */
void spending_exhaust(struct spending *spending, double now);

/* Whether `total` means something. Once it does, it always does. */
bool spending_is_known(const struct spending *spending,
                       const struct probe_settings *probe);

/* An amount in US dollars. */
double spending_dollars(uint64_t amount);

#endif
