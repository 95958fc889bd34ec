#include "state/network_watch.h"

#include <stdint.h>

/* A relay that drops all packets only fails after its timeout, which is 10 s by
 * default. */
static const usec doubt_max = 12 * (usec)USEC_PER_SEC;

/* The network is only back when it has been for so long: meanwhile everything
 * is tried again, and one that comes and goes is lost once. */
static const usec found_wait = 5 * (usec)USEC_PER_SEC;

static bool is_lost(const struct network_watch *watch) {
  return watch->unreachable >= 2 && 2 * watch->unreachable >= watch->relays;
}

static bool is_settled(const struct network_watch *watch, usec now) {
  return watch->unanswered == 0 || now - watch->since.time >= doubt_max;
}

/* Whether it was lost, and may be again. */
static bool is_returning(const struct network_watch *watch, usec now) {
  return watch->state == NETWORK_LOST && now - watch->found.time < found_wait;
}

static enum network_state next_state(const struct network_watch *watch,
                                     usec now) {
  if (is_lost(watch) || is_returning(watch, now))
    return NETWORK_LOST;
  bool doubtful = watch->state == NETWORK_IN_DOUBT && !is_settled(watch, now);
  return doubtful ? NETWORK_IN_DOUBT : NETWORK_FINE;
}

bool network_watch_tick(struct network_watch *watch, usec now) {
  enum network_state before = watch->state;
  watch->state = next_state(watch, now);
  return watch->state != before;
}

static void begin_doubt(struct network_watch *watch, struct relay_reach *relay,
                        struct moment now) {
  watch->since = now;
  watch->unanswered = watch->relays - 1;
  relay->answered = ++watch->doubts;
  watch->state = NETWORK_IN_DOUBT;
}

/* An answer to a request from before the doubt says nothing. */
static void count_answer(struct network_watch *watch, struct relay_reach *relay,
                         usec started) {
  if (relay->answered == watch->doubts || started < watch->since.time)
    return;
  relay->answered = watch->doubts;
  watch->unanswered--;
}

bool network_watch_record(struct network_watch *watch,
                          struct relay_reach *relay, bool unreachable,
                          usec started, struct moment now) {
  enum network_state before = watch->state;
  bool newly = unreachable && !relay->unreachable;
  bool was_lost = is_lost(watch);
  if (unreachable != relay->unreachable)
    watch->unreachable += unreachable ? 1 : (size_t)-1;
  relay->unreachable = unreachable;
  if (was_lost && !is_lost(watch))
    watch->found = now;
  if (watch->state == NETWORK_IN_DOUBT)
    count_answer(watch, relay, started);
  else if (newly && watch->state == NETWORK_FINE && watch->relays > 1)
    begin_doubt(watch, relay, now);
  watch->state = next_state(watch, now.time);
  return watch->state != before;
}

usec network_watch_deadline(const struct network_watch *watch) {
  if (watch->state == NETWORK_IN_DOUBT)
    return watch->since.time + doubt_max;
  bool returning = watch->state == NETWORK_LOST && !is_lost(watch);
  return returning ? watch->found.time + found_wait : INT64_MAX;
}
