/* Spending and open incidents survive a restart: from the probes to the file
 * and back. */
#include "engine/state_store.h"

#include "state/system_files.h"
#include "unit.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RELAYS = 2 };

static const usec START = 5000 * (usec)USEC_PER_SEC;
static const double NOW = 20000 * 86400.0 + 5;

static struct unit_relay units[RELAYS];
static struct relay_runtime relays[RELAYS];
static struct probe_runtime runs[RELAYS][UNIT_CHAT + 1];
static struct error error;
static char folder[] = "/tmp/holysheep-unit-XXXXXX";
static char path[64];

/* Two relays with different names; some have a limit. */
static void setup(double first_limit, double second_limit) {
  static const char *const names[] = {"main", "other"};
  const double limits[] = {first_limit, second_limit};
  for (size_t i = 0; i < RELAYS; i++) {
    unit_relay_init(&units[i]);
    strcpy(units[i].relay.label, names[i]);
    struct probe_settings *chat = &units[i].probes[UNIT_CHAT];
    chat->prompt_price = chat->completion_price = 1;
    chat->max_cost_per_day = limits[i];
    relays[i].settings = &units[i].relay;
    relays[i].probes = runs[i];
    ck_assert(
        state_init(&relays[i].state, &units[i].relay, &units[i].bounds, 1000));
  }
}

static void teardown(void) {
  for (size_t i = 0; i < RELAYS; i++)
    state_free(&relays[i].state);
}

static void make_folder(void) {
  ck_assert_ptr_nonnull(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/state", folder);
}

static void remove_folder(void) {
  unlink(path);
  ck_assert_int_eq(rmdir(folder), 0);
}

static struct spending *spending(size_t relay) {
  return &relays[relay].state.probes[UNIT_CHAT].spending;
}

static struct state_store state_store;
static atomic_uint woken;

static void on_woken(void *user) {
  ck_assert_ptr_eq(user, &woken);
  woken++;
}

static bool load(void) {
  state_store = (struct state_store){
      .relays = relays, .count = RELAYS, .path = path, .files = &system_files};
  ck_assert(
      state_store_open(&state_store, on_woken, &woken, START, NOW, &error));
  return error.text[0] == '\0';
}

/* Like a shutdown of collectd. */
static void save(void) {
  state_store.dirty = true;
  state_store_close(&state_store, unit_now(), NOW);
}

static void restart(double first_limit, double second_limit) {
  save();
  teardown();
  setup(first_limit, second_limit);
  ck_assert_msg(load(), "%s", error.text);
}

START_TEST(test_restart) {
  make_folder();
  setup(1, 2);
  ck_assert(load());
  *spending(0) = (struct spending){500, 20000, 70, 7};
  *spending(1) = (struct spending){600, 20001, 80, 8};
  restart(1, 2);
  ck_assert_int_eq(spending(0)->day, 20000);
  ck_assert_uint_eq(spending(0)->today, 70);
  ck_assert_uint_eq(spending(0)->max_cost, 7);
  ck_assert_uint_eq(spending(0)->total, 0); /* counters restart */
  ck_assert_int_eq(spending(1)->day, 20001);
  ck_assert_uint_eq(spending(1)->today, 80);
  state_store_close(&state_store, unit_now(), NOW);
  teardown();
  remove_folder();
}
END_TEST

/* collectd may end before the response arrives, but it was paid for. */
START_TEST(test_requests_in_flight) {
  make_folder();
  setup(1, 2);
  ck_assert(load());
  uint64_t max = spending_estimate(&units[0].probes[UNIT_CHAT]);
  *spending(0) = (struct spending){500, 20000, 70, 7};
  *spending(1) = (struct spending){600, 19999, 80, 8};
  runs[0][UNIT_CHAT].schedule.in_flight = true;
  runs[1][UNIT_CHAT].schedule.in_flight = true;
  save();
  ck_assert_uint_eq(spending(0)->today, 70); /* its result will be recorded */
  runs[0][UNIT_CHAT].schedule.in_flight = false;
  runs[1][UNIT_CHAT].schedule.in_flight = false;
  teardown();
  setup(1, 2);
  ck_assert(load());
  ck_assert_uint_eq(spending(0)->today, 70 + max);
  ck_assert_uint_eq(spending(0)->max_cost, 7);
  ck_assert_int_eq(spending(1)->day, 20000);
  ck_assert_uint_eq(spending(1)->today, max);
  state_store_close(&state_store, unit_now(), NOW);
  teardown();
  remove_folder();
}
END_TEST

/* Entries of probes that no longer exist or have no limit are ignored. */
START_TEST(test_other_probes) {
  make_folder();
  setup(1, 2);
  ck_assert(load());
  *spending(0) = (struct spending){500, 20000, 70, 7};
  *spending(1) = (struct spending){600, 20001, 80, 8};
  restart(0, 2);
  ck_assert_uint_eq(spending(0)->today, 0);
  ck_assert_uint_eq(spending(1)->today, 80);
  state_store_close(&state_store, unit_now(), NOW);
  teardown();
  setup(1, 2);
  strcpy(units[0].relay.label, "renamed");
  strcpy(units[1].probes[UNIT_CHAT].model_label, "changed");
  ck_assert(load());
  ck_assert_uint_eq(spending(0)->today, 0);
  ck_assert_uint_eq(spending(1)->today, 0);
  state_store_close(&state_store, unit_now(), NOW);
  teardown();
  remove_folder();
}
END_TEST

/* Without limits and incidents there is no file. */
START_TEST(test_without_a_limit) {
  make_folder();
  setup(0, 0);
  ck_assert(load());
  unsigned long number;
  runs[0][UNIT_CHAT].request.probe = &units[0].probes[UNIT_CHAT];
  ck_assert(!state_store_reserves(&state_store, &runs[0][UNIT_CHAT], &number));
  state_store_record(&state_store, 7 * (usec)USEC_PER_SEC, NOW);
  state_store_close(&state_store, unit_now(), NOW);
  ck_assert_int_ne(access(path, F_OK), 0);
  teardown();
  remove_folder();
}
END_TEST

/* --- incidents ----------------------------------------------------------- */

static struct incident *incident(size_t relay, size_t probe) {
  return &relays[relay].state.incidents.probes[probe].incident;
}

static void open_incident(size_t relay, size_t probe, double since,
                          double last) {
  struct incident *opened = incident(relay, probe);
  incident_resume(opened, PROBLEM_QUOTA, usec_of(240),
                  (struct moment){.wall = since}, since - 100);
  relays[relay].state.probes[probe].last_probe = last;
}

START_TEST(test_incidents_survive) {
  make_folder();
  setup(1, 0);
  ck_assert(load());
  *spending(0) = (struct spending){500, 20000, 70, 7};
  open_incident(0, UNIT_CHAT, NOW - 500, NOW - 20);
  open_incident(1, UNIT_MODELS, NOW - 3000, NOW - 599);
  open_incident(1, UNIT_BILLING, NOW - 3000, NOW - 601);
  restart(1, 0);
  ck_assert_uint_eq(spending(0)->today, 70);
  ck_assert_int_eq(incident(0, UNIT_CHAT)->phase, INCIDENT_OPEN);
  ck_assert_int_eq(incident(0, UNIT_CHAT)->problem, PROBLEM_QUOTA);
  ck_assert_double_eq(incident(0, UNIT_CHAT)->began.wall, NOW - 500);
  ck_assert_int_eq(incident(0, UNIT_CHAT)->began.time,
                   START - 500 * (usec)USEC_PER_SEC);
  ck_assert_double_eq(incident(0, UNIT_CHAT)->on_and_off_since, NOW - 600);
  ck_assert_int_eq(incident(0, UNIT_CHAT)->hold, usec_of(240));
  ck_assert(relays[0].state.incidents.open);
  ck_assert_int_eq(incident(0, UNIT_MODELS)->phase, INCIDENT_NONE);
  ck_assert_int_eq(incident(1, UNIT_MODELS)->phase, INCIDENT_OPEN);
  ck_assert_int_eq(incident(1, UNIT_BILLING)->phase, INCIDENT_NONE);
  state_store_close(&state_store, unit_now(), NOW);
  teardown();
  remove_folder();
}
END_TEST

static void write_file(const char *text) {
  FILE *file = fopen(path, "w");
  ck_assert_ptr_nonnull(file);
  fprintf(file, text, (long long)NOW);
  fclose(file);
}

/* Another configuration, clock or version. */
START_TEST(test_incidents_that_make_no_sense) {
  static const char *const lines[] = {
      "incident\t%1$lld\t0\t60\t%1$lld\tnever_heard\tmain\tendpoint=models",
      "incident\t%1$lld\t0\t60\t%1$lld\terror\tgone\tendpoint=models",
      "incident\t%1$lld\t0\t60\t%1$lld\terror\tmain\tendpoint=gone",
      "incident\t%1$lld1\t0\t60\t%1$lld1\terror\tmain\tendpoint=models",
      "incident\t%1$lld\t0\t60\t5\terror\tmain\tendpoint=models"};
  make_folder();
  for (size_t i = 0; i < COUNT_OF(lines); i++) {
    char text[200];
    snprintf(text, sizeof text, "collectd-holysheep state 2\n%s\n", lines[i]);
    write_file(text);
    setup(0, 0);
    ck_assert(load());
    for (size_t p = 0; p < 3; p++)
      ck_assert_int_eq(incident(0, p)->phase, INCIDENT_NONE);
    state_store_close(&state_store, unit_now(), NOW);
    teardown();
  }
  remove_folder();
}
END_TEST

START_TEST(test_damaged_file) {
  make_folder();
  FILE *file = fopen(path, "w");
  ck_assert_ptr_nonnull(file);
  fputs("collectd-holysheep state 1\n20000\t70\t7\tmain\topenai%2Fgpt-4o-mini\n"
        "20000\t7",
        file);
  ck_assert_int_eq(fclose(file), 0);
  setup(1, 2);
  ck_assert(!load());
  ck_assert_ptr_nonnull(strstr(error.text, "is damaged"));
  ck_assert_uint_eq(spending(0)->today, 0);
  state_store_close(&state_store, unit_now(), NOW);
  teardown();
  remove_folder();
}
END_TEST

/* After a downgrade to this version the day's budget is not spent again. The
 * file is kept, in case the later version returns before anything is spent. */
START_TEST(test_file_of_a_later_version) {
  static const char text[] = "collectd-holysheep state 3\nwho knows\n";
  char kept[sizeof text] = "";
  make_folder();
  FILE *file = fopen(path, "w+");
  ck_assert_ptr_nonnull(file);
  ck_assert_int_ge(fputs(text, file), 0);
  setup(1, 2);
  fflush(file);
  ck_assert(!load());
  ck_assert_ptr_nonnull(strstr(error.text, "was written by a newer version"));
  for (size_t i = 0; i < RELAYS; i++) {
    const struct probe_settings *chat = &units[i].probes[UNIT_CHAT];
    ck_assert(!spending_allows(spending(i), chat, NOW));
    ck_assert(!spending_allows(spending(i), chat, NOW + 86394));
    ck_assert(spending_allows(spending(i), chat, NOW + 86395));
    ck_assert_uint_eq(spending(i)->total, 0);
  }
  state_store_close(&state_store, unit_now(), NOW);
  rewind(file);
  ck_assert_uint_eq(fread(kept, 1, sizeof kept, file), sizeof text - 1);
  ck_assert_str_eq(kept, text);
  ck_assert_int_eq(fclose(file), 0);
  teardown();
  remove_folder();
}
END_TEST

/* --- waiting for the disk ------------------------------------------------ */

enum { SECOND = USEC_PER_SEC };

static void await_disk(unsigned count) {
  while (woken < count)
    sched_yield();
}

/* The maximum cost of a completion is in the file before it is sent. */
START_TEST(test_reservation) {
  unsigned long number;
  make_folder();
  setup(1, 2);
  ck_assert(load());
  runs[0][UNIT_CHAT].request.probe = &units[0].probes[UNIT_CHAT];
  ck_assert(state_store_reserves(&state_store, &runs[0][UNIT_CHAT], &number));
  state_store.dirty = true;
  ck_assert_int_eq(state_store_deadline(&state_store), INT64_MAX);
  state_store_record(&state_store, 7 * SECOND, NOW);
  ck_assert_uint_eq(state_store.submitted, number);
  ck_assert_int_eq(state_store_deadline(&state_store), 12 * SECOND);
  ck_assert_uint_lt(state_store.settled, number);
  await_disk(1);
  ck_assert(state_store_poll(&state_store, 7 * SECOND, &error));
  ck_assert_uint_eq(state_store.settled, number);
  ck_assert_int_eq(access(path, F_OK), 0);
  state_store_record(&state_store, 8 * SECOND, NOW); /* nothing has changed */
  ck_assert_uint_eq(state_store.submitted, number);
  state_store_close(&state_store, unit_now(), NOW);
  teardown();
  remove_folder();
}
END_TEST

/* A failed write completes it too; it is logged once, and again after a
 * success. */
START_TEST(test_failing_disk) {
  static const bool fails[] = {true, true, false, true, false};
  static const bool logged[] = {true, false, false, true, false};
  make_folder();
  setup(1, 2);
  ck_assert(load());
  for (unsigned i = 0; i < COUNT_OF(fails); i++) {
    ck_assert(fails[i] ? rmdir(folder) == 0 || errno == ENOENT
                       : mkdir(folder, 0700) == 0);
    state_store.dirty = true;
    state_store_record(&state_store, i, NOW);
    await_disk(i + 1);
    ck_assert_msg(state_store_poll(&state_store, i, &error) == !logged[i], "%u",
                  i);
    ck_assert_uint_eq(state_store.settled, i + 1);
    if (!fails[i])
      ck_assert_int_eq(unlink(path), 0);
  }
  state_store_close(&state_store, unit_now(), NOW);
  teardown();
  remove_folder();
}
END_TEST

/* The disk never responds: nothing waits for ever. */
START_TEST(test_hanging_disk) {
  struct write_status none = {0};
  make_folder();
  setup(1, 2);
  ck_assert(load());
  state_store.submitted = 1; /* as if written */
  state_store.waiting_since = 10 * SECOND;
  system_files.poll_writer(state_store.writer, &none);
  ck_assert_uint_eq(none.number, 0);
  ck_assert(state_store_poll(&state_store, 15 * SECOND - 1, &error));
  ck_assert_uint_eq(state_store.settled, 0);
  ck_assert(!state_store_poll(&state_store, 15 * SECOND, &error));
  ck_assert_ptr_nonnull(strstr(error.text, "has not responded for 5 s"));
  ck_assert_uint_eq(state_store.settled, 1);
  state_store.submitted = 2; /* not awaited again, and logged once */
  ck_assert(state_store_poll(&state_store, 16 * SECOND, &error));
  ck_assert_uint_eq(state_store.settled, 2);
  state_store_close(&state_store, unit_now(), NOW);
  teardown();
  remove_folder();
}
END_TEST

int main(void) {
  return UNIT_RUN("state_store", test_restart, test_requests_in_flight,
                  test_other_probes, test_without_a_limit,
                  test_incidents_survive, test_incidents_that_make_no_sense,
                  test_damaged_file, test_file_of_a_later_version,
                  test_reservation, test_failing_disk, test_hanging_disk);
}
