#include "places.h"

#include "unit.h"

enum { SECOND = USEC_PER_SEC };

static const usec kept = PLACES_LEFT_SECONDS * (usec)SECOND;

START_TEST(test_as_many_as_there_are) {
  struct places places;
  ck_assert(places_init(&places, 2));
  ck_assert(places_take(&places, 0));
  ck_assert(places_take(&places, 0));
  ck_assert(!places_take(&places, 0));
  places_give(&places);
  ck_assert(places_take(&places, 0));
  ck_assert(!places_take(&places, 0));
  places_free(&places);
}
END_TEST

/* Who leaves a look-up behind keeps the place for a minute. */
START_TEST(test_left_behind) {
  struct places places;
  ck_assert(places_init(&places, 2));
  ck_assert(places_take(&places, 0));
  ck_assert(places_take(&places, 0));
  places_leave(&places, 5 * SECOND);
  ck_assert(!places_take(&places, kept + 5 * SECOND - 1));
  places_leave(&places, 10 * SECOND);
  ck_assert(places_take(&places, kept + 5 * SECOND));
  ck_assert(!places_take(&places, kept + 5 * SECOND));
  ck_assert(places_take(&places, kept + 10 * SECOND));
  places_free(&places);
}
END_TEST

/* Threads do not pile up: never more requests and look-ups left behind than
 * there are places, whatever happens. */
START_TEST(test_never_more) {
  enum { COUNT = 7 };
  struct places places;
  usec left[5000];
  size_t left_count = 0;
  unsigned in_flight = 0;
  ck_assert(places_init(&places, COUNT));
  for (usec now = 0; now < 5000 * (usec)SECOND; now += SECOND) {
    unsigned behind = 0;
    for (size_t i = 0; i < left_count; i++)
      behind += left[i] > now;
    bool taken = places_take(&places, now);
    ck_assert_int_eq(taken, in_flight + behind < COUNT);
    in_flight += taken;
    if (in_flight > 0 && unit_random(4) == 0) {
      places_leave(&places, now);
      left[left_count++] = now + kept;
      in_flight--;
    } else if (in_flight > 0 && unit_random(2) == 0) {
      places_give(&places);
      in_flight--;
    }
  }
  places_free(&places);
}
END_TEST

int main(void) {
  return UNIT_RUN("places", test_as_many_as_there_are, test_left_behind,
                  test_never_more);
}
