#include "engine/request_slots.h"

#include "unit.h"

START_TEST(test_all_slots_can_be_acquired) {
  struct request_slots slots = {.count = 2};
  ck_assert(request_slots_acquire(&slots));
  ck_assert(request_slots_acquire(&slots));
  ck_assert(!request_slots_acquire(&slots));
  request_slots_release(&slots);
  ck_assert(request_slots_acquire(&slots));
  ck_assert(!request_slots_acquire(&slots));
}
END_TEST

int main(void) {
  return UNIT_RUN("request_slots", test_all_slots_can_be_acquired);
}
