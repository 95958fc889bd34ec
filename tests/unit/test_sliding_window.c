#include "engine/sliding_window.h"
#include "model/suppress_reason.h"

#include "unit.h"

#include <string.h>

enum { SECOND = USEC_PER_SEC };

static struct sliding_window window;

static void begin(unsigned max, usec span) {
  ck_assert(sliding_window_init(&window, max, span));
}

/* Sends a request if it is allowed. */
static bool send(unsigned rank, usec now) {
  if (!sliding_window_reserve(&window, rank, 1, now))
    return false;
  sliding_window_record(&window, rank, now);
  return true;
}

/* --- the window ---------------------------------------------------------- */

START_TEST(test_without_a_limit) {
  begin(0, 0);
  sliding_window_expect(&window, RANK_MODELS, SECOND, 1);
  for (usec now = 0; now < 1000; now++)
    ck_assert(send(RANK_TOKENS, 5));
  ck_assert(sliding_window_reserve(&window, RANK_TOKENS, 2, 5));
  sliding_window_cancel(&window, RANK_TOKENS, 2);
  sliding_window_free(&window);
}
END_TEST

/* A request leaves the window exactly one span after it was sent. */
START_TEST(test_window_boundaries) {
  begin(2, 60 * SECOND);
  ck_assert(send(RANK_MODELS, 100 * SECOND));
  ck_assert(send(RANK_MODELS, 110 * SECOND));
  ck_assert(!send(RANK_MODELS, 110 * SECOND));
  ck_assert(!send(RANK_MODELS, 160 * SECOND - 1));
  ck_assert(send(RANK_MODELS, 160 * SECOND));
  ck_assert(!send(RANK_MODELS, 170 * SECOND - 1));
  ck_assert(send(RANK_MODELS, 170 * SECOND));
  sliding_window_free(&window);
}
END_TEST

START_TEST(test_limit_of_one) {
  begin(1, SECOND);
  ck_assert(send(RANK_TOKENS, 0));
  ck_assert(!send(RANK_MODELS, SECOND - 1));
  ck_assert(send(RANK_MODELS, SECOND));
  sliding_window_free(&window);
}
END_TEST

/* Suppressed requests are not caught up. */
START_TEST(test_no_burst) {
  unsigned sent = 0;
  begin(10, 60 * SECOND);
  for (usec now = 0; now < 10 * SECOND; now += SECOND / 10)
    sent += send(RANK_MODELS, now);
  ck_assert_uint_eq(sent, 10);
  sent = 0;
  for (usec now = 600 * SECOND; now < 610 * (usec)SECOND; now += SECOND / 10)
    sent += send(RANK_MODELS, now);
  ck_assert_uint_eq(sent, 10);
  sliding_window_free(&window);
}
END_TEST

/* The exact time at which a request is allowed again, by rank. */
START_TEST(test_time_until_allowed) {
  usec when = 0;
  begin(3, 60 * SECOND);
  sliding_window_expect(&window, RANK_MODELS, 60 * SECOND, 1);
  ck_assert(send(RANK_TOKENS, 0));
  ck_assert(send(RANK_TOKENS, 5));
  ck_assert(!send(RANK_TOKENS, 20 * SECOND));
  ck_assert(!sliding_window_opens(&window, RANK_TOKENS, 1, 20 * SECOND,
                                  60 * SECOND - 1, &when));
  ck_assert(sliding_window_opens(&window, RANK_TOKENS, 1, 20 * SECOND,
                                 61 * SECOND, &when));
  ck_assert_int_eq(when, 60 * SECOND);
  ck_assert(sliding_window_opens(&window, RANK_TOKENS, 2, 20 * SECOND,
                                 61 * SECOND, &when));
  ck_assert_int_eq(when, 60 * SECOND + 5);
  ck_assert(sliding_window_reserve(&window, RANK_MODELS, 1,
                                   20 * SECOND)); /* in flight */
  ck_assert(sliding_window_opens(&window, RANK_MODELS, 2, 20 * SECOND,
                                 61 * SECOND, &when));
  ck_assert_int_eq(when, 60 * SECOND + 5);
  ck_assert(!sliding_window_opens(&window, RANK_MODELS, 3, 20 * SECOND,
                                  61 * SECOND, &when));
  sliding_window_free(&window);
}
END_TEST

/* Three probes with slightly late turns, and a limit that is just sufficient:
 * none is suppressed for longer than the lateness. */
START_TEST(test_limit_equal_to_the_need) {
  enum { PROBES = 3, ROUNDS = 1000 };
  begin(PROBES, 60 * SECOND);
  usec late[PROBES] = {0};
  for (unsigned r = 0; r < PROBES; r++)
    sliding_window_expect(&window, r, 60 * SECOND, 1);
  for (unsigned i = 0; i < ROUNDS * PROBES; i++) {
    unsigned rank = i % PROBES;
    usec turn = (usec)i * 20 * SECOND, now = turn + unit_random(1000);
    if (!send(rank, now)) {
      ck_assert(
          sliding_window_opens(&window, rank, 1, now, now + SECOND, &now));
      ck_assert(send(rank, now));
    }
    ck_assert_int_le(now - turn, 1000);
    ck_assert_int_ge(now - turn, late[rank]);
    late[rank] = now - turn;
  }
  sliding_window_free(&window);
}
END_TEST

/* --- several requests of one probe --------------------------------------- */

START_TEST(test_capacity_is_reserved_for_the_second_request) {
  begin(3, 60 * SECOND);
  ck_assert(sliding_window_reserve(&window, RANK_BILLING, 2, 0));
  sliding_window_record(&window, RANK_BILLING, 0);
  ck_assert(send(RANK_MODELS, 1));
  ck_assert(!send(RANK_MODELS, 2)); /* the third place is reserved */
  sliding_window_record(&window, RANK_BILLING, 30 * SECOND);
  ck_assert(send(RANK_MODELS, 60 * SECOND));
  ck_assert(send(RANK_MODELS, 60 * SECOND + 1));
  ck_assert(!send(RANK_MODELS, 90 * SECOND - 1)); /* since it was sent */
  ck_assert(send(RANK_MODELS, 90 * SECOND));
  sliding_window_free(&window);
}
END_TEST

START_TEST(test_released_capacity) {
  begin(2, 60 * SECOND);
  ck_assert(sliding_window_reserve(&window, RANK_BILLING, 2, 0));
  sliding_window_record(&window, RANK_BILLING, 0);
  ck_assert(!send(RANK_MODELS, 1));
  sliding_window_cancel(&window, RANK_BILLING, 1);
  ck_assert(send(RANK_MODELS, 2));
  ck_assert(!send(RANK_MODELS, 3));
  sliding_window_free(&window);
}
END_TEST

START_TEST(test_capacity_for_one_request) {
  begin(2, 60 * SECOND);
  ck_assert(send(RANK_MODELS, 0));
  ck_assert(!sliding_window_reserve(&window, RANK_BILLING, 2, 1));
  ck_assert(sliding_window_reserve(&window, RANK_BILLING, 1,
                                   1)); /* nothing is reserved */
  sliding_window_free(&window);
}
END_TEST

/* --- ranks --------------------------------------------------------------- */

/* Completions cannot use the capacity that the models probe will need. */
START_TEST(test_priority_of_models) {
  begin(10, 60 * SECOND);
  sliding_window_expect(&window, RANK_MODELS, 10 * SECOND,
                        1); /* six per minute */
  sliding_window_expect(&window, RANK_BILLING, 60 * SECOND, 2);
  for (unsigned i = 0; i < 2; i++)
    ck_assert(send(RANK_TOKENS, 0));
  ck_assert(!send(RANK_TOKENS, 0));
  ck_assert(send(RANK_BILLING, 1)); /* four have a lower rank than models */
  ck_assert(send(RANK_BILLING, 1));
  ck_assert(!send(RANK_BILLING, 1));
  for (unsigned i = 0; i < 6; i++)
    ck_assert(send(RANK_MODELS, 2));
  ck_assert(!send(RANK_MODELS, 2));
  sliding_window_free(&window);
}
END_TEST

/* A higher rank may use what the others leave. */
START_TEST(test_reserved_capacity_is_for_higher_priorities) {
  begin(4, 60 * SECOND);
  sliding_window_expect(&window, RANK_MODELS, 60 * SECOND, 1);
  ck_assert(sliding_window_has_room(&window, RANK_BILLING, 3));
  ck_assert(!sliding_window_has_room(&window, RANK_BILLING, 4));
  for (unsigned i = 0; i < 4; i++)
    ck_assert(send(RANK_MODELS, 0));
  ck_assert(!send(RANK_TOKENS, 59 * SECOND));
  ck_assert(send(RANK_TOKENS, 60 * SECOND));
  sliding_window_free(&window);
}
END_TEST

/* What a probe no longer needs is free for others. */
START_TEST(test_needs_change) {
  begin(20, 60 * SECOND);
  sliding_window_expect(&window, RANK_MODELS, 40 * SECOND, 2);
  sliding_window_expect(&window, RANK_BILLING, 40 * SECOND, 8);
  ck_assert(!sliding_window_has_room(&window, RANK_TOKENS, 1));
  sliding_window_forget(&window, RANK_BILLING, 40 * SECOND, 8);
  sliding_window_expect(&window, RANK_BILLING, 40 * SECOND, 1);
  ck_assert(sliding_window_has_room(&window, RANK_TOKENS, 14));
  ck_assert(!sliding_window_has_room(&window, RANK_TOKENS, 15));
  sliding_window_free(&window);
}
END_TEST

/* If the models probe needs everything, nothing is left for the rest. */
START_TEST(test_limit_below_the_need) {
  static const unsigned intervals[] = {10, 7, 1};
  for (size_t i = 0; i < COUNT_OF(intervals); i++) {
    begin(6, 60 * SECOND);
    sliding_window_expect(&window, RANK_MODELS, intervals[i] * (usec)SECOND, 1);
    ck_assert(!send(RANK_BILLING, 0));
    ck_assert(!send(RANK_TOKENS, 0));
    ck_assert(send(RANK_MODELS, 0));
    ck_assert(sliding_window_has_room(&window, RANK_MODELS, 6));
    ck_assert(!sliding_window_has_room(&window, RANK_BILLING, 1));
    ck_assert(!sliding_window_has_room(&window, RANK_TOKENS, 1));
    sliding_window_free(&window);
  }
}
END_TEST

/* An interval that does not divide the span: as many as can fall into it. */
START_TEST(test_needs_are_rounded_up) {
  begin(2, 60 * SECOND);
  sliding_window_expect(&window, RANK_MODELS, 40 * SECOND, 1);
  ck_assert(!send(RANK_TOKENS, 0));
  sliding_window_free(&window);
  begin(2, 60 * SECOND);
  sliding_window_expect(&window, RANK_MODELS, 3600 * (usec)SECOND, 1);
  ck_assert(send(RANK_TOKENS, 0));
  ck_assert(!send(RANK_TOKENS, 0));
  sliding_window_free(&window);
}
END_TEST

/* --- brute force ---------------------------------------------------------- */

enum { SENT_MAX = 20000 };

/* The limit holds in any span, however requests arrive; and the models probe,
 * which keeps to its interval, is never suppressed. */
static void check_life(unsigned max, usec span, usec interval) {
  static usec sent[SENT_MAX];
  unsigned count = 0;
  usec now = 0, models_next = 0;
  begin(max, span);
  sliding_window_expect(&window, RANK_MODELS, interval, 1);
  sliding_window_expect(&window, RANK_BILLING, interval, 2);
  bool fits = (span + interval - 1) / interval <= (usec)max;
  while (count + 3 < SENT_MAX && now < 300 * span) {
    now += unit_random(200) == 0 ? unit_random(2000) : unit_random(3);
    if (now >= models_next) {
      models_next = now + interval;
      bool ok = send(RANK_MODELS, now);
      ck_assert(ok || !fits);
      if (ok)
        sent[count++] = now;
    }
    if (unit_random(2) == 0 && send(RANK_TOKENS, now))
      sent[count++] = now;
    if (unit_random(3) == 0 &&
        sliding_window_reserve(&window, RANK_BILLING, 2, now)) {
      sliding_window_record(&window, RANK_BILLING, now);
      sent[count++] = now;
      if (unit_random(2) == 0) {
        sliding_window_cancel(&window, RANK_BILLING, 1);
      } else {
        sliding_window_record(&window, RANK_BILLING, now);
        sent[count++] = now;
      }
    }
  }
  for (unsigned i = 0; i + max < count; i++)
    ck_assert_int_ge(sent[i + max] - sent[i], span);
  sliding_window_free(&window);
}

START_TEST(test_limit_holds_in_any_span) {
  for (unsigned round = 0; round < 300; round++)
    check_life(1 + unit_random(20), 1 + unit_random(500), 1 + unit_random(300));
}
END_TEST

START_TEST(test_reason_names) {
  static const char *const names[] = {"retry_after", "rate_limit", "daily_cost",
                                      "late"};
  ck_assert_uint_eq(COUNT_OF(names), REASON_COUNT);
  for (unsigned i = 0; i < REASON_COUNT; i++)
    ck_assert_str_eq(suppress_reason_name((enum suppress_reason)i), names[i]);
}
END_TEST

int main(void) {
  return UNIT_RUN(
      "sliding_window", test_without_a_limit, test_window_boundaries,
      test_limit_of_one, test_no_burst, test_time_until_allowed,
      test_limit_equal_to_the_need,
      test_capacity_is_reserved_for_the_second_request, test_released_capacity,
      test_capacity_for_one_request, test_priority_of_models,
      test_reserved_capacity_is_for_higher_priorities, test_needs_change,
      test_limit_below_the_need, test_needs_are_rounded_up,
      test_limit_holds_in_any_span, test_reason_names);
}
