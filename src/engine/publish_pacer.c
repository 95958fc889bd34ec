#include "engine/publish_pacer.h"

#include <assert.h>

void publish_pacer_init(struct publish_pacer *pacer, size_t count,
                        usec interval, usec now) {
  assert(interval > 0);
  *pacer = (struct publish_pacer){.count = count,
                                  .interval = interval,
                                  .begin = now,
                                  .tokens_available = TURNS_WHOLE,
                                  .counted = now};
}

static usec turn_time(const struct publish_pacer *pacer) {
  size_t round = pacer->next / pacer->count;
  size_t place = pacer->next % pacer->count;
  return pacer->begin + (usec)round * pacer->interval +
         (usec)place * pacer->interval / (usec)pacer->count;
}

usec publish_pacer_due(const struct publish_pacer *pacer) {
  return pacer->count > 0 ? turn_time(pacer) : INT64_MAX;
}

bool publish_pacer_next(struct publish_pacer *pacer, usec now, size_t *relay) {
  if (pacer->count == 0)
    return false;
  usec late = now - turn_time(pacer);
  if (late < 0)
    return false;
  if (late > pacer->interval)
    pacer->begin += late;
  *relay = pacer->next++ % pacer->count;
  return true;
}

bool publish_pacer_is_published(const struct publish_pacer *pacer,
                                size_t relay) {
  return relay < pacer->unpublished;
}

/* What was not used is not saved up, beyond what a second gives or the next
 * relay needs. */
static void earn(struct publish_pacer *pacer, usec now, double max) {
  double earned = (double)(now - pacer->counted) * TURNS_BIRTHS / USEC_PER_SEC;
  pacer->counted = now;
  if (pacer->tokens_available < max)
    pacer->tokens_available = pacer->tokens_available + earned < max
                                  ? pacer->tokens_available + earned
                                  : max;
}

bool publish_pacer_take_unpublished(struct publish_pacer *pacer, usec now,
                                    size_t series, size_t *relay) {
  if (pacer->unpublished == pacer->count)
    return false;
  earn(pacer, now, series > TURNS_BIRTHS ? (double)series : TURNS_BIRTHS);
  if (pacer->tokens_available < (double)series)
    return false;
  *relay = pacer->unpublished++;
  pacer->pending_until = now + TURNS_PATIENCE * (usec)USEC_PER_SEC;
  return true;
}

bool publish_pacer_is_pending(const struct publish_pacer *pacer, usec now) {
  return pacer->unpublished > 0 && now < pacer->pending_until;
}

void publish_pacer_arrived(struct publish_pacer *pacer) {
  pacer->pending_until = 0;
}

void publish_pacer_drain(struct publish_pacer *pacer, size_t series) {
  pacer->tokens_available -= (double)series;
}
