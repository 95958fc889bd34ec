#include "state/spending.h"

#include <math.h>

#define DAY 86400

/* More than anybody spends, whatever a relay counts; all sums stay below it. */
static const uint64_t max = INT64_MAX;

static uint64_t plus(uint64_t a, uint64_t b) {
  return b < max - a ? a + b : max;
}

/* A dollar a million tokens is a millionth of a dollar a token. */
static uint64_t cost(double tokens, double price) {
  double amount = tokens * price * 1e6;
  return amount < 1e18 ? (uint64_t)llround(amount) : max;
}

static uint64_t cost_of(const struct probe_settings *probe, double prompt,
                        double completion) {
  return plus(cost(prompt, probe->prompt_price),
              cost(completion, probe->completion_price));
}

uint64_t spending_reckoned(const struct probe_settings *probe) {
  return cost_of(probe, probe_settings_prompt_tokens(probe),
                 probe_settings_answer_tokens(probe));
}

bool spending_is_known(const struct probe_settings *probe) {
  return probe->prompt_price >= 0 && probe->completion_price >= 0;
}

static int64_t day_of(double now) { return (int64_t)floor(now / DAY); }

/* What was spent on a day that lies ahead, by a clock that was wrong then or is
 * now, was spent today: no step of it gives a day's money twice. Nor does one
 * hold the probe back for long: it is tomorrow at the latest. */
static void begin_day(struct spending *spending, double now) {
  int64_t day = day_of(now);
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
  begin_day(spending, now);
  double max_today = probe->max_cost_per_day * 1e12;
  uint64_t next = spending->max_cost;
  /* One that was dearer than a whole day may be would end the probe for ever:
   * by a relay's slip, or under a price or limit of before. */
  if (next == 0 || (double)next > max_today)
    next = spending_reckoned(probe);
  return (double)(spending->today + next) <= max_today;
}

/* A relay bills for what it answered, and may for what it had begun to. */
static bool is_billed(const struct http_result *http) {
  return http->http_status / 100 == 2 ||
         (http->transport_error == CAUSE_TIMEOUT && http->sent);
}

static void spend(struct spending *spending, uint64_t spent, double now) {
  begin_day(spending, now);
  spending->today = plus(spending->today, spent);
}

void spending_expect(struct spending *spending,
                     const struct probe_settings *probe, double now) {
  spend(spending, spending_reckoned(probe), now);
}

void spending_exhaust(struct spending *spending, double now) {
  spend(spending, max, now);
}

void spending_record(struct spending *spending,
                     const struct probe_settings *probe,
                     const struct probe_result *result, double now) {
  if (!spending_is_known(probe) ||
      (!result->has_usage && !is_billed(&result->http)))
    return;
  uint64_t spent = result->has_usage
                       ? cost_of(probe, (double)result->prompt_tokens,
                                 (double)result->completion_tokens)
                       : spending_reckoned(probe);
  spend(spending, spent, now);
  spending->total = plus(spending->total, spent);
  if (spent > spending->max_cost)
    spending->max_cost = spent;
}

double spending_dollars(uint64_t amount) { return (double)amount / 1e12; }
