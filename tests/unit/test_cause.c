/* The table of causes must match the documented one, on which users' rules
 * depend. */
#include "model/cause.h"

#include "unit.h"

#include <ctype.h>
#include <string.h>

static const struct documented {
  const char *name, *error_type, *fault;
} documented[] = {
    {"ok", NULL, "none"},
    {"pending", NULL, "none"},
    {"suppressed", NULL, "none"},
    {"timeout", "Timeout", "relay"},
    {"dns", "DNSError", "network"},
    {"connection", "ConnectionError", "relay"},
    {"tls_expired", "TLSError", "relay"},
    {"tls_name", "TLSError", "relay"},
    {"tls_issuer", "TLSError", "relay"},
    {"tls", "TLSError", "relay"},
    {"key_rejected", "Unauthorized", "account"},
    {"key_expired", "Unauthorized", "account"},
    {"forbidden", "Forbidden", "account"},
    {"quota", "QuotaExhausted", "account"},
    {"rate_limited", "RateLimited", "account"},
    {"model_not_found", "ModelNotFound", "relay"},
    {"client_error", "ClientError", "relay"},
    {"redirected", "UnexpectedRedirect", "relay"},
    {"server_error", "ServerError", "relay"},
    {"upstream", "UpstreamError", "relay"},
    {"malformed", "InvalidResponse", "relay"},
    {"too_large", "ResponseTooLarge", "relay"},
    {"balance_unknown", "UnknownBalance", "relay"},
    {"empty_answer", "EmptyAnswer", "relay"},
    {"stream_cut", "StreamError", "relay"},
    {"stream_stalled", "StreamError", "relay"},
    {"stream_error", "StreamError", "relay"},
    {"key_unreadable", "LocalError", "local"},
    {"ca_unreadable", "LocalError", "local"},
    {"internal", "LocalError", "local"},
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
      test_severities, test_one_slot_per_error_type);
}
