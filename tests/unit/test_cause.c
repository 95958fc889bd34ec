/* The table of causes must match the documented one, on which users' rules
 * depend. */
#include "model/cause.h"

#include "unit.h"

#include <ctype.h>
#include <string.h>

static const struct documented {
  const char *name, *error_type, *fault, *problem;
} documented[] = {
    {"ok", NULL, "none", "none"},
    {"pending", NULL, "none", "none"},
    {"suppressed", NULL, "none", "none"},
    {"timeout", "Timeout", "relay", "timeout"},
    {"dns", "DNSError", "network", "network"},
    {"connection", "ConnectionError", "relay", "error"},
    {"tls_expired", "TLSError", "relay", "error"},
    {"tls_name", "TLSError", "relay", "error"},
    {"tls_issuer", "TLSError", "relay", "error"},
    {"tls", "TLSError", "relay", "error"},
    {"key_rejected", "Unauthorized", "account", "key"},
    {"key_expired", "Unauthorized", "account", "key"},
    {"forbidden", "Forbidden", "account", "error"},
    {"quota", "QuotaExhausted", "account", "quota"},
    {"rate_limited", "RateLimited", "account", "rate_limited"},
    {"model_not_found", "ModelNotFound", "relay", "model"},
    {"client_error", "ClientError", "relay", "error"},
    {"redirected", "UnexpectedRedirect", "relay", "error"},
    {"server_error", "ServerError", "relay", "error"},
    {"upstream", "UpstreamError", "relay", "error"},
    {"malformed", "InvalidResponse", "relay", "error"},
    {"too_large", "ResponseTooLarge", "relay", "error"},
    {"balance_unknown", "UnknownBalance", "relay", "content"},
    {"empty_answer", "EmptyAnswer", "relay", "content"},
    {"unexpected_answer", "UnexpectedAnswer", "relay", "content"},
    {"stream_cut", "StreamError", "relay", "error"},
    {"stream_stalled", "StreamError", "relay", "error"},
    {"stream_error", "StreamError", "relay", "error"},
    {"key_unreadable", "LocalError", "local", "local"},
    {"ca_unreadable", "LocalError", "local", "local"},
    {"internal", "LocalError", "local", "local"},
};

static const struct documented *find(const char *name) {
  for (size_t i = 0; i < COUNT_OF(documented); i++)
    if (strcmp(documented[i].name, name) == 0)
      return &documented[i];
  return NULL;
}

START_TEST(test_public_names_are_unchanged) {
  ck_assert_uint_eq(COUNT_OF(documented), CAUSE_COUNT);
  for (enum cause c = CAUSE_OK; c < CAUSE_COUNT; c++) {
    const struct documented *row = find(causes[c].name);
    ck_assert_msg(row != NULL, "%s is not in the contract", causes[c].name);
    ck_assert_pstr_eq(causes[c].error_type, row->error_type);
    ck_assert_str_eq(fault_name(causes[c].fault), row->fault);
    ck_assert_str_eq(problem_name(causes[c].problem), row->problem);
  }
}
END_TEST

START_TEST(test_names_are_valid_and_unique) {
  for (enum cause c = CAUSE_OK; c < CAUSE_COUNT; c++) {
    const char *name = causes[c].name;
    ck_assert_uint_eq(strspn(name, "abcdefghijklmnopqrstuvwxyz_"),
                      strlen(name));
    for (enum cause other = CAUSE_OK; other < c; other++)
      ck_assert_str_ne(name, causes[other].name);
  }
}
END_TEST

static bool is_sentence(const char *text) {
  return isupper((unsigned char)text[0]) && text[strlen(text) - 1] == '.';
}

START_TEST(test_each_has_meaning_and_advice) {
  for (enum cause c = CAUSE_OK; c < CAUSE_COUNT; c++) {
    ck_assert_uint_gt(strlen(causes[c].meaning), 10);
    ck_assert_msg(is_sentence(causes[c].advice), "%s", causes[c].advice);
    ck_assert(causes[c].detail == NULL || is_sentence(causes[c].detail));
  }
}
END_TEST

START_TEST(test_only_errors_have_a_fault) {
  for (enum cause c = CAUSE_OK; c < CAUSE_COUNT; c++)
    ck_assert_int_eq(causes[c].error_type == NULL,
                     causes[c].fault == FAULT_NONE);
}
END_TEST

/* Whose fault it is goes first: a timeout without a connection is not the
 * relay's, and a request that this host got wrong is not either. */
START_TEST(test_fault_decides_problem) {
  ck_assert_int_eq(problem_of(CAUSE_TIMEOUT, FAULT_NETWORK), PROBLEM_NETWORK);
  ck_assert_int_eq(problem_of(CAUSE_TIMEOUT, FAULT_RELAY), PROBLEM_TIMEOUT);
  ck_assert_int_eq(problem_of(CAUSE_CONNECTION, FAULT_NETWORK),
                   PROBLEM_NETWORK);
  ck_assert_int_eq(problem_of(CAUSE_CONNECTION, FAULT_RELAY), PROBLEM_ERROR);
  ck_assert_int_eq(problem_of(CAUSE_CLIENT_ERROR, FAULT_LOCAL), PROBLEM_LOCAL);
  ck_assert_int_eq(problem_of(CAUSE_CLIENT_ERROR, FAULT_RELAY), PROBLEM_ERROR);
}
END_TEST

START_TEST(test_only_errors_are_problems) {
  for (enum cause c = CAUSE_OK; c < CAUSE_COUNT; c++)
    ck_assert_int_eq(problem_of(c, causes[c].fault) == PROBLEM_NONE,
                     causes[c].error_type == NULL);
}
END_TEST

/* The mixin makes of precedence the place of a problem. */
START_TEST(test_each_problem_has_an_alert_and_a_place) {
  bool taken[PROBLEM_COUNT - 1] = {false};
  for (enum problem p = PROBLEM_NONE + 1; p < PROBLEM_COUNT; p++) {
    const struct problem_row *row = &problems[p];
    ck_assert_int_eq(strncmp(row->alert, "HolySheep", 9), 0);
    ck_assert_uint_lt(row->precedence, COUNT_OF(taken));
    ck_assert_msg(!taken[row->precedence], "%s shares its place", row->name);
    taken[row->precedence] = true;
  }
}
END_TEST

/* One alert has one severity. */
START_TEST(test_problems_of_an_alert_agree_whether_it_pages) {
  for (enum problem p = PROBLEM_NONE + 1; p < PROBLEM_COUNT; p++)
    for (enum problem other = PROBLEM_NONE + 1; other < p; other++)
      if (strcmp(problems[p].alert, problems[other].alert) == 0)
        ck_assert_int_eq(problems[p].pages, problems[other].pages);
}
END_TEST

/* Causes that money or time can fix do not page anyone. */
START_TEST(test_severities) {
  for (enum cause c = CAUSE_OK; c < CAUSE_COUNT; c++) {
    bool money = c == CAUSE_QUOTA || c == CAUSE_RATE_LIMITED ||
                 c == CAUSE_BALANCE_UNKNOWN || c == CAUSE_SUPPRESSED;
    enum severity severity = money                          ? SEVERITY_WARNING
                             : causes[c].error_type == NULL ? SEVERITY_OKAY
                                                            : SEVERITY_FAILURE;
    ck_assert_int_eq(cause_severity(c), severity);
  }
}
END_TEST

/* Errors are counted by slot: one for each error type. */
START_TEST(test_one_slot_per_error_type) {
  for (enum cause c = CAUSE_OK; c < CAUSE_COUNT; c++) {
    enum cause slot = cause_counter(c);
    ck_assert_pstr_eq(causes[slot].error_type, causes[c].error_type);
    ck_assert_int_eq(cause_counter(slot), slot);
    for (enum cause other = CAUSE_OK; other < c; other++) {
      bool same = causes[c].error_type != NULL &&
                  causes[other].error_type != NULL &&
                  strcmp(causes[c].error_type, causes[other].error_type) == 0;
      ck_assert_int_eq(slot == cause_counter(other), same);
    }
  }
}
END_TEST

int main(void) {
  return UNIT_RUN(
      "cause", test_public_names_are_unchanged, test_names_are_valid_and_unique,
      test_each_has_meaning_and_advice, test_only_errors_have_a_fault,
      test_fault_decides_problem, test_only_errors_are_problems,
      test_each_problem_has_an_alert_and_a_place,
      test_problems_of_an_alert_agree_whether_it_pages, test_severities,
      test_one_slot_per_error_type);
}
