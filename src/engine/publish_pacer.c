#include "engine/publish_pacer.h"

#include <assert.h>

void publish_pacer_init(struct publish_pacer *pacer, size_t count,
                        usec interval, usec now) {
  assert(interval > 0);
  *pacer = (struct publish_pacer){.count = count,
                                  .interval = interval,
                                  .begin = now,
                                  .tokens = PUBLISH_BURST,
                                  .refilled = now};
}

static usec due_time(const struct publish_pacer *pacer) {
  size_t round = pacer->next / pacer->count;
  size_t place = pacer->next % pacer->count;
  return pacer->begin + (usec)round * pacer->interval +
         (usec)place * pacer->interval / (usec)pacer->count;
}

usec publish_pacer_due(const struct publish_pacer *pacer) {
  return pacer->count > 0 ? due_time(pacer) : INT64_MAX;
}

bool publish_pacer_next(struct publish_pacer *pacer, usec now, size_t *relay) {
  if (pacer->count == 0)
    return false;
  usec late = now - due_time(pacer);
  if (late < 0)
    return false;
  if (late > pacer->interval)
    pacer->begin += late;
  *relay = pacer->next++ % pacer->count;
  return true;
}

bool publish_pacer_is_published(const struct publish_pacer *pacer,
                                size_t relay) {
  return relay < pacer->published;
}

/* No more tokens are saved up than a second gives or the next relay needs. */
static void refill(struct publish_pacer *pacer, usec now, double max) {
  double earned = (double)(now - pacer->refilled) * PUBLISH_RATE / USEC_PER_SEC;
  pacer->refilled = now;
  if (pacer->tokens < max)
    pacer->tokens = pacer->tokens + earned < max ? pacer->tokens + earned : max;
}

bool publish_pacer_next_new(struct publish_pacer *pacer, usec now,
                            size_t series, size_t *relay) {
  if (pacer->published == pacer->count)
    return false;
  refill(pacer, now, series > PUBLISH_RATE ? (double)series : PUBLISH_RATE);
  if (pacer->tokens < (double)series)
    return false;
  *relay = pacer->published++;
  pacer->pending_until = now + ARRIVAL_TIMEOUT * (usec)USEC_PER_SEC;
  return true;
}

bool publish_pacer_is_pending(const struct publish_pacer *pacer, usec now) {
  return pacer->published > 0 && now < pacer->pending_until;
}

void publish_pacer_arrived(struct publish_pacer *pacer) {
  pacer->pending_until = 0;
}

void publish_pacer_drain(struct publish_pacer *pacer, size_t series) {
  pacer->tokens -= (double)series;
}
