#include "state/spending.h"

#include <math.h>

#define DAY 86400

/* No sum exceeds this, whatever token counts a relay reports. */
static const uint64_t amount_max = INT64_MAX;

static uint64_t add_saturating(uint64_t a, uint64_t b) {
  return b < amount_max - a ? a + b : amount_max;
}

/* A dollar per million tokens is 1e6 picodollars per token. */
static uint64_t token_cost(double tokens, double price) {
  double amount = tokens * price * 1e6;
  return amount < 1e18 ? (uint64_t)llround(amount) : amount_max;
}

static uint64_t completion_cost(const struct probe_settings *probe,
                                double prompt, double completion) {
  return add_saturating(token_cost(prompt, probe->prompt_price),
                        token_cost(completion, probe->completion_price));
}

uint64_t spending_estimate(const struct probe_settings *probe) {
  return completion_cost(probe, probe_settings_prompt_tokens(probe),
                         probe_settings_answer_tokens(probe));
}

bool spending_has_prices(const struct probe_settings *probe) {
  return probe->prompt_price >= 0 && probe->completion_price >= 0;
}

static int64_t day_number(double now) { return (int64_t)floor(now / DAY); }

/* If the clock was wrong, or is now, the stored day may lie ahead. It then
 * counts as today, so that no clock step allows a day's money to be spent
 * twice; and as tomorrow at the latest, so that none blocks the probe for long.
 */
static void advance_day(struct spending *spending, double now) {
  int64_t day = day_number(now);
  if (spending->day < day) {
    spending->day = day;
    spending->today = 0;
  }
  if (spending->day > day + 1)
    spending->day = day + 1;
}

bool spending_allows(struct spending *spending,
                     const struct probe_settings *probe, double now) {
  if (probe->max_cost_per_day <= 0)
    return true;
  advance_day(spending, now);
  double limit = probe->max_cost_per_day * 1e12;
  uint64_t next_cost = spending->max_cost;
  /* A single completion above the limit (the relay made a mistake, or prices or
   * limit have changed) must not stop the probe for good. */
  if (next_cost == 0 || (double)next_cost > limit)
    next_cost = spending_estimate(probe);
  return (double)(spending->today + next_cost) <= limit;
}

/* A relay bills for what it answered, and may bill for what it began. */
static bool is_billed(const struct http_result *http) {
  return http->http_status / 100 == 2 ||
         (http->transport_error == CAUSE_TIMEOUT && http->sent);
}

static void spend(struct spending *spending, uint64_t spent, double now) {
  advance_day(spending, now);
  spending->today = add_saturating(spending->today, spent);
}

void spending_reserve(struct spending *spending,
                      const struct probe_settings *probe, double now) {
  spend(spending, spending_estimate(probe), now);
}

void spending_exhaust(struct spending *spending, double now) {
  spend(spending, amount_max, now);
}

/* According to the configured prices. */
static uint64_t price_of(const struct probe_settings *probe,
                         const struct probe_result *result) {
  if (!spending_has_prices(probe))
    return 0;
  if (result->has_usage)
    return completion_cost(probe, (double)result->prompt_tokens,
                           (double)result->completion_tokens);
  return is_billed(&result->http) ? spending_estimate(probe) : 0;
}

/* A relay knows best what it charges, but must not be able to lift the limit by
 * telling too little. */
void spending_record(struct spending *spending,
                     const struct probe_settings *probe,
                     const struct probe_result *result, double now) {
  uint64_t price = price_of(probe, result);
  uint64_t cost = result->has_cost ? token_cost(result->cost, 1e6) : price;
  uint64_t limited = cost > price ? cost : price;
  spending->total = add_saturating(spending->total, cost);
  spend(spending, limited, now);
  if (limited > spending->max_cost)
    spending->max_cost = limited;
}

bool spending_is_known(const struct spending *spending,
                       const struct probe_settings *probe) {
  return spending_has_prices(probe) || spending->total > 0;
}

double spending_dollars(uint64_t amount) { return (double)amount / 1e12; }
