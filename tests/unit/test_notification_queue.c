#include "state/notification_queue.h"

#include "unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct notification_queue *queue;

static struct notification letter_of(unsigned number) {
  struct notification notification = {.time = number};
  snprintf(notification.text, sizeof notification.text, "%u", number);
  return notification;
}

static bool put(unsigned number) {
  struct notification notification = letter_of(number);
  return notification_queue_push(queue, &notification);
}

/* Detects a notification with inconsistent parts. */
static bool take(unsigned *number) {
  struct notification notification;
  if (!notification_queue_pop(queue, &notification))
    return false;
  *number = (unsigned)strtoul(notification.text, NULL, 10);
  ck_assert_double_eq(notification.time, *number);
  return true;
}

static void begin(void) {
  queue = notification_queue_new();
  ck_assert_ptr_nonnull(queue);
}

START_TEST(test_in_order) {
  unsigned number;
  begin();
  ck_assert(!take(&number));
  for (unsigned round = 0; round < 3 * NOTIFICATION_QUEUE_MAX; round += 2) {
    ck_assert(put(round) && put(round + 1));
    ck_assert(take(&number) && number == round);
    ck_assert(take(&number) && number == round + 1);
    ck_assert(!take(&number));
  }
  notification_queue_free(queue);
}
END_TEST

/* Without a reader the latest are kept, and the loss is reported. */
START_TEST(test_full_queue) {
  unsigned number;
  begin();
  for (unsigned i = 0; i < NOTIFICATION_QUEUE_MAX; i++)
    ck_assert(put(i));
  ck_assert(!put(NOTIFICATION_QUEUE_MAX));
  ck_assert(!put(NOTIFICATION_QUEUE_MAX + 1));
  for (unsigned i = 0; i < NOTIFICATION_QUEUE_MAX; i++)
    ck_assert(take(&number) && number == i + 2);
  ck_assert(!take(&number));
  notification_queue_free(queue);
}
END_TEST

/* --- two threads --------------------------------------------------------- */

enum { LETTERS = 20000 };

static void *put_all(void *unused) {
  for (unsigned i = 1; i <= LETTERS; i++)
    put(i);
  return unused;
}

/* None arrives twice, torn or out of order, and the last one always arrives. */
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
  notification_queue_free(queue);
}
END_TEST

START_TEST(test_free_null) { notification_queue_free(NULL); }
END_TEST

int main(void) {
  return UNIT_RUN("notification_queue", test_in_order, test_full_queue,
                  test_two_threads, test_free_null);
}
