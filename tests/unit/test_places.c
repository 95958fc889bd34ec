#include "engine/request_slots.h"

#include "unit.h"

START_TEST(test_as_many_as_there_are) {
  struct places places = {.count = 2};
  ck_assert(places_take(&places));
  ck_assert(places_take(&places));
  ck_assert(!places_take(&places));
  places_give(&places);
  ck_assert(places_take(&places));
  ck_assert(!places_take(&places));
}
END_TEST

int main(void) { return UNIT_RUN("places", test_as_many_as_there_are); }
