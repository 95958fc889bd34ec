/* What the engine does about incidents: whom it asks when one fails, and what
 * it reports. */
#include "engine/engine_core.h"

#include "probe/probe_kind.h"
#include "unit.h"
#include "wire.h"

#include <stdio.h>

enum { RELAYS = 4, SECOND = USEC_PER_SEC, SENT_MAX = 100000 };

static const usec begin = 5000 * (usec)SECOND;

/* --- the relays ------------------------------------------------------------
 */

/* What is down, from now on. */
static bool relay_down[RELAYS], network_down, models_down;
static unsigned models_fail; /* so many times */
static bool cut_off;         /* the first relay, for this host */

struct sent {
  double time;
  size_t relay;
  const struct probe_settings *probe;
};

static usec chat_takes = 400000;

static struct sent sent[SENT_MAX];
static size_t sent_count;

static struct relay_settings relays[RELAYS];
static struct unit_relay units[RELAYS];

static double now(void) { return seconds_of(wire_now - begin); }

static size_t index_of(const struct relay_settings *relay) {
  return (size_t)(relay->name[0] - '0');
}

static usec answer(const struct request *request, struct probe_result *result) {
  size_t relay = index_of(request->relay);
  bool models = request->probe->kind == &probe_kinds[KIND_MODELS];
  UNIT_ASSERT(sent_count < SENT_MAX);
  sent[sent_count++] = (struct sent){now(), relay, request->probe};
  if (network_down || (cut_off && relay == 0)) {
    result->cause = CAUSE_DNS;
    result->fault = FAULT_NETWORK;
  } else if (relay_down[relay] || (models_down && models) ||
             (models && models_fail > 0)) {
    models_fail -= models && models_fail > 0;
    result->cause = CAUSE_SERVER_ERROR;
    result->fault = FAULT_RELAY;
  }
  return models ? 100000 : chat_takes;
}

/* --- recorded output --------------------------------------------------------
 */

static unsigned began[RELAYS], changed[RELAYS], over[RELAYS];
static double began_at[RELAYS];
static unsigned lost, found;
static double published_at[RELAYS]; /* with votes that say it fails */

static unsigned blips;
static struct blip last_blip;

static void on_ended(void *user, const struct relay_state *relay, size_t probe,
                     const struct probe_result *result,
                     const struct state_change *change) {
  (void)user, (void)relay, (void)probe, (void)result;
  if (change->blip.failures == 0)
    return;
  blips++;
  last_blip = change->blip;
}

static void on_held(void *user, const struct relay_state *relay, size_t probe,
                    enum suppress_reason reason) {
  (void)user, (void)relay, (void)probe, (void)reason;
}

static void on_incident(void *user, const struct relay_state *relay,
                        enum incident_event event) {
  (void)user;
  size_t i = index_of(relay->settings);
  began[i] += event == INCIDENT_BEGAN;
  changed[i] += event == INCIDENT_CHANGED;
  over[i] += event == INCIDENT_ENDED;
  if (event == INCIDENT_BEGAN)
    began_at[i] = now();
}

static void on_network(void *user, const struct network_watch *network) {
  (void)user;
  lost += network->state == NETWORK_LOST;
  found += network->state == NETWORK_FINE;
}

static size_t on_state(void *user, const struct relay_state *relay) {
  (void)user;
  size_t i = index_of(relay->settings);
  if (relay_incidents_vote(&relay->incidents, 0) == VOTE_FAILS &&
      published_at[i] == 0)
    published_at[i] = now();
  return 10;
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

/* --- the engine -------------------------------------------------------------
 */

static char state_file[] = "/nowhere/state";
static struct settings settings = {.interval = 10 * (usec)SECOND,
                                   .relays = relays,
                                   .max_connections = 256,
                                   .state_file = state_file};
static struct engine *engine;

static bool only_chat[RELAYS];

static void start(size_t count, double interval) {
  static char names[RELAYS][8];
  settings.relay_count = count;
  for (size_t i = 0; i < count; i++) {
    unit_relay_init(&units[i]);
    relays[i] = units[i].relay;
    snprintf(names[i], sizeof names[i], "%zu", i);
    relays[i].name = names[i];
    relays[i].retry_interval = 2 * (usec)SECOND;
    relays[i].key =
        (struct key_source){.kind = KEY_FROM_CONFIG, .text = "sk-test"};
    for (size_t p = 0; p < 3 && interval > 0; p++)
      relays[i].probes[p].interval = usec_of(interval);
    if (only_chat[i]) {
      relays[i].probes += UNIT_CHAT;
      relays[i].probes->interval = 3600 * (usec)SECOND;
      relays[i].probe_count = 1;
    }
  }
  const struct engine_parts parts = {.settings = &settings,
                                     .host = "host",
                                     .clock = &wire_clock,
                                     .transport = &wire,
                                     .files = &wire_files,
                                     .listener = &listener};
  wire_now = begin;
  wire_answers = answer;
  engine = engine_new(&parts);
  ck_assert_ptr_nonnull(engine);
}

static void run_until(double seconds) {
  while (now() < seconds) {
    usec next = wire_now + engine->tick;
    engine_tick(engine);
    if (wire_now < next)
      wire_now = next;
  }
}

static enum vote vote(size_t relay, size_t probe) {
  return relay_incidents_vote(&engine->relays[relay].state.incidents, probe);
}

static bool all_vote(size_t relay, enum vote expected) {
  for (size_t i = 0; i < 3; i++)
    if (vote(relay, i) != expected)
      return false;
  return true;
}

static const struct sent *first_sent(double after, size_t relay, int kind) {
  for (size_t i = 0; i < sent_count; i++)
    if (sent[i].time >= after && sent[i].relay == relay &&
        sent[i].probe->kind == &probe_kinds[kind])
      return &sent[i];
  ck_abort_msg("nothing was sent");
}

/* --- tests ------------------------------------------------------------------
 */

/* The first to fail is a health probe. */
START_TEST(test_others_are_asked_one_after_another) {
  start(1, 0);
  run_until(100);
  relay_down[0] = true;
  double first = now();
  run_until(120);
  const struct sent *models = first_sent(first, 0, KIND_MODELS);
  const struct sent *billing = first_sent(models->time, 0, KIND_BILLING);
  const struct sent *chat = first_sent(models->time, 0, KIND_CHAT);
  ck_assert_double_lt(billing->time, models->time + 0.2);
  ck_assert_double_eq_tol(chat->time, billing->time + 0.2, 0.01);
  engine_free(engine);
}
END_TEST

START_TEST(test_incident_begins_and_ends_once) {
  start(1, 0);
  run_until(100);
  ck_assert(all_vote(0, VOTE_WORKS));
  relay_down[0] = true;
  double first = now();
  run_until(first + 20);
  ck_assert(all_vote(0, VOTE_FAILS));
  double failed = first_sent(first, 0, KIND_MODELS)->time;
  ck_assert_double_le(began_at[0], failed + 8);
  ck_assert_double_le(published_at[0], began_at[0] + 1);
  run_until(400);
  relay_down[0] = false;
  run_until(600);
  ck_assert(all_vote(0, VOTE_WORKS));
  ck_assert_uint_eq(began[0], 1);
  ck_assert_uint_eq(changed[0], 0);
  ck_assert_uint_eq(over[0], 1);
  engine_free(engine);
}
END_TEST

/* A long interval does not delay it. */
START_TEST(test_long_interval) {
  start(1, 600);
  run_until(100);
  relay_down[0] = true;
  run_until(1000);
  ck_assert_uint_eq(began[0], 1);
  ck_assert(all_vote(0, VOTE_FAILS));
  relay_down[0] = false;
  double up = now();
  run_until(up + 602);
  double first = first_sent(up, 0, KIND_MODELS)->time;
  ck_assert_uint_eq(over[0], 1);
  ck_assert_double_eq_tol(first_sent(first + 0.1, 0, KIND_MODELS)->time,
                          first + 2, 0.6);
  engine_free(engine);
}
END_TEST

START_TEST(test_one_endpoint) {
  start(1, 0);
  run_until(100);
  models_down = true;
  run_until(120);
  ck_assert_int_eq(vote(0, UNIT_MODELS), VOTE_FAILS);
  ck_assert_int_eq(vote(0, UNIT_BILLING), VOTE_WORKS);
  ck_assert_int_eq(vote(0, UNIT_CHAT), VOTE_WORKS);
  engine_free(engine);
}
END_TEST

START_TEST(test_lost_network) {
  start(RELAYS, 0);
  run_until(100);
  network_down = true;
  double down = now();
  run_until(down + 12);
  ck_assert_uint_eq(lost, 1);
  for (size_t i = 0; i < RELAYS; i++)
    ck_assert(all_vote(i, VOTE_NONE));
  double first = 1e9;
  for (size_t i = 0; i < RELAYS; i++)
    if (first_sent(down, i, KIND_MODELS)->time < first)
      first = first_sent(down, i, KIND_MODELS)->time;
  for (size_t i = 0; i < RELAYS; i++)
    ck_assert_double_le(first_sent(down, i, KIND_MODELS)->time, first + 1);
  run_until(400);
  network_down = false;
  run_until(415);
  ck_assert_uint_eq(found, 1);
  for (size_t i = 0; i < RELAYS; i++) {
    ck_assert(all_vote(i, VOTE_WORKS));
    ck_assert_uint_eq(began[i], 0);
    ck_assert_double_eq(published_at[i], 0);
  }
  engine_free(engine);
}
END_TEST

static unsigned count_sent(double after, size_t relay, int kind) {
  unsigned count = 0;
  for (size_t i = 0; i < sent_count; i++)
    count += sent[i].time >= after && sent[i].relay == relay &&
             sent[i].probe->kind == &probe_kinds[kind];
  return count;
}

/* A network that comes and goes: where a completion is all that can be asked,
 * it is asked ten times an hour, besides its own turn. To ask for one that is
 * asked for already does not count. */
START_TEST(test_few_completions_for_the_network) {
  only_chat[1] = true;
  chat_takes = 100 * (usec)SECOND;
  start(3, 0);
  for (unsigned i = 1; i <= 50; i++) {
    run_until(60 * i);
    cut_off = true;
    double down = now();
    run_until(60 * i + 30);
    double failed = first_sent(down, 0, KIND_MODELS)->time;
    ck_assert_double_le(first_sent(failed, 2, KIND_MODELS)->time, failed + 1);
    cut_off = false;
  }
  unsigned asked = count_sent(60, 1, KIND_CHAT);
  ck_assert_uint_ge(asked, 10);
  ck_assert_uint_le(asked, 11);
  run_until(3800);
  cut_off = true;
  run_until(3820);
  ck_assert_uint_eq(count_sent(3800, 1, KIND_CHAT), 1);
  engine_free(engine);
}
END_TEST

/* Failures that are over before they make an incident are told once they are,
 * and no votes change. */
START_TEST(test_blips) {
  start(1, 0);
  run_until(100);
  models_fail = 1;
  run_until(120);
  ck_assert_uint_eq(blips, 1);
  ck_assert_uint_eq(last_blip.failures, 1);
  ck_assert_double_eq_tol(last_blip.seconds, 2, 0.1);
  models_fail = 2;
  run_until(150);
  ck_assert_uint_eq(blips, 2);
  ck_assert_uint_eq(last_blip.failures, 2);
  ck_assert_double_eq_tol(last_blip.seconds, 6, 0.1);
  ck_assert_uint_eq(last_blip.omitted, 0);
  ck_assert_uint_eq(began[0], 0);
  ck_assert(all_vote(0, VOTE_WORKS));
  engine_free(engine);
}
END_TEST

/* What is reported as an incident, or as a lost network, is not told again. */
START_TEST(test_incident_is_no_blip) {
  start(RELAYS, 0);
  run_until(100);
  relay_down[0] = true;
  run_until(200);
  relay_down[0] = false;
  run_until(205);
  models_fail = 1;
  run_until(300);
  ck_assert_uint_eq(over[0], 1);
  network_down = true;
  run_until(340);
  network_down = false;
  run_until(400);
  ck_assert_uint_eq(blips, 0);
  engine_free(engine);
}
END_TEST

/* Ten lines an hour; what was left out is told with the next. */
START_TEST(test_few_blips_are_told) {
  start(1, 0);
  for (unsigned i = 1; i <= 15; i++) {
    run_until(100 * i);
    models_fail = i > 10 ? 2 : 1;
    run_until(100 * i + 50);
  }
  ck_assert_uint_eq(blips, 10);
  run_until(3800);
  models_fail = 1;
  run_until(3900);
  ck_assert_uint_eq(blips, 11);
  ck_assert_uint_eq(last_blip.failures, 1);
  ck_assert_uint_eq(last_blip.omitted, 10);
  ck_assert_double_eq_tol(last_blip.omitted_since - clock_wall(&wire_clock),
                          1100 - now(), 12);
  models_fail = 1;
  run_until(4000);
  ck_assert_uint_eq(last_blip.omitted, 0);
  engine_free(engine);
}
END_TEST

int main(void) {
  return UNIT_RUN("engine_incidents", test_others_are_asked_one_after_another,
                  test_incident_begins_and_ends_once, test_long_interval,
                  test_one_endpoint, test_lost_network,
                  test_few_completions_for_the_network, test_blips,
                  test_incident_is_no_blip, test_few_blips_are_told);
}
