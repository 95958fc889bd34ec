#include "base/timer_heap.h"

#include "unit.h"

enum { ITEMS = 50 };

static struct agenda agenda;
static struct agenda_item items[ITEMS];

static void setup(size_t room) {
  ck_assert(agenda_init(&agenda, room));
  for (size_t i = 0; i < ITEMS; i++)
    items[i] = (struct agenda_item){.place = AGENDA_NONE};
}

START_TEST(test_empty) {
  setup(0);
  ck_assert_ptr_null(agenda_first(&agenda));
  agenda_take(&agenda, &items[0]);
  agenda_free(&agenda);
}
END_TEST

START_TEST(test_the_first_first) {
  setup(3);
  agenda_put(&agenda, &items[0], 30);
  agenda_put(&agenda, &items[1], 10);
  agenda_put(&agenda, &items[2], 20);
  ck_assert_ptr_eq(agenda_first(&agenda), &items[1]);
  agenda_put(&agenda, &items[0], 5); /* moved, not added */
  ck_assert_ptr_eq(agenda_first(&agenda), &items[0]);
  agenda_put(&agenda, &items[0], 40);
  agenda_take(&agenda, &items[1]);
  ck_assert_int_eq(items[1].place, AGENDA_NONE);
  ck_assert_ptr_eq(agenda_first(&agenda), &items[2]);
  agenda_take(&agenda, &items[2]);
  agenda_take(&agenda, &items[0]);
  ck_assert_ptr_null(agenda_first(&agenda));
  agenda_free(&agenda);
}
END_TEST

/* Whatever is put, moved and taken: the first is none later than any. */
START_TEST(test_any_order) {
  bool in[ITEMS] = {false};
  setup(ITEMS);
  for (unsigned round = 0; round < 50000; round++) {
    unsigned i = unit_random(ITEMS);
    in[i] = unit_random(3) > 0;
    if (in[i])
      agenda_put(&agenda, &items[i], unit_random(100));
    else
      agenda_take(&agenda, &items[i]);
    const struct agenda_item *first = agenda_first(&agenda);
    size_t count = 0;
    for (unsigned j = 0; j < ITEMS; j++) {
      count += in[j];
      UNIT_ASSERT((items[j].place != AGENDA_NONE) == in[j]);
      UNIT_ASSERT(!in[j] || first->due <= items[j].due);
    }
    UNIT_ASSERT(agenda.count == count);
  }
  agenda_free(&agenda);
}
END_TEST

int main(void) {
  return UNIT_RUN("agenda", test_empty, test_the_first_first, test_any_order);
}
