#include "engine/publish_pacer.h"

void turns_init(struct turns *turns, size_t count, usec interval, usec now) {
  *turns = (struct turns){.count = count,
                          .interval = interval,
                          .begin = now,
                          .births = TURNS_WHOLE,
                          .counted = now};
}

static usec turn_time(const struct turns *turns) {
  size_t round = turns->turn / turns->count;
  size_t place = turns->turn % turns->count;
  return turns->begin + (usec)round * turns->interval +
         (usec)place * turns->interval / (usec)turns->count;
}

bool turns_next(struct turns *turns, usec now, size_t *relay) {
  if (turns->count == 0)
    return false;
  usec late = now - turn_time(turns);
  if (late < 0)
    return false;
  if (late > turns->interval)
    turns->begin += late;
  *relay = turns->turn++ % turns->count;
  return true;
}

bool turns_is_born(const struct turns *turns, size_t relay) {
  return relay < turns->unborn;
}

/* What was not used is not saved up, beyond what a second gives or the next
 * relay needs. */
static void earn(struct turns *turns, usec now, double most) {
  double earned = (double)(now - turns->counted) * TURNS_BIRTHS / USEC_PER_SEC;
  turns->counted = now;
  if (turns->births < most)
    turns->births =
        turns->births + earned < most ? turns->births + earned : most;
}

bool turns_birth(struct turns *turns, usec now, size_t series, size_t *relay) {
  if (turns->unborn == turns->count)
    return false;
  earn(turns, now, series > TURNS_BIRTHS ? (double)series : TURNS_BIRTHS);
  if (turns->births < (double)series)
    return false;
  *relay = turns->unborn++;
  turns->arrival = now + TURNS_PATIENCE * (usec)USEC_PER_SEC;
  return true;
}

bool turns_is_arriving(const struct turns *turns, usec now) {
  return turns->unborn > 0 && now < turns->arrival;
}

void turns_arrived(struct turns *turns) { turns->arrival = 0; }

void turns_charge(struct turns *turns, size_t series) {
  turns->births -= (double)series;
}
