#include "base/timer_heap.h"

#include "unit.h"

enum { ITEMS = 50 };

static struct timer_heap timers;
static struct timer items[ITEMS];

static void setup(size_t capacity) {
  ck_assert(timer_heap_init(&timers, capacity));
  for (size_t i = 0; i < ITEMS; i++)
    items[i] = (struct timer){.index = TIMER_STOPPED};
}

START_TEST(test_empty_heap) {
  setup(0);
  ck_assert_ptr_null(timer_heap_min(&timers));
  timer_heap_stop(&timers, &items[0]);
  timer_heap_free(&timers);
}
END_TEST

START_TEST(test_timers_expire_in_order) {
  setup(3);
  timer_heap_start(&timers, &items[0], 30);
  timer_heap_start(&timers, &items[1], 10);
  timer_heap_start(&timers, &items[2], 20);
  ck_assert_ptr_eq(timer_heap_min(&timers), &items[1]);
  timer_heap_start(&timers, &items[0], 5); /* moved, not added */
  ck_assert_ptr_eq(timer_heap_min(&timers), &items[0]);
  timer_heap_start(&timers, &items[0], 40);
  timer_heap_stop(&timers, &items[1]);
  ck_assert_int_eq(items[1].index, TIMER_STOPPED);
  ck_assert_ptr_eq(timer_heap_min(&timers), &items[2]);
  timer_heap_stop(&timers, &items[2]);
  timer_heap_stop(&timers, &items[0]);
  ck_assert_ptr_null(timer_heap_min(&timers));
  timer_heap_free(&timers);
}
END_TEST

/* After any sequence of operations, the minimum is not later than any other. */
START_TEST(test_random_operations) {
  bool in[ITEMS] = {false};
  setup(ITEMS);
  for (unsigned round = 0; round < 50000; round++) {
    unsigned i = unit_random(ITEMS);
    in[i] = unit_random(3) > 0;
    if (in[i])
      timer_heap_start(&timers, &items[i], unit_random(100));
    else
      timer_heap_stop(&timers, &items[i]);
    const struct timer *first = timer_heap_min(&timers);
    size_t count = 0;
    for (unsigned j = 0; j < ITEMS; j++) {
      count += in[j];
      UNIT_ASSERT((items[j].index != TIMER_STOPPED) == in[j]);
      UNIT_ASSERT(!in[j] || first->due <= items[j].due);
    }
    UNIT_ASSERT(timers.count == count);
  }
  timer_heap_free(&timers);
}
END_TEST

int main(void) {
  return UNIT_RUN("timer_heap", test_empty_heap, test_timers_expire_in_order,
                  test_random_operations);
}
