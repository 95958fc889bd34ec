#include "state/notification_queue.h"

#include "unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct mailbox *mailbox;

static struct letter letter_of(unsigned number) {
  struct letter letter = {.time = number};
  snprintf(letter.text, sizeof letter.text, "%u", number);
  return letter;
}

static bool put(unsigned number) {
  struct letter letter = letter_of(number);
  return mailbox_put(mailbox, &letter);
}

/* A letter whose parts do not belong together is found. */
static bool take(unsigned *number) {
  struct letter letter;
  if (!mailbox_take(mailbox, &letter))
    return false;
  *number = (unsigned)strtoul(letter.text, NULL, 10);
  ck_assert_double_eq(letter.time, *number);
  return true;
}

static void begin(void) {
  mailbox = mailbox_new();
  ck_assert_ptr_nonnull(mailbox);
}

START_TEST(test_in_order) {
  unsigned number;
  begin();
  ck_assert(!take(&number));
  for (unsigned round = 0; round < 3 * MAILBOX_ROOM; round += 2) {
    ck_assert(put(round) && put(round + 1));
    ck_assert(take(&number) && number == round);
    ck_assert(take(&number) && number == round + 1);
    ck_assert(!take(&number));
  }
  mailbox_free(mailbox);
}
END_TEST

/* Nobody reads them: the latest are kept, and that one is lost is told. */
START_TEST(test_full) {
  unsigned number;
  begin();
  for (unsigned i = 0; i < MAILBOX_ROOM; i++)
    ck_assert(put(i));
  ck_assert(!put(MAILBOX_ROOM));
  ck_assert(!put(MAILBOX_ROOM + 1));
  for (unsigned i = 0; i < MAILBOX_ROOM; i++)
    ck_assert(take(&number) && number == i + 2);
  ck_assert(!take(&number));
  mailbox_free(mailbox);
}
END_TEST

/* --- two threads --------------------------------------------------------- */

enum { LETTERS = 20000 };

static void *put_all(void *unused) {
  for (unsigned i = 1; i <= LETTERS; i++)
    put(i);
  return unused;
}

/* None comes twice, torn or out of turn, and the last one always comes. */
START_TEST(test_two_threads) {
  pthread_t thread;
  unsigned number, last = 0;
  begin();
  ck_assert_int_eq(pthread_create(&thread, NULL, put_all, NULL), 0);
  while (last < LETTERS)
    if (take(&number)) {
      ck_assert_uint_gt(number, last);
      last = number;
    }
  ck_assert_int_eq(pthread_join(thread, NULL), 0);
  ck_assert(!take(&number));
  mailbox_free(mailbox);
}
END_TEST

START_TEST(test_free_of_none) { mailbox_free(NULL); }
END_TEST

int main(void) {
  return UNIT_RUN("mailbox", test_in_order, test_full, test_two_threads,
                  test_free_of_none);
}
