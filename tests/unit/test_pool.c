/* Which transfers are busy, and whose turn it is. */
#include "http/pool.h"

#include "unit.h"

enum { COUNT = 5 };

static struct pool pool;
static bool taken[COUNT];

static void setup(void) {
  ck_assert(pool_init(&pool, COUNT, 0));
  for (size_t i = 0; i < COUNT; i++)
    taken[i] = false;
}

static size_t number(const struct transfer *transfer) {
  return (size_t)(transfer - pool.transfers);
}

static void take(void) {
  size_t n = number(pool_acquire(&pool));
  UNIT_ASSERT(n < COUNT && !taken[n]);
  taken[n] = true;
}

static void give(size_t n) {
  pool_release(&pool, &pool.transfers[n]);
  taken[n] = false;
}

/* In whatever order they are over. */
START_TEST(test_each_has_one_owner) {
  setup();
  size_t busy = 0;
  for (unsigned round = 0; round < 10000; round++) {
    size_t n = unit_random(COUNT);
    if (taken[n]) {
      give(n);
      busy--;
    } else {
      take();
      busy++;
    }
    UNIT_ASSERT(pool.busy == busy);
    for (size_t i = 0; i < COUNT; i++)
      UNIT_ASSERT(taken[number(pool.order[i])] == (i < busy));
  }
  pool_free(&pool);
}
END_TEST

START_TEST(test_last_one_used_is_used_again) {
  setup();
  for (size_t i = 0; i < COUNT; i++)
    take();
  give(3);
  give(1);
  ck_assert_uint_eq(number(pool_acquire(&pool)), 1);
  ck_assert_uint_eq(number(pool_acquire(&pool)), 3);
  pool_free(&pool);
}
END_TEST

START_TEST(test_paused_ones_take_turns) {
  setup();
  unsigned turns[COUNT] = {0};
  for (size_t i = 0; i < COUNT; i++)
    take();
  ck_assert(!pool_has_paused(&pool));
  ck_assert_ptr_null(pool_next_paused(&pool));
  for (size_t i = 0; i < COUNT; i += 2)
    pool.transfers[i].paused_at = 1;
  for (unsigned i = 0; i < 30; i++)
    turns[number(pool_next_paused(&pool))]++;
  for (size_t i = 0; i < COUNT; i++)
    ck_assert_uint_eq(turns[i], i % 2 == 0 ? 10 : 0);
  pool_free(&pool);
}
END_TEST

/* Whatever it was when it was busy. */
START_TEST(test_idle_one_is_not_paused) {
  setup();
  take();
  take();
  pool.transfers[0].paused_at = pool.transfers[1].paused_at = 1;
  give(0);
  for (unsigned i = 0; i < 3; i++)
    ck_assert_uint_eq(number(pool_next_paused(&pool)), 1);
  give(1);
  ck_assert(!pool_has_paused(&pool));
  ck_assert_ptr_null(pool_next_paused(&pool));
  pool_free(&pool);
}
END_TEST

int main(void) {
  return UNIT_RUN("pool", test_each_has_one_owner,
                  test_last_one_used_is_used_again, test_paused_ones_take_turns,
                  test_idle_one_is_not_paused);
}
