/* The label `status` must have the documented values. */
#include "model/status.h"

#include "unit.h"

#include <stdio.h>
#include <string.h>

static const char *const names[] = {"200",       "400",
                                    "401",       "402",
                                    "403",       "404",
                                    "408",       "413",
                                    "422",       "429",
                                    "500",       "502",
                                    "503",       "504",
                                    "1xx",       "2xx",
                                    "3xx",       "4xx",
                                    "5xx",       "timeout",
                                    "dns_error", "connection_error",
                                    "tls_error", "protocol_error"};

static const char *const initial[] = {"200",
                                      "401",
                                      "402",
                                      "403",
                                      "404",
                                      "429",
                                      "500",
                                      "502",
                                      "503",
                                      "timeout",
                                      "connection_error"};

static bool is_in(const char *const *list, size_t count, const char *name) {
  for (size_t i = 0; i < count; i++)
    if (strcmp(list[i], name) == 0)
      return true;
  return false;
}

START_TEST(test_public_names_are_unchanged) {
  ck_assert_uint_eq(COUNT_OF(names), STATUS_COUNT);
  for (unsigned i = 0; i < STATUS_COUNT; i++) {
    ck_assert(is_in(names, COUNT_OF(names), statuses[i].name));
    ck_assert_int_eq(statuses[i].starts_at_zero,
                     is_in(initial, COUNT_OF(initial), statuses[i].name));
    for (unsigned other = 0; other < i; other++)
      ck_assert_str_ne(statuses[i].name, statuses[other].name);
  }
}
END_TEST

static const char *name_of(enum cause transport_error, int http_status) {
  unsigned row = status_of(transport_error, http_status);
  ck_assert_uint_lt(row, STATUS_COUNT);
  return statuses[row].name;
}

/* Documented statuses by number, others by class. */
START_TEST(test_every_http_status) {
  for (int status = 100; status < 600; status++) {
    char name[8];
    snprintf(name, sizeof name, "%d", status);
    if (!is_in(names, COUNT_OF(names), name))
      snprintf(name, sizeof name, "%dxx", status / 100);
    ck_assert_str_eq(name_of(CAUSE_OK, status), name);
  }
}
END_TEST

START_TEST(test_not_http) {
  static const int odd[] = {-1, 0, 1, 5, 99, 600, 999, 1000};
  for (size_t i = 0; i < COUNT_OF(odd); i++)
    ck_assert_str_eq(name_of(CAUSE_OK, odd[i]), "protocol_error");
}
END_TEST

/* A truncated response has the status of its transport error. */
START_TEST(test_every_transport_error) {
  static const struct {
    enum cause cause;
    const char *name;
  } breaks[] = {{CAUSE_TIMEOUT, "timeout"},
                {CAUSE_DNS, "dns_error"},
                {CAUSE_CONNECTION, "connection_error"},
                {CAUSE_TLS_EXPIRED, "tls_error"},
                {CAUSE_TLS_NAME, "tls_error"},
                {CAUSE_TLS_ISSUER, "tls_error"},
                {CAUSE_TLS, "tls_error"},
                {CAUSE_CA_UNREADABLE, "tls_error"},
                {CAUSE_INTERNAL, "connection_error"},
                {CAUSE_MALFORMED, "protocol_error"}};
  for (size_t i = 0; i < COUNT_OF(breaks); i++) {
    ck_assert_str_eq(name_of(breaks[i].cause, 0), breaks[i].name);
    ck_assert_str_eq(name_of(breaks[i].cause, 200), breaks[i].name);
  }
}
END_TEST

START_TEST(test_every_cause_has_a_row) {
  for (enum cause c = CAUSE_OK; c < CAUSE_COUNT; c++)
    ck_assert_uint_lt(status_of(c, 0), STATUS_COUNT);
  ck_assert_str_eq(name_of(CAUSE_TOO_LARGE, 200), "200");
}
END_TEST

int main(void) {
  return UNIT_RUN("status", test_public_names_are_unchanged,
                  test_every_http_status, test_not_http,
                  test_every_transport_error, test_every_cause_has_a_row);
}
