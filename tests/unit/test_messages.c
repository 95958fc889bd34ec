/* The exact log lines, because users search for them. */
#include "state/messages.h"

#include "probe/probe_kind.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

static struct unit_relay unit;
static struct relay_state relay;
static char line[MESSAGE_MAX];

static void setup(void) {
  unit_relay_init(&unit);
  unit.relay.key.kind = KEY_FROM_FILE;
  unit.relay.key.name = "/etc/collectd/holysheep.key";
  ck_assert(state_init(&relay, &unit.relay, &unit.bounds, 1000));
  memset(line, 'x', sizeof line);
}

/* --- at start ------------------------------------------------------------- */

START_TEST(test_start_line) {
  setup();
  message_startup(line, &unit.relay);
  ck_assert_str_eq(
      line,
      "Relay \"main\": https://api.holysheep.ai/v1; models every 10 s, billing "
      "every 60 s, chat/completions openai/gpt-4o-mini every 60 s; API key "
      "from /etc/collectd/holysheep.key; about 25920 tokens per day");
  state_free(&relay);
}
END_TEST

/* The interval is that of the host. */
START_TEST(test_start_line_of_a_shared_probe) {
  setup();
  unit.probes[UNIT_CHAT].interval = 180 * (usec)USEC_PER_SEC;
  unit.probes[UNIT_CHAT].share = 3;
  message_startup(line, &unit.relay);
  ck_assert_ptr_nonnull(strstr(
      line, "chat/completions openai/gpt-4o-mini every 180 s (Share 3); API"));
  ck_assert_ptr_nonnull(strstr(line, "; about 8640 tokens per day"));
  state_free(&relay);
}
END_TEST

START_TEST(test_start_line_without_a_completion) {
  setup();
  unit.relay.probe_count = 1;
  unit.probes[0].interval = USEC_PER_SEC / 2;
  unit.relay.key.kind = KEY_FROM_ENV;
  unit.relay.key.name = "HOLYSHEEP_API_KEY";
  message_startup(line, &unit.relay);
  ck_assert_str_eq(line,
                   "Relay \"main\": https://api.holysheep.ai/v1; models every "
                   "0.5 s; API key from the variable HOLYSHEEP_API_KEY");
  state_free(&relay);
}
END_TEST

START_TEST(test_start_line_does_not_show_the_key) {
  setup();
  unit.relay.probe_count = 1;
  unit.relay.key.kind = KEY_FROM_CONFIG;
  unit.relay.key.text = "sk-0123456789abcdef";
  message_startup(line, &unit.relay);
  ck_assert_str_eq(line, "Relay \"main\": https://api.holysheep.ai/v1; models "
                         "every 10 s; API key from APIKey");
  state_free(&relay);
}
END_TEST

/* --- verdicts ------------------------------------------------------------ */

static struct probe_result a_failure(enum cause cause, int status) {
  struct probe_result result = {.cause = cause, .fault = causes[cause].fault};
  http_result_init(&result.http);
  result.http.attempted = true;
  result.http.http_status = status;
  return result;
}

START_TEST(test_success) {
  setup();
  struct probe_result result = a_failure(CAUSE_OK, 200);
  result.http.duration = 0.2504;
  message_verdict(line, &relay, UNIT_MODELS, &result);
  ck_assert_str_eq(line, "Relay \"main\": models: ok, 0.250 s");
  state_free(&relay);
}
END_TEST

START_TEST(test_all_details_of_a_failure) {
  setup();
  struct probe_result result = a_failure(CAUSE_QUOTA, 429);
  strcpy(result.error_code, "insufficient_quota");
  strcpy(result.error_message, "You exceeded your current quota");
  strcpy(result.http.detail, "not shown beside the relay's own words");
  strcpy(result.http.request_id, "req_1");
  message_verdict(line, &relay, UNIT_CHAT, &result);
  ck_assert_str_eq(
      line, "Relay \"main\": chat/completions openai/gpt-4o-mini: quota (fault "
            "account), HTTP 429, code insufficient_quota, \"You exceeded your "
            "current quota\", request id req_1. Top up the account or raise "
            "the key's quota; waiting does not help.");
  state_free(&relay);
}
END_TEST

START_TEST(test_no_response) {
  setup();
  struct probe_result result = a_failure(CAUSE_TIMEOUT, 0);
  result.fault = FAULT_NETWORK;
  strcpy(result.http.detail, "Connection timed out after 10001 ms");
  message_verdict(line, &relay, UNIT_BILLING, &result);
  ck_assert_str_eq(
      line, "Relay \"main\": billing: timeout (fault network), Connection "
            "timed out after 10001 ms. Look at the phases: a long connect "
            "points to the network, a long server phase to the relay.");
  state_free(&relay);
}
END_TEST

START_TEST(test_request_not_sent) {
  setup();
  struct probe_result result;
  probe_result_unsent(&result, CAUSE_KEY_UNREADABLE, "No such file");
  message_verdict(line, &relay, UNIT_MODELS, &result);
  ck_assert_str_eq(
      line, "Relay \"main\": models: key_unreadable (fault local), No such "
            "file. Restore the key file and make it readable by collectd.");
  state_free(&relay);
}
END_TEST

/* --- limits -------------------------------------------------------------- */

START_TEST(test_suppression_reasons) {
  char text[NOTIFICATION_MAX];
  setup();
  message_suppressed(line, &relay, UNIT_CHAT, REASON_DAILY_COST);
  ck_assert_str_eq(
      line, "Relay \"main\": chat/completions openai/gpt-4o-mini: suppressed: "
            "MaxCostPerDay is reached; it resumes at midnight UTC");
  message_suppressed(line, &relay, UNIT_BILLING, REASON_RATE_LIMIT);
  ck_assert_str_eq(line, "Relay \"main\": billing: suppressed: MaxRequests is "
                         "reached; it resumes when the limit allows");
  message_notify_suppressed(text, &relay, UNIT_CHAT, REASON_DAILY_COST);
  ck_assert_str_eq(text,
                   "main: chat/completions openai/gpt-4o-mini: suppressed: "
                   "MaxCostPerDay is reached; it resumes at midnight UTC");
  message_resumed(line, &relay, UNIT_CHAT);
  ck_assert_str_eq(line, "Relay \"main\": chat/completions openai/gpt-4o-mini: "
                         "ok again, no longer suppressed");
  message_notify_resumed(text, &relay, UNIT_CHAT);
  ck_assert_str_eq(text, "main: chat/completions openai/gpt-4o-mini: "
                         "ok again, no longer suppressed");
  unit.relay.max_requests = 6;
  message_never_sent(line, &relay, UNIT_BILLING);
  ck_assert_str_eq(line,
                   "Relay \"main\": billing: will never be sent: at their "
                   "intervals, the cheaper probes use up MaxRequests 6");
  message_retry_after_ignored(line, &relay, UNIT_MODELS, 86400);
  ck_assert_str_eq(line, "Relay \"main\": models: the relay's Retry-After of "
                         "86400 s is ignored: it is too long");
  state_free(&relay);
}
END_TEST

/* Advice derived from the error's text is better than the cause's. */
START_TEST(test_specific_advice) {
  setup();
  struct probe_result result = a_failure(CAUSE_CLIENT_ERROR, 400);
  result.advice = "Do this.";
  message_verdict(line, &relay, UNIT_MODELS, &result);
  ck_assert_str_eq(line, "Relay \"main\": models: client_error (fault relay), "
                         "HTTP 400. Do this.");
  state_free(&relay);
}
END_TEST

/* --- limits --------------------------------------------------------------- */

static void fill(char *text, size_t size) {
  memset(text, 'm', size - 1);
  text[size - 1] = '\0';
}

/* A model with a label may have a long name: the line must still say what
 * happened. */
START_TEST(test_long_model_name) {
  char model[1025];
  setup();
  fill(model, sizeof model);
  unit.probes[UNIT_CHAT].model = model;
  unit.probes[UNIT_CHAT].label = "big";
  struct probe_result result = a_failure(CAUSE_UPSTREAM, 502);
  message_verdict(line, &relay, UNIT_CHAT, &result);
  ck_assert_str_eq(line, "Relay \"main\": chat/completions big: upstream "
                         "(fault relay), HTTP 502. Check the relay's status "
                         "page; switch to another relay.");
  state_free(&relay);
}
END_TEST

/* The longest values: truncated, but terminated. */
START_TEST(test_longest_lines) {
  char name[256], url[1025];
  setup();
  fill(name, sizeof name);
  fill(url, sizeof url);
  unit.relay.name = name;
  unit.relay.base_url = url;
  message_startup(line, &unit.relay);
  ck_assert_uint_eq(strlen(line), MESSAGE_MAX - 1);
  for (enum cause cause = CAUSE_TIMEOUT; cause < CAUSE_COUNT; cause++) {
    struct probe_result result = a_failure(cause, 599);
    fill(result.error_code, sizeof result.error_code);
    fill(result.error_message, sizeof result.error_message);
    fill(result.http.request_id, sizeof result.http.request_id);
    message_verdict(line, &relay, UNIT_CHAT, &result);
    ck_assert_uint_lt(strlen(line), MESSAGE_MAX - 1); /* not truncated */
    ck_assert_str_eq(line + strlen(line) - strlen(causes[cause].advice),
                     causes[cause].advice);
  }
  state_free(&relay);
}
END_TEST

/* Configured names may contain newlines. */
START_TEST(test_messages_are_one_line) {
  setup();
  unit.relay.name = "one\ntwo\x7F";
  unit.probes[UNIT_CHAT].model = "a\tb";
  struct probe_result result = a_failure(CAUSE_OK, 200);
  message_verdict(line, &relay, UNIT_CHAT, &result);
  ck_assert_str_eq(line,
                   "Relay \"one two \": chat/completions a b: ok, 0.000 s");
  message_startup(line, &unit.relay);
  for (const char *p = line; *p != '\0'; p++)
    ck_assert((unsigned char)*p >= ' ' && *p != 0x7F);
  state_free(&relay);
}
END_TEST

int main(void) {
  return UNIT_RUN(
      "messages", test_start_line, test_start_line_of_a_shared_probe,
      test_start_line_without_a_completion,
      test_start_line_does_not_show_the_key, test_success,
      test_all_details_of_a_failure, test_no_response, test_request_not_sent,
      test_suppression_reasons, test_specific_advice, test_long_model_name,
      test_longest_lines, test_messages_are_one_line);
}
