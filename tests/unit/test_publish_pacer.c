#include "engine/publish_pacer.h"

#include "unit.h"

enum { SECOND = USEC_PER_SEC };

static struct publish_pacer pacer;

/* --- turns ---------------------------------------------------------------- */

START_TEST(test_no_relays) {
  size_t relay;
  publish_pacer_init(&pacer, 0, 10 * SECOND, 0);
  ck_assert(!publish_pacer_next(&pacer, 100 * SECOND, &relay));
  ck_assert(!publish_pacer_next_new(&pacer, 0, 0, &relay));
}
END_TEST

/* Each relay has one turn per interval, always at its own offset. */
START_TEST(test_relays_take_turns) {
  enum { RELAYS = 7, ROUNDS = 20 };
  usec last[RELAYS] = {0};
  unsigned had[RELAYS] = {0};
  publish_pacer_init(&pacer, RELAYS, 10 * SECOND, 0);
  for (usec now = 0; now < ROUNDS * 10 * SECOND; now += SECOND / 100) {
    size_t relay;
    if (!publish_pacer_next(&pacer, now, &relay))
      continue;
    if (had[relay]++ > 0) {
      ck_assert_int_ge(now - last[relay], 10 * SECOND - SECOND / 50);
      ck_assert_int_le(now - last[relay], 10 * SECOND + SECOND / 50);
    }
    last[relay] = now;
    ck_assert(!publish_pacer_next(&pacer, now, &relay)); /* not two at once */
  }
  for (size_t i = 0; i < RELAYS; i++)
    ck_assert_uint_eq(had[i], ROUNDS);
}
END_TEST

/* Slightly late turns are caught up; turns missed by more than an interval are
 * skipped. */
START_TEST(test_late_tick) {
  size_t relay;
  publish_pacer_init(&pacer, 2, 10 * SECOND, 0);
  ck_assert(publish_pacer_next(&pacer, 9 * SECOND, &relay));
  ck_assert_uint_eq(relay, 0);
  ck_assert(publish_pacer_next(&pacer, 9 * SECOND, &relay));
  ck_assert_uint_eq(relay, 1);
  ck_assert(!publish_pacer_next(&pacer, 9 * SECOND, &relay));
  unsigned count = 0;
  while (publish_pacer_next(&pacer, 1000 * SECOND, &relay))
    count++;
  ck_assert_uint_le(count, 3);
  ck_assert(!publish_pacer_next(&pacer, 1004 * SECOND, &relay));
  ck_assert(publish_pacer_next(&pacer, 1005 * SECOND, &relay));
}
END_TEST

/* --- gradual publishing --------------------------------------------------- */

/* The time until a number of relays with a number of series are published. */
static double seconds_until_born(size_t relays, size_t series) {
  size_t published = 0, relay;
  usec now = 0;
  publish_pacer_init(&pacer, relays, 10 * SECOND, now);
  while (published < relays) {
    UNIT_ASSERT(now < 1000 * (usec)SECOND);
    while (publish_pacer_next_new(&pacer, now, series, &relay)) {
      ck_assert_uint_eq(relay, published);
      ck_assert(publish_pacer_is_published(&pacer, relay));
      ck_assert(!publish_pacer_is_published(&pacer, relay + 1));
      publish_pacer_drain(&pacer, series);
      published++;
    }
    now += SECOND / 100;
  }
  return (double)now / (double)SECOND;
}

START_TEST(test_first_twenty_relays_are_not_paced) {
  ck_assert_double_lt(seconds_until_born(20, 170), 0.1);
}
END_TEST

START_TEST(test_later_relays_publish_500_series_per_second) {
  double seconds = seconds_until_born(200, 170);
  ck_assert_double_ge(seconds, (200 * 170 - PUBLISH_BURST) / 500.0 - 1);
  ck_assert_double_le(seconds, (200 * 170 - PUBLISH_BURST) / 500.0 + 1);
}
END_TEST

/* A relay with more series than one second allows is published eventually. */
START_TEST(test_relay_larger_than_the_rate) {
  double seconds = seconds_until_born(10, 5000);
  ck_assert_double_ge(seconds, (10 * 5000 - PUBLISH_BURST) / 500.0 - 11);
  ck_assert_double_le(seconds, (10 * 5000 - PUBLISH_BURST) / 500.0 + 11);
}
END_TEST

/* A published relay is pending until it arrives, or for a limited time. */
START_TEST(test_pending_until_arrival) {
  size_t relay;
  usec published = 5 * SECOND;
  publish_pacer_init(&pacer, 2, 10 * SECOND, 0);
  ck_assert(!publish_pacer_is_pending(&pacer, 0));
  ck_assert(publish_pacer_next_new(&pacer, published, 1, &relay));
  ck_assert(publish_pacer_is_pending(&pacer, published));
  ck_assert(publish_pacer_is_pending(&pacer,
                                     published + ARRIVAL_TIMEOUT * SECOND - 1));
  ck_assert(
      !publish_pacer_is_pending(&pacer, published + ARRIVAL_TIMEOUT * SECOND));
  publish_pacer_arrived(&pacer);
  ck_assert(!publish_pacer_is_pending(&pacer, published));
  ck_assert(publish_pacer_next_new(&pacer, published, 1, &relay));
  ck_assert(publish_pacer_is_pending(&pacer, published));
}
END_TEST

/* Idle hours do not accumulate tokens for a burst. */
START_TEST(test_tokens_do_not_accumulate) {
  size_t relay;
  publish_pacer_init(&pacer, 100, 10 * SECOND, 0);
  while (publish_pacer_next_new(&pacer, 0, 170, &relay))
    publish_pacer_drain(&pacer, 170);
  unsigned burst = 0;
  while (publish_pacer_next_new(&pacer, 3600 * (usec)SECOND, 170, &relay)) {
    publish_pacer_drain(&pacer, 170);
    burst++;
  }
  ck_assert_uint_le(burst * 170, PUBLISH_RATE);
}
END_TEST

/* Series added by a published relay use up tokens of waiting relays. */
START_TEST(test_series_added_later_count) {
  size_t relay;
  publish_pacer_init(&pacer, 2, 10 * SECOND, 0);
  ck_assert(publish_pacer_next_new(&pacer, 0, 170, &relay));
  publish_pacer_drain(&pacer, PUBLISH_BURST);
  ck_assert(!publish_pacer_next_new(&pacer, 0, 170, &relay));
  ck_assert(!publish_pacer_next_new(&pacer, SECOND / 10, 170, &relay));
  ck_assert(publish_pacer_next_new(&pacer, SECOND, 170, &relay));
}
END_TEST

int main(void) {
  return UNIT_RUN("publish_pacer", test_no_relays, test_relays_take_turns,
                  test_late_tick, test_first_twenty_relays_are_not_paced,
                  test_later_relays_publish_500_series_per_second,
                  test_relay_larger_than_the_rate, test_pending_until_arrival,
                  test_tokens_do_not_accumulate, test_series_added_later_count);
}
