#include "engine/balance_places.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>

bool balance_places_init(struct balance_places *places, const char *base_url,
                         const struct probe_settings *probe) {
  size_t count = 0;
  *places = (struct balance_places){0};
  if (!billing_preset_is_searched(probe))
    return true;
  while (billing_preset_at(count) != NULL)
    count++;
  assert(count <= sizeof places->refusing * CHAR_BIT);
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

static void advance(struct balance_places *places) {
  places->current = (places->current + 1) % places->count;
}

static unsigned bit(const struct balance_places *places) {
  return 1U << places->current;
}

const struct probe_settings *
balance_places_first(struct balance_places *places) {
  places->asked = 1;
  places->telling = false;
  if (places->refused)
    do
      advance(places);
    while ((places->refusing & bit(places)) == 0);
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
  if (weight(result->cause) == held && held > 0)
    places->refusing |= bit(places);
  if (weight(result->cause) <= held)
    return;
  *other = places->telling ? places->held : (struct probe_result){0};
  places->held = *result;
  places->refusing = bit(places);
  places->telling = true;
}

static void set_unknown(struct probe_result *result) {
  result->cause = CAUSE_BALANCE_UNKNOWN;
  result->fault = causes[CAUSE_BALANCE_UNKNOWN].fault;
  result->error_code[0] = result->error_message[0] = '\0';
  result->advice = "None of the places where relays report a balance has one: "
                   "set Path and RemainingKey in <Billing>, or leave it out.";
}

/* The relay has just answered, so it is not the network that is slow. */
static void set_out_of_time(struct probe_result *result) {
  result->fault = causes[CAUSE_TIMEOUT].fault;
  result->advice = "All places where a balance is searched for share Timeout: "
                   "the next probe goes on here. Raise Timeout, or name the "
                   "relay's preset in <Billing>.";
}

/* All places were asked, and none has a balance. If the key was refused, the
 * next runs ask one of the places that said so, not all of them: relays ban
 * clients that go on with a bad key. Each in turn, as some relays refuse any
 * key at a path that they do not have. */
static void conclude(struct balance_places *places, struct probe_result *result,
                     struct probe_result *other) {
  hold(places, result, other);
  if (places->telling) {
    *result = places->held;
    places->refused = true;
    places->telling = false;
  } else {
    *other = (struct probe_result){0};
    set_unknown(result);
    advance(places);
  }
}

/* A place that had only what others left of Timeout is asked again, first. One
 * that does not answer at all must not hide those after it. */
static void continue_later(struct balance_places *places,
                           struct probe_result *result) {
  const struct http_result *http = &result->http;
  bool timed_out = http->transport_error == CAUSE_TIMEOUT;
  if (timed_out && places->asked > 1)
    set_out_of_time(result);
  else if (http->http_status >= 500 ||
           (http->transport_error != CAUSE_OK && http->sent)) {
    places->refused = false;
    advance(places);
  }
}

static void hand_out_held(struct balance_places *places,
                          struct probe_result *other) {
  if (places->telling)
    *other = places->held;
  places->telling = false;
}

static const struct probe_settings *go_on(struct balance_places *places,
                                          struct probe_result *result,
                                          struct probe_result *other) {
  if (places->asked == places->count) {
    conclude(places, result, other);
    return NULL;
  }
  hold(places, result, other);
  places->asked++;
  advance(places);
  return &places->list[places->current];
}

const struct probe_settings *balance_places_next(struct balance_places *places,
                                                 struct probe_result *result,
                                                 struct probe_result *other) {
  enum billing_place place = billing_place_of(result);
  if (places->kept) {
    places->kept = place != BILLING_PLACE_MISSING;
    return NULL;
  }
  if (place == BILLING_PLACE_UNDECIDED) {
    hand_out_held(places, other);
    continue_later(places, result);
    return NULL;
  }
  if (places->refused && weight(result->cause) > 0)
    return NULL;
  places->refused = false;
  if (place == BILLING_PLACE_FOUND) {
    hand_out_held(places, other);
    keep(places, result);
    return NULL;
  }
  return go_on(places, result, other);
}

void balance_places_retry(struct balance_places *places) {
  places->refused = false;
}

unsigned balance_places_requests(const struct balance_places *places,
                                 const struct probe_settings *probe) {
  return billing_preset_requests(places->kept ? &places->list[places->current]
                                              : probe);
}
