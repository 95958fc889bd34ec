/* What would corrupt something silently if it were let pass ends the program,
 * unless assertions are left out. */
#include "base/timer_heap.h"
#include "engine/request_slots.h"
#include "engine/schedule.h"
#include "engine/sliding_window.h"
#include "state/state.h"
#include "unit.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <sys/resource.h>
#include <sys/wait.h>

/* In a process of its own, which leaves neither a message nor a core. */
static bool aborts(void (*misuse)(void)) {
  int status = 0;
  pid_t child = fork();
  ck_assert_int_ge(child, 0);
  if (child == 0) {
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    close(STDERR_FILENO);
    misuse();
    _exit(EXIT_SUCCESS);
  }
  ck_assert_int_eq(waitpid(child, &status, 0), child);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void release_a_free_slot(void) {
  struct request_slots slots = {.count = 1};
  request_slots_acquire(&slots);
  request_slots_release(&slots);
  request_slots_release(&slots);
}

static void start_too_many_timers(void) {
  struct timer_heap timers;
  struct timer one = {.index = TIMER_STOPPED}, two = one;
  timer_heap_init(&timers, 1);
  timer_heap_start(&timers, &one, 1);
  timer_heap_start(&timers, &two, 2);
}

static void stop_another_heaps_timer(void) {
  struct timer_heap timers, others;
  struct timer mine = {.index = TIMER_STOPPED}, other = mine;
  timer_heap_init(&timers, 1);
  timer_heap_init(&others, 1);
  timer_heap_start(&timers, &mine, 1);
  timer_heap_start(&others, &other, 1);
  timer_heap_stop(&timers, &other);
}

static void send_what_has_no_room(void) {
  struct sliding_window window;
  sliding_window_init(&window, 2, USEC_PER_SEC);
  sliding_window_record(&window, RANK_TOKENS, 0);
}

static void cancel_more_than_is_reserved(void) {
  struct sliding_window window;
  sliding_window_init(&window, 2, USEC_PER_SEC);
  sliding_window_reserve(&window, RANK_TOKENS, 1, 0);
  sliding_window_cancel(&window, RANK_TOKENS, 2);
}

static void start_what_is_in_flight(void) {
  struct schedule schedule;
  schedule_init(&schedule, 60, 10, 0, 0);
  schedule_start(&schedule, 0);
  schedule_start(&schedule, 1);
}

static void finish_what_never_began(void) {
  struct schedule schedule;
  schedule_init(&schedule, 60, 10, 0, 0);
  schedule_finish(&schedule, 1, false);
}

static void record_a_probe_that_is_not_there(void) {
  static struct unit_relay unit;
  static struct relay_state relay;
  struct probe_result result = {.cause = CAUSE_OK};
  unit_relay_init(&unit);
  state_init(&relay, &unit.relay, &unit.bounds, 0);
  state_record(&relay, unit.relay.probe_count, &result, 0);
}

START_TEST(test_misuse_aborts) {
  static void (*const misuses[])(void) = {
      release_a_free_slot,          start_too_many_timers,
      stop_another_heaps_timer,     send_what_has_no_room,
      cancel_more_than_is_reserved, start_what_is_in_flight,
      finish_what_never_began,      record_a_probe_that_is_not_there};
  for (size_t i = 0; i < COUNT_OF(misuses); i++)
    ck_assert_msg(aborts(misuses[i]), "misuse %zu", i);
}
END_TEST

enum { SKIPPED = 77 }; /* to automake */

int main(void) {
#ifdef NDEBUG
  return SKIPPED;
#endif
  return UNIT_RUN("assertions", test_misuse_aborts);
}
