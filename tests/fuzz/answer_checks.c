#include "answer_checks.h"

#include "fuzz.h"
#include "probe/answer.h"
#include "probe/billing_preset.h"
#include "probe/probe_kind.h"
#include "probe/vendor_trace.h"
#include "state/incident_messages.h"

#include <math.h>
#include <string.h>

#include <yajl/yajl_tree.h>

/* A probe that reads the body. */
struct reader {
  const char *preset; /* billing preset, or NULL */
  bool second;        /* reads the response to its second request */
  struct probe_settings probe;
};

static char mini[] = "gpt-4o-mini", other[] = "gpt-4o";
static struct required required[] = {{.id = mini}, {.id = other}};

/* Includes the usual keys of a balance, and unreasonable ones that a user may
 * configure. */
static struct reader readers[] = {
    {.probe = {.kind = &probe_kinds[KIND_MODELS],
               .required = required,
               .required_count = sizeof required / sizeof *required}},
    {.probe = {.kind = &probe_kinds[KIND_CHAT],
               .model = mini,
               .prompt = "ping"}},
    {.probe = {.kind = &probe_kinds[KIND_MESSAGES],
               .model = mini,
               .prompt = "ping"}},
    {.probe = {.kind = &probe_kinds[KIND_RESPONSES],
               .model = mini,
               .prompt = "ping"}},
    {.probe = {.kind = &probe_kinds[KIND_EMBEDDINGS],
               .model = mini,
               .prompt = "ping"}},
    {.preset = "holysheep"},
    {.preset = "new-api"},
    {.preset = "new-api", .second = true},
    {.preset = "openrouter"},
    {.preset = "deepseek", .probe = {.scale = 0.01}},
    {.preset = "sub2api"},
    {.preset = "siliconflow", .probe = {.in_yuan = true, .scale = 0.14}},
    {.preset = "moonshot"},
    {.probe = {.remaining_key = "data/balance", .scale = 1e12}},
    {.probe = {.remaining_key = "*/*", .scale = 1e-12}},
    {.probe = {.remaining_key = "a//0/"}},
    {.probe = {.limit_key = "data/total_granted",
               .used_key = "data/total_used",
               .expires_key = "data/expires_at",
               .scale = 1e12}},
};

/* Readers without a kind are billing probes. */
static void prepare(struct reader *reader) {
  struct probe_settings *probe = &reader->probe;
  if (probe->kind != NULL)
    return;
  probe->kind = &probe_kinds[KIND_BILLING];
  if (reader->preset != NULL)
    probe->preset = billing_preset_find(reader->preset);
  FUZZ_CHECK(billing_preset_apply(probe));
  if (probe->scale <= 0)
    probe->scale = 1;
}

/* Splits a body: returns the length of the next chunk. */
typedef size_t chunk_size(struct fuzz_random *random, size_t left);

static size_t whole_body(struct fuzz_random *random, size_t left) {
  (void)random;
  return left;
}

static size_t single_bytes(struct fuzz_random *random, size_t left) {
  (void)random;
  (void)left;
  return 1;
}

/* Mostly short chunks, sometimes empty ones, sometimes all the rest. */
static size_t random_size(struct fuzz_random *random, size_t left) {
  size_t limit = (size_t)1 << fuzz_random_below(random, 14);
  size_t length = fuzz_random_below(random, limit + 1);
  return length < left ? length : left;
}

/* The chunk is at the end of its buffer: a read beyond it is detected. */
static bool feed(struct answer *answer, const uint8_t *data, size_t size) {
  static char room[ANSWER_CHECKS_BODY_MAX];
  char *piece = room + sizeof room - size;
  memcpy(piece, data, size);
  return answer_feed(answer, piece, size, 1);
}

static void read_body(const struct reader *reader, const uint8_t *body,
                      size_t size, const struct http_result *http,
                      chunk_size *next, struct fuzz_random *random,
                      struct probe_result *result) {
  static const struct probe_result before = {.has_limit = true, .limit = 20};
  static struct answer answer; /* large */
  answer_open(&answer, &reader->probe, reader->second ? &before : NULL,
              &fuzz_secrets);
  for (size_t at = 0, length; at < size; at += length)
    if (!feed(&answer, body + at, length = next(random, size - at)))
      break;
  answer_close(&answer, http, result);
}

bool answer_checks_is_json(const uint8_t *body, size_t size) {
  char *text = malloc(size + 1);
  FUZZ_CHECK(text != NULL);
  memcpy(text, body, size);
  text[size] = '\0';
  yajl_val tree = yajl_tree_parse(text, NULL, 0);
  yajl_tree_free(tree);
  free(text);
  return tree != NULL;
}

/* A successful billing result is a balance, an unlimited key, or the first of
 * two requests. */
static void check_budget(const struct probe_result *result) {
  FUZZ_CHECK(result->has_balance + result->unlimited +
                 result->needs_second_request ==
             1);
}

static void check_success(const struct reader *reader,
                          const struct probe_result *result,
                          const uint8_t *body, size_t size) {
  const struct probe_settings *probe = &reader->probe;
  FUZZ_CHECK(result->http.http_status / 100 == 2);
  FUZZ_CHECK(result->error_code[0] == '\0');
  FUZZ_CHECK(result->error_message[0] == '\0');
  FUZZ_CHECK(result->advice == NULL);
  FUZZ_CHECK(result->has_models == (probe->kind == &probe_kinds[KIND_MODELS]));
  FUZZ_CHECK(probe->stream || answer_checks_is_json(body, size));
  if (probe->kind == &probe_kinds[KIND_BILLING])
    check_budget(result);
}

static void check_money(bool there, double dollars) {
  FUZZ_CHECK(!there || fabs(dollars) <= 1e12);
}

static void check_figures(const struct reader *reader,
                          const struct probe_result *result) {
  const struct probe_settings *probe = &reader->probe;
  bool billing = probe->kind == &probe_kinds[KIND_BILLING];
  check_money(result->has_balance, result->balance);
  check_money(result->has_limit, result->limit);
  check_money(result->has_used, result->used);
  FUZZ_CHECK(billing || (!result->has_balance && !result->has_limit &&
                         !result->has_used && result->key_expiry == 0));
  FUZZ_CHECK(result->key_expiry >= KEY_EXPIRES_NEVER);
  FUZZ_CHECK(result->key_expiry < INT64_C(253370764800)); /* the year 9999 */
  FUZZ_CHECK(probe_kind_has(probe->kind, PROBE_USES_TOKENS) ||
             (!result->has_usage && !result->model_mismatch));
  FUZZ_CHECK(result->vendors < VENDOR_BIT(VENDORS));
  FUZZ_CHECK(probe_kind_has(probe->kind, PROBE_COMPLETES) ||
             result->vendors == 0);
  FUZZ_CHECK((result->prompt_tokens > 0) == result->has_usage);
  FUZZ_CHECK(result->prompt_tokens <= 1000000000);
  FUZZ_CHECK(result->completion_tokens <= 1000000000);
  FUZZ_CHECK(result->cost >= 0 && result->cost <= 1e9);
  FUZZ_CHECK(!result->has_stream || probe->stream);
  FUZZ_CHECK(result->required < UINT64_C(1) << probe->required_count);
}

/* Tokens that were counted must be paid for, even if the answer is empty. */
static void check_failure(const struct reader *reader,
                          const struct probe_result *result) {
  bool nothing = result->cause == CAUSE_EMPTY_ANSWER;
  FUZZ_CHECK(!result->has_balance && !result->has_models);
  FUZZ_CHECK(!result->has_usage || reader->probe.stream || nothing ||
             result->cause == CAUSE_SERVER_ERROR);
  FUZZ_CHECK(!nothing || probe_kind_has(reader->probe.kind, PROBE_USES_TOKENS));
  FUZZ_CHECK(!nothing || !result->has_stream);
}

static void check_result(const struct reader *reader,
                         const struct http_result *http,
                         const struct probe_result *result, const uint8_t *body,
                         size_t size) {
  FUZZ_CHECK(result->cause < CAUSE_COUNT);
  FUZZ_CHECK(result->cause != CAUSE_PENDING);
  FUZZ_CHECK(result->cause != CAUSE_SUPPRESSED);
  FUZZ_CHECK(
      result->fault == causes[result->cause].fault ||
      (result->fault == FAULT_LOCAL && result->cause == CAUSE_CLIENT_ERROR));
  FUZZ_CHECK(result->http.transport_error == CAUSE_OK ||
             result->http.transport_error == http->transport_error);
  fuzz_check_text(result->error_code);
  fuzz_check_text(result->error_message);
  if (result->cause == CAUSE_OK)
    check_success(reader, result, body, size);
  else
    check_failure(reader, result);
  check_figures(reader, result);
}

/* The texts that users see. */
static void check_messages(const struct reader *reader,
                           const struct probe_result *result) {
  static const struct relay_settings settings = {.name = "a\nname"};
  static struct probe_state probe; /* large */
  static struct probe_incident incident = {.involved = true,
                                           .incident.phase = INCIDENT_OPEN};
  struct relay_state relay = {
      .settings = &settings,
      .probes = &probe,
      .incidents = {.probes = &incident, .count = 1, .open = true}};
  char line[MESSAGE_MAX], text[NOTIFICATION_MAX];
  probe.settings = &reader->probe;
  message_verdict(line, &relay, 0, result);
  fuzz_check_text(line);
  if (result->cause == CAUSE_OK)
    return;
  probe.failure = *result;
  incident.incident.problem = problem_of(result->cause, result->fault);
  relay.incidents.problem = incident.incident.problem;
  message_incident(line, &relay, INCIDENT_BEGAN);
  fuzz_check_text(line);
  message_notify_incident(text, &relay, INCIDENT_BEGAN);
  fuzz_check_text(text);
}

static void check_same_number(bool there, bool also, const double *a,
                              const double *b) {
  FUZZ_CHECK(there == also);
  FUZZ_CHECK(!there || memcmp(a, b, sizeof *a) == 0);
}

static void check_same(const struct probe_result *a,
                       const struct probe_result *b) {
  FUZZ_CHECK(a->cause == b->cause && a->fault == b->fault);
  FUZZ_CHECK(strcmp(a->error_code, b->error_code) == 0);
  FUZZ_CHECK(strcmp(a->error_message, b->error_message) == 0);
  FUZZ_CHECK(a->advice == b->advice);
  FUZZ_CHECK(a->has_usage == b->has_usage);
  FUZZ_CHECK(a->prompt_tokens == b->prompt_tokens);
  FUZZ_CHECK(a->completion_tokens == b->completion_tokens);
  FUZZ_CHECK(a->has_cost == b->has_cost);
  FUZZ_CHECK(a->model_mismatch == b->model_mismatch);
  FUZZ_CHECK(a->vendors == b->vendors);
  FUZZ_CHECK(a->has_stream == b->has_stream);
  check_same_number(a->has_balance, b->has_balance, &a->balance, &b->balance);
  check_same_number(a->has_limit, b->has_limit, &a->limit, &b->limit);
  check_same_number(a->has_used, b->has_used, &a->used, &b->used);
  FUZZ_CHECK(a->unlimited == b->unlimited);
  FUZZ_CHECK(a->key_expiry == b->key_expiry);
  FUZZ_CHECK(a->needs_second_request == b->needs_second_request);
  FUZZ_CHECK(a->models == b->models && a->required == b->required);
}

static void check(const struct reader *reader, const uint8_t *body, size_t size,
                  const struct http_result *http, chunk_size *next,
                  struct probe_result *whole) {
  struct fuzz_random random;
  struct probe_result pieces;
  fuzz_random_begin(&random, body, size);
  read_body(reader, body, size, http, whole_body, &random, whole);
  check_result(reader, http, whole, body, size);
  check_messages(reader, whole);
  read_body(reader, body, size, http, next, &random, &pieces);
  check_same(whole, &pieces);
}

static struct http_result make_http_result(int http_status,
                                           enum cause transport_error) {
  struct http_result http;
  http_result_init(&http);
  http.http_status = http_status;
  http.attempted = true;
  http.transport_error = transport_error;
  http.fault = causes[transport_error].fault;
  return http;
}

void answer_checks_body(const uint8_t *body, size_t size, int http_status) {
  struct http_result http = make_http_result(http_status, CAUSE_OK);
  struct probe_result result;
  if (size > ANSWER_CHECKS_BODY_MAX)
    return;
  /* Single bytes are slow; once is enough, because all read JSON alike. */
  for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
    prepare(&readers[i]);
    check(&readers[i], body, size, &http, i == 0 ? single_bytes : random_size,
          &result);
  }
}

void answer_checks_kind(unsigned kind, const uint8_t *body, size_t size,
                        enum cause transport_error,
                        struct probe_result *result) {
  const struct reader reader = {
      .probe = {.kind = &probe_kinds[kind],
                .model = mini,
                .prompt = "ping",
                .timeout = 30 * USEC_PER_SEC,
                .stream = probe_kind_has(&probe_kinds[kind], PROBE_STREAMS)}};
  struct http_result http = make_http_result(200, transport_error);
  /* Single bytes are slow, and how a transfer ends is of no matter to them. */
  if (transport_error == CAUSE_OK)
    check(&reader, body, size, &http, single_bytes, result);
  check(&reader, body, size, &http, random_size, result);
}
