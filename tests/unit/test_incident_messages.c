/* The exact texts about incidents, because users search for them. */
#include "state/incident_messages.h"

#include "unit.h"

#include <stdio.h>
#include <string.h>

static struct unit_relay unit;
static struct relay_state relay;
static char line[MESSAGE_MAX], text[NOTIFICATION_MAX];

/* 2026-11-28 09:54:10 UTC. */
static const double now = 1795859650;

static void setup(void) {
  unit_relay_init(&unit);
  unit.probes[UNIT_CHAT].model = "gpt-4o-mini";
  ck_assert(state_init(&relay, &unit.relay, &unit.bounds, 1000));
}

/* The probe fails like this. */
static struct probe_result *open_with(size_t probe, enum cause cause,
                                      int status) {
  struct probe_incident *incident = &relay.incidents.probes[probe];
  struct probe_result *failure = &relay.probes[probe].failure;
  *failure =
      (struct probe_result){.cause = cause, .fault = causes[cause].fault};
  failure->http = unit_http_result(status);
  incident->incident.phase = INCIDENT_OPEN;
  incident->incident.problem = problem_of(cause, failure->fault);
  incident->involved = true;
  relay.incidents.open = true;
  if (relay.incidents.problem == PROBLEM_NONE)
    relay.incidents.problem = incident->incident.problem;
  return failure;
}

static void write_texts(enum incident_event event) {
  memset(line, 'x', sizeof line);
  memset(text, 'x', sizeof text);
  message_incident(line, &relay, event);
  message_notify_incident(text, &relay, event);
  ck_assert_uint_lt(strlen(line), sizeof line);
  ck_assert_uint_lt(strlen(text), sizeof text);
}

START_TEST(test_one_endpoint) {
  setup();
  struct probe_result *failure = open_with(UNIT_CHAT, CAUSE_KEY_EXPIRED, 401);
  strcpy(failure->error_code, "token_expired");
  strcpy(failure->error_message, "Your token has expired");
  strcpy(failure->http.request_id, "req_1");
  write_texts(INCIDENT_BEGAN);
  ck_assert_str_eq(
      line, "Relay \"main\": key: chat/completions gpt-4o-mini: key_expired "
            "(fault account), HTTP 401, code token_expired, \"Your token has "
            "expired\", request id req_1. Create a new key in the relay's "
            "console and put it in the key file.");
  ck_assert_str_eq(
      text, "main: key: chat/completions gpt-4o-mini: key_expired (the key has "
            "expired, HTTP 401, code token_expired, request id req_1). Create "
            "a new key in the relay's console and put it in the key file.");
  state_free(&relay);
}
END_TEST

START_TEST(test_several_endpoints) {
  setup();
  open_with(UNIT_MODELS, CAUSE_UPSTREAM, 502);
  open_with(UNIT_BILLING, CAUSE_UPSTREAM, 502);
  open_with(UNIT_CHAT, CAUSE_MALFORMED, 200);
  write_texts(INCIDENT_BEGAN);
  ck_assert_str_eq(
      text, "main: error: models, billing: upstream; chat/completions "
            "gpt-4o-mini: malformed (a proxy or upstream of the relay failed, "
            "HTTP 502). Check the relay's status page; switch to another "
            "relay.");
  ck_assert_str_eq(
      line, "Relay \"main\": error: models: upstream (fault relay), HTTP 502. "
            "Check the relay's status page; switch to another relay. Also: "
            "billing: upstream (fault relay), HTTP 502; chat/completions "
            "gpt-4o-mini: malformed (fault relay), HTTP 200");
  state_free(&relay);
}
END_TEST

/* The relay is called after the worst of them. */
START_TEST(test_explains_the_worst) {
  setup();
  relay.incidents.problem = PROBLEM_ERROR;
  open_with(UNIT_MODELS, CAUSE_BALANCE_UNKNOWN, 200);
  open_with(UNIT_CHAT, CAUSE_UPSTREAM, 502);
  write_texts(INCIDENT_CHANGED);
  ck_assert_ptr_nonnull(strstr(text, "main: now error: models: "));
  ck_assert_ptr_nonnull(
      strstr(text, "a proxy or upstream of the relay failed"));
  ck_assert_ptr_nonnull(
      strstr(line, "\"main\": now error: chat/completions gpt-4o-mini: "));
  state_free(&relay);
}
END_TEST

START_TEST(test_damped) {
  setup();
  open_with(UNIT_MODELS, CAUSE_SERVER_ERROR, 500);
  relay.incidents.on_and_off_since = now;
  write_texts(INCIDENT_BEGAN);
  ck_assert_ptr_nonnull(
      strstr(text, "main: error, failing on and off since 2026-11-28 09:54 "
                   "UTC: models: server_error ("));
  ck_assert_ptr_nonnull(strstr(line, "failing on and off since 2026-11-28"));
  state_free(&relay);
}
END_TEST

START_TEST(test_end) {
  static const struct {
    double seconds;
    const char *span;
  } cases[] = {{-5, "0 s"},
               {59.9, "59 s"},
               {60, "1 min 0 s"},
               {3599, "59 min 59 s"},
               {90061, "25 h 1 min 1 s"}};
  setup();
  open_with(UNIT_MODELS, CAUSE_SERVER_ERROR, 500);
  open_with(UNIT_CHAT, CAUSE_SERVER_ERROR, 500);
  for (size_t i = 0; i < 3; i++)
    relay.incidents.probes[i].incident.phase = INCIDENT_NONE;
  relay.incidents.since = (struct moment){0, now};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    char wanted[MESSAGE_MAX];
    relay.incidents.recovered.time = (usec)(cases[i].seconds * USEC_PER_SEC);
    write_texts(INCIDENT_ENDED);
    snprintf(wanted, sizeof wanted,
             "main: ok again after %s of failures (error): models, "
             "chat/completions gpt-4o-mini",
             cases[i].span);
    ck_assert_str_eq(text, wanted);
    snprintf(wanted, sizeof wanted,
             "Relay \"main\": ok again after %s of failures (error): models, "
             "chat/completions gpt-4o-mini",
             cases[i].span);
    ck_assert_str_eq(line, wanted);
  }
  state_free(&relay);
}
END_TEST

/* If it does not all fit, the request id is dropped first, then the code; the
 * advice is always there. */
START_TEST(test_notification_is_shortened) {
  setup();
  for (enum cause cause = CAUSE_TIMEOUT; cause < CAUSE_COUNT; cause++) {
    bool id = true, code = true;
    for (size_t length = 1; length < REQUEST_ID_MAX; length++) {
      for (size_t i = 0; i < 3; i++) {
        struct probe_result *failure = open_with(i, cause, 599);
        memset(failure->error_code, 'c', length < 47 ? length : 47);
        memset(failure->http.request_id, 'i', length);
      }
      write_texts(INCIDENT_BEGAN);
      ck_assert_str_eq(text + strlen(text) - strlen(causes[cause].advice),
                       causes[cause].advice);
      ck_assert(id || strstr(text, "request id i") == NULL);
      ck_assert(code || strstr(text, "code c") == NULL);
      id = strstr(text, "request id i") != NULL;
      code = strstr(text, "code c") != NULL;
      ck_assert(code || !id);
      ck_assert_ptr_nonnull(strstr(text, "HTTP 599"));
    }
  }
  state_free(&relay);
}
END_TEST

/* Then endpoints are. */
START_TEST(test_many_endpoints) {
  enum { MANY = 40 };
  static struct probe_settings probes[MANY];
  static char models[MANY][40];
  unit_relay_init(&unit);
  for (size_t i = 0; i < MANY; i++) {
    probes[i] = unit.probes[UNIT_CHAT];
    snprintf(models[i], sizeof models[i], "a-model-with-a-long-name-%zu", i);
    probes[i].model = models[i];
  }
  unit.relay.probes = probes;
  unit.relay.probe_count = MANY;
  ck_assert(state_init(&relay, &unit.relay, &unit.bounds, 1000));
  for (size_t i = 0; i < MANY; i++)
    open_with(i, CAUSE_UPSTREAM, 502);
  write_texts(INCIDENT_BEGAN);
  ck_assert_ptr_nonnull(strstr(
      text, "chat/completions a-model-with-a-long-name-0: upstream (and 39 "
            "more) (a proxy or upstream of the relay failed, HTTP 502). Check "
            "the relay's status page; switch to another relay."));
  ck_assert_ptr_nonnull(strstr(line, "switch to another relay."));
  state_free(&relay);
}
END_TEST

START_TEST(test_blip) {
  setup();
  struct probe_result *failure = open_with(UNIT_CHAT, CAUSE_UPSTREAM, 503);
  strcpy(failure->http.request_id, "req_1");
  struct blip blip = {.failures = 1, .seconds = 2.9};
  message_blip(line, &relay, UNIT_CHAT, &blip);
  ck_assert_str_eq(line,
                   "Relay \"main\": chat/completions gpt-4o-mini: ok again "
                   "after 1 failure in 2 s: upstream (fault relay), HTTP 503, "
                   "request id req_1");
  blip = (struct blip){2, 62, 7, now};
  message_blip(line, &relay, UNIT_CHAT, &blip);
  ck_assert_ptr_nonnull(
      strstr(line, "ok again after 2 failures in 1 min 2 s (7 failures since "
                   "2026-11-28 09:54 UTC not logged): upstream (fault"));
  state_free(&relay);
}
END_TEST

int main(void) {
  return UNIT_RUN("incident_messages", test_one_endpoint,
                  test_several_endpoints, test_explains_the_worst, test_damped,
                  test_end, test_notification_is_shortened, test_many_endpoints,
                  test_blip);
}
