/* The requests of a probe. */
#include "engine/runtime.h"

#include "model/prompt.h"
#include "probe/billing_preset.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

static struct unit_relay unit;
static struct relay_runtime relay;
static struct probe_result ended, other;

static struct probe_runtime *billing(void) {
  return &relay.probes[UNIT_BILLING];
}

/* A relay whose balance takes two requests. */
static void setup(void) {
  unit_relay_init(&unit);
  struct probe_settings *probe = &unit.probes[UNIT_BILLING];
  probe->preset = billing_preset_find("new-api");
  probe->path = "/dashboard/billing/subscription";
  probe->remaining_key = NULL;
  ck_assert(
      relay_runtime_init(&relay, &unit.relay, &unit.bounds, "host", 0, 0));
}

static struct probe_result a_first(double duration) {
  struct probe_result result = {.cause = CAUSE_OK,
                                .needs_second_request = true};
  http_result_init(&result.http);
  result.http.duration = duration;
  return result;
}

START_TEST(test_two_requests) {
  struct probe_result first = a_first(0.5);
  setup();
  ck_assert_uint_eq(billing()->requests, 2);
  probe_runtime_first(billing(), 0);
  ck_assert_str_eq(
      billing()->request.url,
      "https://api.holysheep.ai/v1/dashboard/billing/subscription");
  ck_assert(probe_runtime_next(billing(), &first, &other));
  ck_assert_str_eq(billing()->request.url,
                   "https://api.holysheep.ai/v1/dashboard/billing/usage");
  relay_runtime_free(&relay);
}
END_TEST

START_TEST(test_second_request_not_needed) {
  struct probe_result enough = a_first(0.5), failed = a_first(0.5);
  enough.needs_second_request = false;
  failed.cause = CAUSE_UPSTREAM;
  setup();
  probe_runtime_first(billing(), 0);
  ck_assert(!probe_runtime_next(billing(), &enough, &other));
  ck_assert(!probe_runtime_next(billing(), &failed, &other));
  relay_runtime_free(&relay);
}
END_TEST

/* The timeout covers both requests; 0 would mean no timeout. */
START_TEST(test_second_request_gets_the_remaining_time) {
  static const struct {
    double taken;
    usec left;
  } cases[] = {{0, 10000000}, {0.25, 9750000}, {9.5, 500000}, {10, 1}, {60, 1}};
  setup();
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    struct probe_result first = a_first(cases[i].taken);
    probe_runtime_first(billing(), 0);
    ck_assert_int_eq(billing()->request.timeout, 10 * USEC_PER_SEC);
    ck_assert(probe_runtime_next(billing(), &first, &other));
    ck_assert_int_eq(billing()->request.timeout, cases[i].left);
  }
  relay_runtime_free(&relay);
}
END_TEST

/* --- a balance that is searched for -------------------------------------- */

static void setup_search(void) {
  unit_relay_init(&unit);
  unit.probes[UNIT_BILLING].preset = billing_preset_find("auto");
  unit.relay.max_requests = 26; /* six for the models */
  unit.relay.max_requests_span = 60 * (usec)USEC_PER_SEC;
  ck_assert(
      relay_runtime_init(&relay, &unit.relay, &unit.bounds, "host", 0, 0));
}

static bool answer(enum cause cause, int status) {
  ended = (struct probe_result){.cause = cause};
  http_result_init(&ended.http);
  ended.http.attempted = true;
  ended.http.http_status = status;
  ended.http.duration = 3;
  ended.has_balance = cause == CAUSE_OK;
  return probe_runtime_next(billing(), &ended, &other);
}

static bool asks(const char *path) {
  const char *url = billing()->request.url;
  return strcmp(url + strlen("https://api.holysheep.ai/v1"), path) == 0;
}

/* How many completions the limit leaves room for. */
static unsigned room(void) {
  unsigned requests = 0;
  while (sliding_window_has_room(&relay.window, RANK_TOKENS, requests + 1))
    requests++;
  return requests;
}

START_TEST(test_search_keeps_what_answers) {
  setup_search();
  ck_assert_uint_eq(billing()->requests, 8);
  ck_assert_uint_eq(room(), 12);
  probe_runtime_first(billing(), 0);
  ck_assert(asks("/billing"));
  ck_assert(answer(CAUSE_CLIENT_ERROR, 404));
  ck_assert(asks("/dashboard/billing/subscription"));
  ended = a_first(3);
  ck_assert(probe_runtime_next(billing(), &ended, &other));
  ck_assert(asks("/dashboard/billing/usage"));
  ck_assert(!answer(CAUSE_OK, 200));
  ck_assert_str_eq(ended.found_preset->name, "new-api");
  ck_assert_uint_eq(billing()->requests, 2);
  ck_assert_uint_eq(room(), 18);
  probe_runtime_first(billing(), 0);
  ck_assert(asks("/dashboard/billing/subscription"));
  ck_assert_ptr_null(billing()->request.previous);
  ck_assert(!answer(CAUSE_KEY_REJECTED, 401));
  ck_assert_uint_eq(billing()->requests, 2);
  ck_assert(!answer(CAUSE_CLIENT_ERROR, 404));
  ck_assert_uint_eq(billing()->requests, 8);
  ck_assert_uint_eq(room(), 12);
  probe_runtime_first(billing(), 0);
  ck_assert(asks("/dashboard/billing/subscription"));
  ck_assert(!answer(CAUSE_OK, 200));
  ck_assert_ptr_null(ended.found_preset);
  relay_runtime_free(&relay);
}
END_TEST

/* Each result is handed out once; what is said of the key is the run's. */
static void search_without_success(void) {
  unsigned others = 0, refused = 0;
  bool more = true;
  probe_runtime_first(billing(), 0);
  ck_assert(asks("/billing"));
  while (more) {
    bool about_key = asks("/credits") || asks("/usage");
    more = answer(about_key ? CAUSE_KEY_REJECTED : CAUSE_CLIENT_ERROR,
                  about_key ? 401 : 404);
    others += other.http.attempted;
    refused += other.http.http_status == 401;
  }
  ck_assert_uint_eq(others, 6);
  ck_assert_uint_eq(refused, 1);
  ck_assert_int_eq(ended.cause, CAUSE_KEY_REJECTED);
  ck_assert_int_eq(ended.http.http_status, 401);
  ck_assert_ptr_null(probe_runtime_held(billing()));
}

static void run_ends_with(const char *path, enum cause cause, int status) {
  probe_runtime_first(billing(), 0);
  ck_assert(asks(path));
  ck_assert(!answer(cause, status));
  ck_assert_int_eq(ended.cause, cause);
  ck_assert(!other.http.attempted);
}

/* As long as places refuse the key, one of these is asked in a run, even after
 * an outage. */
START_TEST(test_search_without_success) {
  setup_search();
  search_without_success();
  run_ends_with("/credits", CAUSE_KEY_EXPIRED, 401);
  run_ends_with("/usage", CAUSE_KEY_REJECTED, 401);
  run_ends_with("/credits", CAUSE_RATE_LIMITED, 429);
  run_ends_with("/usage", CAUSE_KEY_REJECTED, 401);
  probe_runtime_first(billing(), 0);
  ck_assert(asks("/credits"));
  ck_assert(answer(CAUSE_CLIENT_ERROR, 404));
  ck_assert(asks("/user/balance"));
  ck_assert(!answer(CAUSE_OK, 200));
  ck_assert_str_eq(ended.found_preset->name, "deepseek");
  relay_runtime_free(&relay);
}
END_TEST

/* Some relays refuse any key at a path that they do not have. */
START_TEST(test_refused_key_becomes_good) {
  setup_search();
  probe_runtime_first(billing(), 0);
  while (answer(CAUSE_KEY_REJECTED, 401))
    ;
  run_ends_with("/billing", CAUSE_KEY_REJECTED, 401);
  run_ends_with("/dashboard/billing/subscription", CAUSE_KEY_REJECTED, 401);
  run_ends_with("/credits", CAUSE_OK, 200);
  ck_assert_str_eq(ended.found_preset->name, "openrouter");
  relay_runtime_free(&relay);
}
END_TEST

/* "Expired" is the more telling answer: only who said so is asked. */
START_TEST(test_most_telling_place) {
  setup_search();
  probe_runtime_first(billing(), 0);
  while (answer(asks("/usage") ? CAUSE_KEY_EXPIRED : CAUSE_KEY_REJECTED, 401))
    ;
  ck_assert_int_eq(ended.cause, CAUSE_KEY_EXPIRED);
  run_ends_with("/usage", CAUSE_KEY_EXPIRED, 401);
  run_ends_with("/usage", CAUSE_KEY_EXPIRED, 401);
  relay_runtime_free(&relay);
}
END_TEST

/* A new key is tried everywhere. */
START_TEST(test_new_key) {
  struct error error;
  setup_search();
  unit.relay.key =
      (struct key_source){.kind = KEY_FROM_CONFIG, .text = "sk-old"};
  relay_runtime_load_key(&relay, NULL, 1000);
  search_without_success();
  relay.state.key_expiry = 5000;
  ck_assert(relay_runtime_refresh_key(&relay, 2000, &error));
  ck_assert_int_eq(relay.state.key_expiry, 5000);
  unit.relay.key.text = "sk-new";
  relay.key.value[0] = '\0'; /* or it is only read again from a file */
  ck_assert(relay_runtime_refresh_key(&relay, 3000, &error));
  ck_assert_int_eq(relay.state.key_loaded, 3000);
  ck_assert_int_eq(relay.state.key_expiry, 0);
  probe_runtime_first(billing(), 0);
  ck_assert(answer(CAUSE_KEY_REJECTED, 401));
  relay_runtime_free(&relay);
}
END_TEST

/* What ends a search says nothing about the places; what was held is counted. A
 * place that is out of order does not hide the others from the next run. */
START_TEST(test_search_is_ended) {
  setup_search();
  probe_runtime_first(billing(), 0);
  ck_assert(answer(CAUSE_KEY_REJECTED, 401));
  ck_assert_ptr_nonnull(probe_runtime_held(billing()));
  ck_assert(!answer(CAUSE_UPSTREAM, 503));
  ck_assert_int_eq(ended.cause, CAUSE_UPSTREAM);
  ck_assert_int_eq(other.http.http_status, 401);
  ck_assert_ptr_null(probe_runtime_held(billing()));
  probe_runtime_first(billing(), 0);
  ck_assert(asks("/credits"));
  relay_runtime_free(&relay);
}
END_TEST

static bool time_out(double after) {
  ended = (struct probe_result){.cause = CAUSE_TIMEOUT, .fault = FAULT_NETWORK};
  http_result_init(&ended.http);
  ended.http.attempted = ended.http.sent = true;
  ended.http.transport_error = CAUSE_TIMEOUT;
  ended.http.duration = after;
  return probe_runtime_next(billing(), &ended, &other);
}

/* The places share the timeout, so that a run never takes longer. What was cut
 * off is asked first in the next run, with all of it. */
START_TEST(test_search_is_out_of_time) {
  setup_search();
  probe_runtime_first(billing(), 0);
  ck_assert_int_eq(billing()->request.timeout, 10 * USEC_PER_SEC);
  ck_assert(answer(CAUSE_CLIENT_ERROR, 404));
  ck_assert_int_eq(billing()->request.timeout, 7 * USEC_PER_SEC);
  ended = a_first(3);
  ck_assert(probe_runtime_next(billing(), &ended, &other));
  ck_assert(asks("/dashboard/billing/usage"));
  ck_assert_int_eq(billing()->request.timeout, 4 * USEC_PER_SEC);
  ck_assert(answer(CAUSE_CLIENT_ERROR, 404));
  ck_assert(asks("/credits"));
  ck_assert_int_eq(billing()->request.timeout, 1 * USEC_PER_SEC);
  ck_assert(!time_out(1));
  ck_assert_int_eq(ended.fault, FAULT_RELAY);
  ck_assert_ptr_nonnull(strstr(ended.advice, "Timeout"));
  probe_runtime_first(billing(), 0);
  ck_assert(asks("/credits"));
  ck_assert_int_eq(billing()->request.timeout, 10 * USEC_PER_SEC);
  relay_runtime_free(&relay);
}
END_TEST

/* A place that had the whole timeout is passed over by the next run, as is one
 * that resets the connection; but not if none was established. */
START_TEST(test_place_does_not_answer) {
  setup_search();
  probe_runtime_first(billing(), 0);
  ck_assert(!time_out(10));
  ck_assert_int_eq(ended.fault, FAULT_NETWORK);
  ck_assert_ptr_null(ended.advice);
  for (int run = 0; run < 3; run++) {
    probe_runtime_first(billing(), 0);
    ck_assert(asks(run < 2 ? "/dashboard/billing/subscription" : "/credits"));
    ended = (struct probe_result){.cause = CAUSE_CONNECTION};
    http_result_init(&ended.http);
    ended.http.transport_error = CAUSE_CONNECTION;
    ended.http.sent = run > 0;
    ck_assert(!probe_runtime_next(billing(), &ended, &other));
  }
  relay_runtime_free(&relay);
}
END_TEST

/* --- a random word -------------------------------------------------------- */

static char prompt[] = "Reply with exactly this word: %r", expect[] = "<%r>";

static void setup_word(const char *host) {
  unit_relay_init(&unit);
  unit.probes[UNIT_CHAT].prompt = prompt;
  unit.probes[UNIT_CHAT].expect = expect;
  ck_assert(relay_runtime_init(&relay, &unit.relay, &unit.bounds, host, 0, 0));
}

/* It is the one that is expected. */
static void request_word(double wall, char word[PROMPT_WORD + 1]) {
  const struct request *request = &relay.probes[UNIT_CHAT].request;
  char content[64];
  probe_runtime_first(&relay.probes[UNIT_CHAT], wall);
  ck_assert_int_eq(sscanf(request->expected, "<%8[a-z]>", word), 1);
  snprintf(content, sizeof content, ":\"Reply with exactly this word: %s\"",
           word);
  ck_assert_ptr_nonnull(strstr(request->body, content));
}

START_TEST(test_each_request_has_its_word) {
  char one[PROMPT_WORD + 1], next[PROMPT_WORD + 1], other_host[PROMPT_WORD + 1];
  setup_word("host");
  request_word(1700000000, one);
  request_word(1700000060, next);
  relay_runtime_free(&relay);
  setup_word("another host");
  request_word(1700000000, other_host);
  relay_runtime_free(&relay);
  ck_assert_str_ne(one, next);
  ck_assert_str_ne(one, other_host);
}
END_TEST

int main(void) {
  return UNIT_RUN("runtime", test_search_keeps_what_answers,
                  test_search_without_success, test_refused_key_becomes_good,
                  test_most_telling_place, test_new_key, test_search_is_ended,
                  test_search_is_out_of_time, test_place_does_not_answer,
                  test_two_requests, test_second_request_not_needed,
                  test_second_request_gets_the_remaining_time,
                  test_each_request_has_its_word);
}
