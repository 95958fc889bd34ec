/* A balance that is searched for is found where it is, each place is asked once
 * in a run, and what a place said decides who is asked next. */
#include "invariants.h"

#include "probe/billing_preset.h"

#include <string.h>

bool invariants_is_searched(const struct watched_probe *probe) {
  return billing_preset_is_searched(probe->settings);
}

static size_t count_places(void) {
  size_t count = 0;
  while (billing_preset_at(count) != NULL)
    count++;
  return count;
}

static size_t place_of(const struct request *request) {
  size_t place = 0;
  while (billing_preset_at(place) != request->probe->preset)
    place++;
  return place;
}

static const char *name_of(size_t place) {
  return billing_preset_at(place)->name;
}

static void fail(struct invariants *watch, const struct watched_probe *probe,
                 const char *what, size_t place) {
  invariants_fail(watch, probe, "search", "%s: %s", name_of(place), what);
}

void invariants_search_open(struct watched_probe *probe) {
  probe->search =
      (struct watched_search){.first = PLACES_MAX, .silent = PLACES_MAX};
}

/* A place that is kept needs fewer than a search. */
unsigned invariants_search_requests(const struct watched_probe *probe) {
  const struct watched_search *search = &probe->search;
  if (!search->kept)
    return billing_preset_requests(probe->settings);
  return billing_preset_at(search->first)->used_path != NULL ? 2 : 1;
}

/* --- a request ------------------------------------------------------------ */

static void begin(struct invariants *watch, const struct watched_relay *relay,
                  struct watched_probe *probe, size_t place) {
  struct watched_search *search = &probe->search;
  search->in_doubt |= search->key != relay->key_changes;
  search->key = relay->key_changes;
  if (search->first != PLACES_MAX && search->first != place)
    fail(watch, probe,
         "has or had the balance, or was cut off, and is not asked first",
         search->first);
  if (search->silent == place)
    fail(watch, probe, "has not answered, and is asked first again", place);
  search->silent = PLACES_MAX;
  if (search->refused && !search->in_doubt && !search->refusing[place])
    fail(watch, probe, "is asked first, and others refused the key", place);
  memset(search->asked, 0, sizeof search->asked);
  memset(search->refuses, 0, sizeof search->refuses);
  search->asked_count = 0;
}

static bool leads_on(enum place_answer answer) {
  return answer == PLACE_LACKS || answer == PLACE_DENIES ||
         answer == PLACE_REFUSES;
}

static void check_next(struct invariants *watch,
                       const struct watched_probe *probe, size_t place) {
  const struct watched_search *search = &probe->search;
  bool first = search->asked_count == 1;
  if (search->kept)
    fail(watch, probe, "is asked, and another one is kept", place);
  else if (!leads_on(search->answer))
    fail(watch, probe, "is asked after the end of the search", place);
  else if (search->refused && !search->in_doubt && first &&
           search->answer == PLACE_REFUSES)
    fail(watch, probe, "is asked with a key that is refused again", place);
  else if (search->asked[place])
    fail(watch, probe, "is asked again in the same run", place);
}

static void check_second(struct invariants *watch,
                         const struct watched_probe *probe, size_t place) {
  if (place != probe->search.place || probe->search.answer != PLACE_TELLS_HALF)
    fail(watch, probe, "the usage is not to be asked for", place);
}

void invariants_search_sent(struct invariants *watch,
                            const struct watched_relay *relay,
                            struct watched_probe *probe,
                            const struct request *request,
                            const struct story_event *event) {
  struct watched_search *search = &probe->search;
  if (!invariants_is_searched(probe))
    return;
  size_t place = place_of(request);
  bool second = request->previous != NULL;
  if (second)
    check_second(watch, probe, place);
  else if (probe->sent == 0)
    begin(watch, relay, probe, place);
  else
    check_next(watch, probe, place);
  search->asked_count += !second;
  search->asked[place] = true;
  search->place = place;
  search->event = event;
  search->is_half =
      !second && billing_preset_usage_path(request->probe) != NULL;
}

/* --- an answer ------------------------------------------------------------ */

/* By what was sent, not by what was made of it. */
static enum place_answer answer_of(const struct watched_search *search,
                                   const struct http_result *http) {
  const struct story_event *event = search->event;
  if (http->transport_error != CAUSE_OK || http->http_status >= 500 ||
      http->retry_after > 0 || http->http_status == 429 ||
      http->http_status == 402)
    return PLACE_UNDECIDED;
  if (event == NULL || event->kind == EVENT_HEALTHY)
    return search->is_half ? PLACE_TELLS_HALF : PLACE_TELLS;
  if (http->http_status == 401)
    return PLACE_REFUSES;
  if (http->http_status == 403)
    return PLACE_DENIES;
  const struct story_answer *answer = &event->of.answer;
  bool quota = answer->chunk_count > 0 &&
               strstr(answer->chunks[0].text, "insufficient_quota") != NULL;
  return quota ? PLACE_UNDECIDED : PLACE_LACKS;
}

void invariants_search_answered(struct watched_probe *probe,
                                const struct probe_result *result) {
  struct watched_search *search = &probe->search;
  if (!invariants_is_searched(probe))
    return;
  search->answer = answer_of(search, &result->http);
  search->cause = result->cause;
  search->refuses[search->place] = search->answer == PLACE_REFUSES;
}

/* --- a run ---------------------------------------------------------------- */

/* It did not answer, and not because nothing reached it. */
static bool is_out_of_order(const struct http_result *http) {
  return http->http_status >= 500 ||
         (http->transport_error != CAUSE_OK && http->sent);
}

/* Where the next one begins; PLACES_MAX: anywhere. */
static void set_next(struct watched_search *search, size_t first, bool kept) {
  search->first = first;
  search->kept = kept;
  search->refused = search->in_doubt = false;
}

static void set_refused(struct watched_search *search) {
  set_next(search, PLACES_MAX, false);
  memcpy(search->refusing, search->refuses, sizeof search->refusing);
  for (size_t i = 0; i < count_places(); i++)
    search->refused |= search->refuses[i];
}

static void check_cause(struct invariants *watch,
                        const struct watched_probe *probe,
                        const struct probe_result *result, enum cause cause) {
  if (result->cause != cause)
    invariants_fail(watch, probe, "search", "%s instead of %s",
                    causes[result->cause].name, causes[cause].name);
}

static void check_all_asked(struct invariants *watch,
                            struct watched_probe *probe,
                            const struct probe_result *result) {
  struct watched_search *search = &probe->search;
  set_refused(search);
  if (search->asked_count < count_places())
    invariants_fail(watch, probe, "search", "given up after %zu places",
                    search->asked_count);
  check_cause(watch, probe, result,
              search->refused ? CAUSE_KEY_REJECTED : CAUSE_BALANCE_UNKNOWN);
}

/* A place that is out of order must not keep the others from being asked: each
 * has what others left of the time in one search, and all of it in the next. */
static void check_passed_over(struct invariants *watch,
                              struct watched_probe *probe) {
  struct watched_search *search = &probe->search;
  bool found = search->answer == PLACE_TELLS;
  for (size_t i = 0; i < count_places(); i++) {
    unsigned *passed_over = &search->passed_over[i];
    *passed_over = found || search->asked[i] ? 0 : *passed_over + 1;
    if (*passed_over > 2 * count_places())
      fail(watch, probe, "is never asked", i);
  }
}

static void end_kept(struct watched_search *search) {
  if (search->answer == PLACE_LACKS)
    set_next(search, search->place, false);
}

/* What no answer leads to; `again`: it was to a key that is refused. */
static void end_undecided(struct watched_search *search,
                          const struct http_result *http, bool again) {
  bool timed_out = http->transport_error == CAUSE_TIMEOUT;
  bool cut_off = timed_out && search->asked_count > 1;
  if (again)
    search->in_doubt = true;
  else
    set_next(search, cut_off ? search->place : PLACES_MAX, false);
  if (timed_out && !cut_off && http->sent)
    search->silent = search->place;
}

static void end_search(struct invariants *watch, struct watched_probe *probe,
                       const struct probe_result *result) {
  struct watched_search *search = &probe->search;
  bool again = search->refused && search->asked_count == 1;
  if (again && search->answer == PLACE_REFUSES)
    return;
  if (search->answer == PLACE_TELLS)
    set_next(search, search->place, true);
  else if (leads_on(search->answer))
    check_all_asked(watch, probe, result);
  else
    end_undecided(search, &result->http, again);
  if (search->answer != PLACE_UNDECIDED || is_out_of_order(&result->http))
    check_passed_over(watch, probe);
}

/* Without a key, the next request of a run is not sent. */
static void end_unsent(struct watched_search *search) {
  if (!search->kept && search->answer != PLACE_TELLS_HALF)
    set_next(search, PLACES_MAX, false);
}

void invariants_search_ended(struct invariants *watch,
                             struct watched_probe *probe,
                             const struct probe_result *result) {
  struct watched_search *search = &probe->search;
  if (!invariants_is_searched(probe) || probe->sent == 0)
    return;
  if (!result->http.attempted) {
    end_unsent(search);
    return;
  }
  if (search->answer == PLACE_UNDECIDED)
    check_cause(watch, probe, result, search->cause);
  if (search->answer == PLACE_TELLS)
    check_cause(watch, probe, result, CAUSE_OK);
  else if (result->cause == CAUSE_OK)
    fail(watch, probe, "has no balance, and the run is ok", search->place);
  if (search->kept)
    end_kept(search);
  else
    end_search(watch, probe, result);
}
