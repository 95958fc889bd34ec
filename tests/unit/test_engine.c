/* The event loop with a simulated clock and transport. */
#include "engine/engine_core.h"
#include "engine/probe_lifecycle.h"

#include "probe/billing_preset.h"
#include "probe/probe_kind.h"
#include "unit.h"
#include "wire.h"

#include <stdio.h>
#include <string.h>

enum { RELAYS = 5, PROBES = 3, SECOND = USEC_PER_SEC };

/* --- recorded output ------------------------------------------------------ */

static struct relay_settings relays[RELAYS];
static unsigned ended, held;
static bool may_fail;

static void on_ended(void *user, const struct relay_state *relay, size_t probe,
                     const struct probe_result *result,
                     const struct state_change *change) {
  (void)user, (void)relay, (void)probe, (void)change;
  if (!may_fail)
    ck_assert_int_eq(result->cause,
                     wire_answers != NULL ? CAUSE_OK : CAUSE_INTERNAL);
  ended++;
}

static void on_held(void *user, const struct relay_state *relay, size_t probe,
                    enum suppress_reason reason) {
  (void)user, (void)relay, (void)probe, (void)reason;
  held++;
}

static usec publish_time; /* to publish a state */
static unsigned last_published[RELAYS];
static usec published_at[RELAYS];

static void on_incident(void *user, const struct relay_state *relay,
                        enum incident_event event) {
  (void)user, (void)relay, (void)event;
}

static void on_network(void *user, const struct network_watch *network) {
  (void)user, (void)network;
}

static size_t on_state(void *user, const struct relay_state *relay) {
  (void)user;
  wire_now += publish_time;
  last_published[relay->settings - relays]++;
  published_at[relay->settings - relays] = wire_now;
  return 1;
}

static bool on_arrived(void *user, const struct relay_state *relay) {
  (void)user, (void)relay;
  return true;
}

static void on_warning(const char *line) { ck_abort_msg("%s", line); }

static const struct engine_listener listener = {.completed = on_ended,
                                                .suppressed = on_held,
                                                .incident = on_incident,
                                                .network = on_network,
                                                .publish = on_state,
                                                .arrived = on_arrived,
                                                .warn = on_warning};

/* --- the engine ---------------------------------------------------------- */

static struct unit_relay units[RELAYS];
static struct settings settings = {
    .interval = 10 * USEC_PER_SEC, .relays = relays, .max_connections = 256};
static char state_file[] = "/nowhere/state";

/* Relays whose probes all have the same interval. */
static void setup(size_t count, size_t probes, double interval) {
  static char names[RELAYS][8];
  settings.relay_count = count;
  settings.state_file = state_file;
  for (size_t i = 0; i < count; i++) {
    unit_relay_init(&units[i]);
    relays[i] = units[i].relay;
    snprintf(names[i], sizeof names[i], "%zu", i);
    relays[i].name = names[i];
    relays[i].probe_count = probes;
    relays[i].retry_interval = usec_of(interval);
    relays[i].key =
        (struct key_source){.kind = KEY_FROM_CONFIG, .text = "sk-test"};
    for (size_t p = 0; p < probes; p++)
      relays[i].probes[p].interval = usec_of(interval);
  }
}

static struct engine *new_engine(void) {
  const struct engine_parts parts = {.settings = &settings,
                                     .host = "host",
                                     .clock = &wire_clock,
                                     .transport = &wire,
                                     .files = &wire_files,
                                     .listener = &listener};
  struct engine *engine = engine_new(&parts);
  ck_assert_ptr_nonnull(engine);
  return engine;
}

static unsigned ended_in_a_tick(struct engine *engine) {
  usec next = wire_now + engine->tick;
  ended = 0;
  engine_tick(engine);
  if (wire_now < next)
    wire_now = next;
  return ended;
}

/* --- tests ---------------------------------------------------------------- */

/* Requests that were not sent never count in the window. */
START_TEST(test_reservations_are_released) {
  unsigned sum = 0;
  setup(1, 1, 1);
  relays[0].max_requests = 3;
  relays[0].max_requests_span = 3600 * (usec)SECOND;
  struct engine *engine = new_engine();
  for (unsigned i = 0; i < 20; i++)
    sum += ended_in_a_tick(engine);
  ck_assert_uint_ge(sum, 15);
  ck_assert_uint_eq(held, 0);
  engine_free(engine);
}
END_TEST

static unsigned requests;

static usec ask_for_usage(const struct request *request,
                          struct probe_result *result) {
  result->needs_second_request = request->previous == NULL;
  requests++;
  return SECOND / 10;
}

/* A balance that takes two requests is not asked for if there is room for only
 * one of them. */
START_TEST(test_both_requests_are_reserved) {
  setup(1, 1, 1);
  relays[0].probes = &units[0].probes[UNIT_BILLING];
  relays[0].probes->interval = SECOND;
  relays[0].probes->preset = billing_preset_find("new-api");
  relays[0].probes->remaining_key = NULL;
  relays[0].max_requests = 3;
  relays[0].max_requests_span = 3600 * (usec)SECOND;
  wire_answers = ask_for_usage;
  struct engine *engine = new_engine();
  for (unsigned i = 0; i < 20; i++)
    ended_in_a_tick(engine);
  ck_assert_uint_eq(requests, 2);
  ck_assert_uint_eq(held, 1);
  engine_free(engine);
}
END_TEST

/* --- a limit just sufficient for a search --------------------------------- */

enum { SEARCH_LIMIT = 9, SENT_MAX = 1000 };

static usec sent[SENT_MAX];
static unsigned sent_count, completions;
static const char *place; /* where the balance is */

static usec answer_at_place(const struct request *request,
                            struct probe_result *result) {
  const struct probe_settings *asked = request->probe;
  sent[sent_count++] = wire_now;
  ck_assert_uint_lt(sent_count, SENT_MAX);
  completions += asked->kind == &probe_kinds[KIND_CHAT];
  result->has_balance = asked->kind == &probe_kinds[KIND_BILLING] &&
                        strcmp(asked->preset->name, place) == 0;
  if (asked->kind == &probe_kinds[KIND_BILLING] && !result->has_balance) {
    result->cause = CAUSE_CLIENT_ERROR;
    result->http.http_status = 404;
  }
  return SECOND / 10;
}

static void pass_minutes(struct engine *engine, unsigned minutes) {
  completions = 0;
  for (unsigned i = 0; i < minutes * 60; i++)
    ended_in_a_tick(engine);
}

/* Completions wait for a search, and for nothing once it is over: so it is not
 * certain at the start that they are never sent. */
START_TEST(test_search_within_the_limit) {
  may_fail = true;
  setup(1, PROBES, 60);
  relays[0].probes[UNIT_BILLING].preset = billing_preset_find("auto");
  relays[0].max_requests = SEARCH_LIMIT;
  relays[0].max_requests_span = 60 * (usec)SECOND;
  wire_answers = answer_at_place;
  place = "deepseek";
  struct engine *engine = new_engine();
  const struct relay_state *state = &engine->relays[0].state;
  pass_minutes(engine, 1);
  ck_assert_uint_eq(completions, 0);
  pass_minutes(engine, 10);
  ck_assert_uint_ge(completions, 9);
  ck_assert_uint_eq(state->probes[UNIT_BILLING].failures, 0);
  place = "nowhere";
  pass_minutes(engine, 10);
  ck_assert_uint_le(completions, 2);
  place = "openrouter";
  pass_minutes(engine, 10);
  ck_assert_uint_eq(state->probes[UNIT_BILLING].failures, 0);
  ck_assert_uint_ge(completions, 5);
  for (unsigned i = 0; i + SEARCH_LIMIT < sent_count; i++)
    ck_assert_int_ge(sent[i + SEARCH_LIMIT] - sent[i], 60 * (usec)SECOND);
  engine_free(engine);
}
END_TEST

/* --- a key that changes ----------------------------------------------------
 */

static double balance;

static usec tell_balance(const struct request *request,
                         struct probe_result *result) {
  if (request->probe->kind != &probe_kinds[KIND_BILLING])
    return SECOND / 10;
  result->has_balance = true;
  result->balance = strcmp(request->key, "sk-test") == 0 ? 100 : balance--;
  return 8 * (usec)SECOND;
}

static void wait_for_balance(struct engine *engine, double expected) {
  const struct relay_state *state = &engine->relays[0].state;
  for (unsigned i = 0; i < 30 && state->balance != expected; i++)
    ended_in_a_tick(engine);
  ck_assert_double_eq(state->balance, expected);
}

/* It has changed, and another probe has noticed, before the relay tells the
 * balance of the old one. */
START_TEST(test_balance_of_the_key_before) {
  setup(1, 2, 10);
  relays[0].probes[UNIT_MODELS].interval = SECOND;
  wire_answers = tell_balance;
  balance = 5;
  struct engine *engine = new_engine();
  struct relay_runtime *relay = &engine->relays[0];
  ended_in_a_tick(engine);
  relays[0].key.text = "sk-new";
  relay->key.value[0] = '\0'; /* or it is only read again from a file */
  wait_for_balance(engine, 100);
  ck_assert_str_eq(relay->key.value, "sk-new");
  wait_for_balance(engine, 5);
  ck_assert_double_eq(relay->state.spent, 0);
  wait_for_balance(engine, 4);
  ck_assert_double_eq(relay->state.spent, 1);
  engine_free(engine);
}
END_TEST

/* A host that was suspended for five intervals: no burst afterwards. */
START_TEST(test_probes_are_spread_after_a_stall) {
  unsigned sum = 0;
  setup(RELAYS, PROBES, 60);
  struct engine *engine = new_engine();
  ck_assert_uint_eq(ended_in_a_tick(engine), RELAYS * PROBES);
  wire_now += 300 * (usec)SECOND;
  for (unsigned second = 0; second <= 10; second++) {
    unsigned started = ended_in_a_tick(engine);
    ck_assert_uint_le(started, RELAYS * PROBES / 3);
    sum += started;
  }
  ck_assert_uint_eq(sum, RELAYS * PROBES);
  engine_free(engine);
}
END_TEST

/* Relays that always fail, each with an update per second. */
static struct engine *failing(size_t count, usec each) {
  setup(count, PROBES, 0.3);
  settings.interval = 10 * SECOND;
  publish_time = each;
  struct engine *engine = new_engine();
  for (size_t i = 0; i < 10 * count; i++)
    ended_in_a_tick(engine); /* all are published, however long it takes */
  memset(last_published, 0, sizeof last_published);
  return engine;
}

/* collectd is slow with thousands of values: this must not prolong a tick. */
START_TEST(test_tick_ends_in_time) {
  struct engine *engine = failing(RELAYS, SECOND / 10);
  for (unsigned i = 0; i < 40; i++) {
    usec begin = wire_now;
    engine_tick(engine);
    ck_assert_int_lt(wire_now, begin + engine->tick);
    wire_now = begin + engine->tick;
  }
  for (size_t i = 0; i < RELAYS; i++)
    ck_assert_uint_ge(last_published[i], 8);
  engine_free(engine);
}
END_TEST

static usec hang(const struct request *request, struct probe_result *result) {
  (void)request, (void)result;
  return 0;
}

static usec tick_takes(struct engine *engine) {
  usec begin = wire_now;
  engine_tick(engine);
  usec taken = wire_now - begin;
  wire_now = begin + engine->tick;
  return taken;
}

/* On a busy host waits end late. Later ticks end earlier by as much, until the
 * host has been idle for a while. */
START_TEST(test_late_wakeups) {
  setup(1, 1, 3600);
  wire_answers = hang; /* a tick waits for it until its end */
  struct engine *engine = new_engine();
  tick_takes(engine);
  usec usual = tick_takes(engine);
  wire_oversleeps = SECOND / 20;
  ck_assert_int_gt(tick_takes(engine), engine->tick);
  for (unsigned i = 0; i < 60; i++)
    ck_assert_int_lt(tick_takes(engine), engine->tick);
  wire_oversleeps =
      SECOND; /* a delay that no margin could absorb does not shorten ticks */
  tick_takes(engine);
  wire_oversleeps = 0;
  ck_assert_int_gt(tick_takes(engine), engine->tick * 8 / 10);
  for (unsigned i = 0; i < 3600; i++)
    tick_takes(engine);
  ck_assert_int_gt(tick_takes(engine), usual - SECOND / 1000);
  engine_free(engine);
}
END_TEST

/* Not even a tick is enough for one relay: each still gets its turn. */
START_TEST(test_publishing_takes_longer_than_a_tick) {
  struct engine *engine = failing(2, SECOND * 4 / 10);
  for (unsigned i = 0; i < 40; i++) {
    usec begin = wire_now;
    engine_tick(engine);
    ck_assert_int_lt(wire_now, begin + engine->tick + publish_time);
    if (wire_now < begin + engine->tick)
      wire_now = begin + engine->tick;
  }
  for (size_t i = 0; i < 2; i++)
    ck_assert_uint_ge(last_published[i], 7);
  engine_free(engine);
}
END_TEST

/* However fast they fail. */
START_TEST(test_updates_are_a_second_apart) {
  struct engine *engine = failing(RELAYS, 0);
  for (unsigned i = 0; i < 100; i++)
    ended_in_a_tick(engine);
  for (size_t i = 0; i < RELAYS; i++) {
    ck_assert_uint_ge(last_published[i], 1);
    ck_assert_uint_le(last_published[i], 31);
  }
  engine_free(engine);
}
END_TEST

/* A relay that may be published in a moment is not forgotten when another one
 * is. */
START_TEST(test_update_comes_as_soon_as_it_may) {
  setup(2, 1, 3600);
  wire_answers = hang;
  struct engine *engine = new_engine();
  for (unsigned i = 0; i < 3; i++)
    tick_takes(engine);
  usec begin = wire_now, later = begin + SECOND * 3 / 10;
  engine->relays[0].next_publish = later;
  engine->relays[1].next_publish = begin;
  for (size_t i = 0; i < 2; i++)
    lifecycle_mark_changed(engine, &engine->relays[i]);
  tick_takes(engine);
  ck_assert_int_eq(published_at[0], later);
  ck_assert_int_eq(published_at[1], begin);
  engine_free(engine);
}
END_TEST

int main(void) {
  return UNIT_RUN(
      "engine", test_tick_ends_in_time, test_late_wakeups,
      test_publishing_takes_longer_than_a_tick, test_updates_are_a_second_apart,
      test_update_comes_as_soon_as_it_may, test_reservations_are_released,
      test_both_requests_are_reserved, test_search_within_the_limit,
      test_balance_of_the_key_before, test_probes_are_spread_after_a_stall);
}
