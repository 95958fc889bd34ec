/* Share: whose turn it is. */
#include "engine/schedule.h"

#include "unit.h"

#include <stdio.h>

enum { SECOND = USEC_PER_SEC };

static const char chat[] = "endpoint=chat%2Fcompletions,model=m";

static usec shared_phase(const char *host, usec interval, unsigned share) {
  usec phase = schedule_shared_phase(host, "main", chat, interval, share);
  UNIT_ASSERT(phase >= 0 && phase < interval * share);
  return phase;
}

static unsigned turn_of(const char *host, unsigned share) {
  return (unsigned)(shared_phase(host, 60 * SECOND, share) / (60 * SECOND));
}

/* Numbered hosts take all turns, and as many hosts each of them. */
START_TEST(test_numbered_hosts_share_evenly) {
  static const char *const names[] = {"web%u", "web-%03u.example.org",
                                      "ip-10-0-3-%u", "%u", "db%ub.eu-west-2"};
  for (size_t n = 0; n < COUNT_OF(names); n++)
    for (unsigned share = 1; share <= 30; share++) {
      unsigned hosts[30] = {0};
      for (unsigned i = 1; i <= 4 * share; i++) {
        char name[32];
        snprintf(name, sizeof name, names[n], i);
        hosts[turn_of(name, share)]++;
      }
      for (unsigned i = 0; i < share; i++)
        UNIT_ASSERT(hosts[i] == 4);
    }
}
END_TEST

/* The first hosts are an interval apart; those with the same turn are not in
 * step. */
START_TEST(test_shared_turns_are_apart) {
  usec interval = 60 * SECOND;
  for (unsigned i = 1; i <= 9; i++) {
    char name[32], next[32];
    snprintf(name, sizeof name, "web%u", i);
    snprintf(next, sizeof next, "web%u", i + 1);
    usec apart =
        shared_phase(next, interval, 3) - shared_phase(name, interval, 3);
    usec whole = 3 * interval;
    if (i % 3 != 0)
      ck_assert_int_eq((apart + whole) % whole, interval);
    snprintf(next, sizeof next, "web%u", i + 3);
    apart = shared_phase(next, interval, 3) - shared_phase(name, interval, 3);
    ck_assert_int_gt(apart * apart, (usec)SECOND * SECOND * 25);
  }
}
END_TEST

/* Of 3 hosts with names of any kind, all have turns of their own in 2 of 9
 * fleets. */
START_TEST(test_other_hosts_share_by_chance) {
  unsigned all = 0, turns[3] = {0};
  for (unsigned fleet = 0; fleet < 10000; fleet++) {
    unsigned taken = 0;
    for (unsigned i = 0; i < 3; i++) {
      char name[32];
      snprintf(name, sizeof name, "host-%c%c%c%c", 'a' + (char)unit_random(26),
               'a' + (char)unit_random(26), 'a' + (char)unit_random(26),
               'a' + (char)unit_random(26));
      unsigned turn = turn_of(name, 3);
      turns[turn]++;
      taken |= 1u << turn;
    }
    all += taken == 7;
  }
  ck_assert_uint_gt(all, 2000);
  ck_assert_uint_lt(all, 2450);
  for (unsigned i = 0; i < 3; i++) {
    ck_assert_uint_gt(turns[i], 9500);
    ck_assert_uint_lt(turns[i], 10500);
  }
}
END_TEST

/* Another model has other turns, or one host would pay for all. */
START_TEST(test_models_are_shared_apart) {
  unsigned turns[3] = {0};
  for (unsigned i = 0; i < 3000; i++) {
    char model[48];
    snprintf(model, sizeof model, "endpoint=chat%%2Fcompletions,model=%u", i);
    turns[schedule_shared_phase("web1", "main", model, 60 * SECOND, 3) /
          (60 * SECOND)]++;
  }
  for (unsigned i = 0; i < 3; i++)
    ck_assert_uint_gt(turns[i], 900);
}
END_TEST

START_TEST(test_odd_host_names) {
  static const char *const names[] = {
      "", ".", "1.", "..1", "-", "99999999999999999999999999", "0", "a.1"};
  for (size_t i = 0; i < COUNT_OF(names); i++)
    for (unsigned share = 1; share <= 1000; share += 333)
      shared_phase(names[i], 86400 * (usec)SECOND / share, share);
}
END_TEST

/* Wherever the clocks began, the wall clock shows the phase. */
START_TEST(test_monotonic_phase) {
  for (unsigned round = 0; round < 10000; round++) {
    usec interval = SECOND + unit_random(100 * SECOND);
    usec phase = unit_random((unsigned)interval);
    usec now = unit_random(1000) * (usec)unit_random(1000 * 1000);
    double wall = 1.8e9 + unit_random(1000000) / 1e3;
    usec found = schedule_monotonic_phase(phase, interval, now, wall);
    UNIT_ASSERT(found >= 0 && found < interval);
    usec then = usec_of(wall) - now + found;
    UNIT_ASSERT(((then - phase) % interval) == 0);
  }
  ck_assert_int_eq(schedule_monotonic_phase(5, 10, 3, -1e-6), 9);
}
END_TEST

int main(void) {
  return UNIT_RUN("shared_schedule", test_numbered_hosts_share_evenly,
                  test_shared_turns_are_apart, test_other_hosts_share_by_chance,
                  test_models_are_shared_apart, test_odd_host_names,
                  test_monotonic_phase);
}
