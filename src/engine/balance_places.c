#include "engine/balance_places.h"

#include <stdlib.h>

bool balance_places_init(struct balance_places *places, const char *base_url,
                         const struct probe_settings *probe) {
  size_t count = 0;
  *places = (struct balance_places){0};
  if (!billing_preset_is_searched(probe))
    return true;
  while (billing_preset_at(count) != NULL)
    count++;
  places->list = calloc(count, sizeof *places->list);
  if (places->list == NULL)
    return false;
  for (; places->count < count; places->count++)
    if (!billing_preset_place(probe, places->count, base_url,
                              &places->list[places->count])) {
      probe_settings_free(&places->list[places->count]);
      return false;
    }
  places->last_found = count;
  return true;
}

void balance_places_free(struct balance_places *places) {
  for (size_t i = 0; i < places->count; i++)
    probe_settings_free(&places->list[i]);
  free(places->list);
}

const struct probe_settings *
balance_places_first(struct balance_places *places) {
  places->asked = 1;
  places->telling = false;
  return &places->list[places->current];
}

/* --- what is kept -------------------------------------------------------- */

static void keep(struct balance_places *places, struct probe_result *result) {
  if (places->last_found != places->current)
    result->found_preset = places->list[places->current].preset;
  places->last_found = places->current;
  places->kept = true;
}

/* --- the result of a search ---------------------------------------------- */

/* "Expired" says more than "rejected"; without either, the key may be good. */
static unsigned weight(enum cause cause) {
  return cause == CAUSE_KEY_EXPIRED ? 2 : cause == CAUSE_KEY_REJECTED ? 1 : 0;
}

/* Holds the more telling one of the results so far. */
static void hold(struct balance_places *places,
                 const struct probe_result *result,
                 struct probe_result *other) {
  unsigned held = places->telling ? weight(places->held.cause) : 0;
  *other = *result;
  if (weight(result->cause) <= held)
    return;
  *other = places->telling ? places->held : (struct probe_result){0};
  places->held = *result;
  places->held_place = places->current;
  places->telling = true;
}

static void set_unknown(struct probe_result *result) {
  result->cause = CAUSE_BALANCE_UNKNOWN;
  result->fault = causes[CAUSE_BALANCE_UNKNOWN].fault;
  result->error_code[0] = result->error_message[0] = '\0';
  result->advice = "None of the places where relays report a balance has one: "
                   "set Path and RemainingKey in <Billing>, or leave it out.";
}

static void advance(struct balance_places *places) {
  places->current = (places->current + 1) % places->count;
}

/* All places were asked, and none has a balance. If the key was refused, the
 * next run asks the place that said so, not all of them: relays ban clients
 * that go on with a bad key. */
static void conclude(struct balance_places *places, struct probe_result *result,
                     struct probe_result *other) {
  hold(places, result, other);
  if (places->telling) {
    *result = places->held;
    places->current = places->held_place;
    places->refused = true;
    places->telling = false;
  } else {
    *other = (struct probe_result){0};
    set_unknown(result);
    advance(places);
  }
}

/* Any other result is not about the key, or ends the run at once. */
static void end(struct balance_places *places, struct probe_result *other) {
  if (places->telling)
    *other = places->held;
  places->telling = false;
}

const struct probe_settings *balance_places_next(struct balance_places *places,
                                                 struct probe_result *result,
                                                 struct probe_result *other) {
  enum billing_place place = billing_place_of(result);
  if (places->kept) {
    places->kept = place != BILLING_PLACE_MISSING;
    return NULL;
  }
  if (places->refused && places->asked == 1 && weight(result->cause) > 0)
    return NULL;
  places->refused = false;
  if (place == BILLING_PLACE_FOUND || place == BILLING_PLACE_UNDECIDED) {
    end(places, other);
    if (place == BILLING_PLACE_FOUND)
      keep(places, result);
    else if (result->http.http_status >= 500)
      advance(places); /* only this place may be out of order */
    return NULL;
  }
  if (places->asked == places->count) {
    conclude(places, result, other);
    return NULL;
  }
  hold(places, result, other);
  places->asked++;
  advance(places);
  return &places->list[places->current];
}

unsigned balance_places_requests(const struct balance_places *places,
                                 const struct probe_settings *probe) {
  return billing_preset_requests(places->kept ? &places->list[places->current]
                                              : probe);
}
