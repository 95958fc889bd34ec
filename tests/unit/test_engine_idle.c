/* Ticks in which nothing is due may be skipped: hours with and without them
 * give the same results, to the microsecond. */
#include "engine/engine.h"

#include "unit.h"
#include "wire.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { RELAYS = 3, PROBES = 3, SECOND = USEC_PER_SEC, HOURS = 3 };

static const usec begin = 5000 * (usec)SECOND;

/* --- recorded output ------------------------------------------------------ */

enum { TRACE_MAX = 1024 * 1024 };

static char traces[2][TRACE_MAX];
static char *trace;
static size_t length;

static void note(const char *what, const struct relay_state *relay,
                 size_t probe, int how) {
  length += (size_t)snprintf(trace + length, TRACE_MAX - length,
                             "%" PRId64 " %s %s %zu %d\n", wire_now - begin,
                             what, relay->settings->name, probe, how);
  UNIT_ASSERT(length < TRACE_MAX);
}

static void on_ended(void *user, const struct relay_state *relay, size_t probe,
                     const struct probe_result *result,
                     const struct state_change *change) {
  (void)user, (void)change;
  note("ended", relay, probe, (int)result->cause);
}

static void on_held(void *user, const struct relay_state *relay, size_t probe,
                    enum suppress_reason reason) {
  (void)user;
  note("held", relay, probe, (int)reason);
}

static void on_incident(void *user, const struct relay_state *relay,
                        enum incident_event event) {
  (void)user;
  note("incident", relay, (size_t)relay->incidents.problem, (int)event);
}

static void on_network(void *user, const struct network_watch *network) {
  (void)user, (void)network;
}

static size_t on_state(void *user, const struct relay_state *relay) {
  (void)user;
  note("state", relay, relay->skipped[REASON_LATE],
       (int)(relay->lateness * 1000));
  wire_now += 350 * (usec)USEC_PER_MSEC; /* a tick is too short for three */
  return 10;
}

static bool on_arrived(void *user, const struct relay_state *relay) {
  (void)user, (void)relay;
  return true;
}

static void on_warning(const char *line) { (void)line; }

static const struct engine_listener listener = {.completed = on_ended,
                                                .suppressed = on_held,
                                                .incident = on_incident,
                                                .network = on_network,
                                                .publish = on_state,
                                                .arrived = on_arrived,
                                                .warn = on_warning};

/* --- the relays' responses ------------------------------------------------ */

/* Sometimes they fail for minutes, are slow, or send Retry-After. */
static usec answer(const struct request *request, struct probe_result *result) {
  usec minute = wire_now / (60 * (usec)SECOND);
  uint64_t name = minute % 5 == 0 ? 0 : (uint64_t)request->relay->name[0];
  uint64_t chance = ((uint64_t)minute * 31 + name * 17) % 40;
  if (chance < 6) {
    result->cause = chance < 3 ? CAUSE_SERVER_ERROR : CAUSE_RATE_LIMITED;
    result->fault = causes[result->cause].fault;
    result->http.http_status = chance < 3 ? 500 : 429;
    result->http.retry_after = chance < 3 ? 0 : 77;
  }
  return chance == 10 ? 25 * (usec)SECOND : 30000 + (usec)chance * 7000;
}

/* --- hours --------------------------------------------------------------- */

static struct unit_relay units[RELAYS];
static struct relay_settings relays[RELAYS];
static struct settings settings = {
    .relays = relays, .relay_count = RELAYS, .state_file = "/nowhere/state"};

static void setup(void) {
  static char *const names[RELAYS] = {"a", "b", "c"};
  for (size_t i = 0; i < RELAYS; i++) {
    unit_relay_init(&units[i]);
    relays[i] = units[i].relay;
    relays[i].name = names[i];
    relays[i].retry_interval = 7 * (usec)SECOND;
    relays[i].key = (struct key_source){.kind = KEY_FROM_CONFIG, .text = "sk"};
    for (size_t p = 0; p < PROBES; p++)
      relays[i].probes[p].interval = (45 + 100 * (usec)p) * SECOND;
  }
  relays[1].max_requests = 3;
  relays[1].max_requests_span = 300 * (usec)SECOND;
}

/* The next tick with something to do, on the same grid. */
static usec next_tick(const struct engine *engine, usec at, usec tick) {
  usec due = engine_next_due(engine);
  return due < at ? at : at + (due - at) / tick * tick;
}

static unsigned run(char *into, bool all) {
  const struct engine_parts parts = {.settings = &settings,
                                     .host = "host",
                                     .clock = &wire_clock,
                                     .transport = &wire,
                                     .files = &wire_files,
                                     .listener = &listener};
  usec tick = engine_tick_length(&settings);
  unsigned ticks = 0;
  trace = into;
  length = 0;
  wire_now = begin;
  wire_answers = answer;
  struct engine *engine = engine_new(&parts);
  ck_assert_ptr_nonnull(engine);
  for (usec at = begin; at < begin + HOURS * 3600 * (usec)SECOND; ticks++) {
    wire_now = at;
    engine_tick(engine);
    while (at + tick < wire_now) /* it took longer than a tick */
      at += tick;
    at = all ? at + tick : next_tick(engine, at + tick, tick);
  }
  engine_free(engine);
  return ticks;
}

static void compare(unsigned max_connections, usec interval) {
  setup();
  settings.max_connections = max_connections;
  settings.interval = interval;
  unsigned all = run(traces[0], true), some = run(traces[1], false);
  size_t same = 0;
  while (traces[0][same] != '\0' && traces[0][same] == traces[1][same])
    same++;
  ck_assert_msg(traces[0][same] == traces[1][same], "%.80s\n---\n%.80s",
                traces[0] + same, traces[1] + same);
  ck_assert_uint_lt(some, all / 2);
  ck_assert_ptr_nonnull(strstr(traces[0], "held"));
}

START_TEST(test_idle_ticks_left_out) { compare(4, 20 * (usec)SECOND); }
END_TEST

/* It is due, but not neglected, however long the request before takes. */
START_TEST(test_a_run_that_waits_for_a_slot) { compare(1, 300 * (usec)SECOND); }
END_TEST

int main(void) {
  return UNIT_RUN("engine_idle", test_idle_ticks_left_out,
                  test_a_run_that_waits_for_a_slot);
}
