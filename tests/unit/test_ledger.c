/* What is remembered over a restart, from the probes to the file and back. */
#include "ledger.h"

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RELAYS = 2 };

static const double NOW = 20000 * 86400.0 + 5;

static struct unit_relay units[RELAYS];
static struct relay_run relays[RELAYS];
static struct probe_run runs[RELAYS][UNIT_CHAT + 1];
static struct error error;
static char folder[] = "/tmp/holysheep-unit-XXXXXX";
static char path[64];

/* Two relays that differ in their names; a limit where it is said. */
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

static void restart(double first_limit, double second_limit) {
  teardown();
  setup(first_limit, second_limit);
  ck_assert_msg(ledger_load(relays, RELAYS, path, &error), "%s", error.text);
}

START_TEST(test_a_restart) {
  make_folder();
  setup(1, 2);
  *spending(0) = (struct spending){500, 20000, 70, 7};
  *spending(1) = (struct spending){600, 20001, 80, 8};
  ck_assert_msg(ledger_save(relays, RELAYS, path, NOW, &error), "%s",
                error.text);
  restart(1, 2);
  ck_assert_int_eq(spending(0)->day, 20000);
  ck_assert_uint_eq(spending(0)->today, 70);
  ck_assert_uint_eq(spending(0)->dearest, 7);
  ck_assert_uint_eq(spending(0)->total, 0); /* counters begin anew */
  ck_assert_int_eq(spending(1)->day, 20001);
  ck_assert_uint_eq(spending(1)->today, 80);
  teardown();
  remove_folder();
}
END_TEST

/* collectd may end before it does: it was paid for all the same. */
START_TEST(test_what_is_in_flight) {
  make_folder();
  setup(1, 2);
  uint64_t most = spending_reckoned(&units[0].probes[UNIT_CHAT]);
  *spending(0) = (struct spending){500, 20000, 70, 7};
  *spending(1) = (struct spending){600, 19999, 80, 8};
  runs[0][UNIT_CHAT].schedule.in_flight = true;
  runs[1][UNIT_CHAT].schedule.in_flight = true;
  ck_assert(ledger_save(relays, RELAYS, path, NOW, &error));
  ck_assert_uint_eq(spending(0)->today, 70); /* it will tell itself */
  runs[0][UNIT_CHAT].schedule.in_flight = false;
  runs[1][UNIT_CHAT].schedule.in_flight = false;
  restart(1, 2);
  ck_assert_uint_eq(spending(0)->today, 70 + most);
  ck_assert_uint_eq(spending(0)->dearest, 7);
  ck_assert_int_eq(spending(1)->day, 20000);
  ck_assert_uint_eq(spending(1)->today, most);
  teardown();
  remove_folder();
}
END_TEST

/* Of a probe that is no longer there, or has no limit now, nothing is taken. */
START_TEST(test_other_probes) {
  make_folder();
  setup(1, 2);
  *spending(0) = (struct spending){500, 20000, 70, 7};
  *spending(1) = (struct spending){600, 20001, 80, 8};
  ck_assert(ledger_save(relays, RELAYS, path, NOW, &error));
  restart(0, 2);
  ck_assert_uint_eq(spending(0)->today, 0);
  ck_assert_uint_eq(spending(1)->today, 80);
  teardown();
  setup(1, 2);
  strcpy(units[0].relay.label, "renamed");
  strcpy(units[1].probes[UNIT_CHAT].model_label, "changed");
  ck_assert(ledger_load(relays, RELAYS, path, &error));
  ck_assert_uint_eq(spending(0)->today, 0);
  ck_assert_uint_eq(spending(1)->today, 0);
  teardown();
  remove_folder();
}
END_TEST

/* Who limits nothing has no file, and no complaint about one. */
START_TEST(test_without_a_limit) {
  make_folder();
  setup(0, 0);
  ck_assert_int_eq(mkdir(path, 0700), 0);
  ck_assert(ledger_load(relays, RELAYS, path, &error));
  ck_assert_int_eq(rmdir(path), 0);
  teardown();
  remove_folder();
}
END_TEST

START_TEST(test_a_damaged_file) {
  make_folder();
  FILE *file = fopen(path, "w");
  ck_assert_ptr_nonnull(file);
  fputs("collectd-holysheep state 1\n20000\t70\t7\tmain\topenai%2Fgpt-4o-mini\n"
        "20000\t7",
        file);
  ck_assert_int_eq(fclose(file), 0);
  setup(1, 2);
  ck_assert(!ledger_load(relays, RELAYS, path, &error));
  ck_assert_ptr_nonnull(strstr(error.text, "is damaged"));
  ck_assert_uint_eq(spending(0)->today, 0);
  teardown();
  remove_folder();
}
END_TEST

int main(void) {
  return UNIT_RUN("ledger", test_a_restart, test_what_is_in_flight,
                  test_other_probes, test_without_a_limit, test_a_damaged_file);
}
