#include "probe/answer.h"

#include "probe/prober.h"

#include <stdio.h>
#include <string.h>

static void take_text(void *user, const char *text, size_t length) {
  struct answer *answer = user;
  api_error_take_text(&answer->error, text, length, answer->secrets);
}

static void take(void *user, int id, const struct json_value *value) {
  struct answer *answer = user;
  if (id < API_ERROR_WANTS)
    api_error_take(&answer->error, id, value, answer->secrets);
  else
    answer->probe->kind->take(answer, id, value);
}

static void want(void *user, struct json_reader *json) {
  struct answer *answer = user;
  api_error_want(json);
  answer->probe->kind->want(answer, json);
}

static const struct body_sink sink = {want, take, take_text};

void answer_open(struct answer *answer, const struct probe_settings *probe,
                 const struct outcome *before, const struct secrets *secrets) {
  memset(answer, 0, offsetof(struct answer, head));
  answer->probe = probe;
  answer->before = before;
  answer->secrets = secrets;
  answer->error.model = probe->model;
  body_open(&answer->body, probe->stream, &sink, answer);
}

static size_t leading_space(const char *data, size_t length) {
  size_t n = 0;
  while (n < length && strchr(" \t\r\n", data[n]) != NULL && data[n] != '\0')
    n++;
  return n;
}

static void keep_head(struct answer *answer, const char *data, size_t length) {
  size_t room = sizeof answer->head - answer->head_length;
  size_t more = length < room ? length : room;
  memcpy(answer->head + answer->head_length, data, more);
  answer->head_length += more;
}

bool answer_feed(struct answer *answer, const char *data, size_t length,
                 double now) {
  if (!answer->body.marked_end) /* what comes behind a stream is no matter */
    answer->now = now;
  if (length > ANSWER_BODY_MAX - answer->received) {
    answer->too_large = true;
    return false;
  }
  answer->received += length;
  if (!answer->begun) {
    size_t space = leading_space(data, length);
    data += space;
    length -= space;
    answer->begun = length > 0;
    answer->html = answer->begun && data[0] == '<';
  }
  keep_head(answer, data, length);
  if (length > 0 && !answer->html &&
      body_feed(&answer->body, data, length) == JSON_TOO_LARGE)
    answer->too_large = true;
  return !answer->too_large;
}

static enum api_body body_kind(const struct answer *answer,
                               enum json_state json) {
  if (!answer->begun)
    return API_BODY_NONE;
  if (answer->html)
    return API_BODY_PAGE;
  return json == JSON_COMPLETE ? API_BODY_JSON : API_BODY_TEXT;
}

/* An error in the middle of a stream has no status of its own: where its words
 * do not tell, or it has none that can be read, it is the stream's. */
static void judge_error(struct answer *answer, enum api_body body,
                        struct outcome *outcome) {
  int http_status = outcome->exchange.http_status;
  if (answer->error.texts == 0 && body != API_BODY_PAGE &&
      http_status / 100 != 2 && !outcome->exchange.encoded)
    api_error_take_text(&answer->error, answer->head, answer->head_length,
                        answer->secrets);
  struct api_verdict verdict =
      api_error_verdict(&answer->error, http_status, body);
  if (answer->body.streams && http_status / 100 == 2 &&
      verdict.cause == CAUSE_SERVER_ERROR)
    verdict.cause = CAUSE_STREAM_ERROR;
  outcome->cause = verdict.cause;
  outcome->fault = verdict.fault;
  outcome->advice = verdict.advice;
  outcome->refuses_max_tokens = answer->error.refuses_max_tokens;
}

static void set_cause(struct outcome *outcome, enum cause cause) {
  outcome->cause = cause;
  outcome->fault = causes[cause].fault;
}

static void judge(struct answer *answer, enum json_state json,
                  struct outcome *outcome) {
  bool success = outcome->exchange.http_status / 100 == 2;
  enum api_body body = body_kind(answer, json);
  if (success && outcome->exchange.encoded)
    set_cause(outcome, CAUSE_MALFORMED);
  else if (answer->too_large)
    set_cause(outcome, CAUSE_TOO_LARGE);
  else if (success && json != JSON_COMPLETE && !answer->body.named_error)
    set_cause(outcome, CAUSE_MALFORMED);
  else if (!success || answer->error.present)
    judge_error(answer, body, outcome);
  else {
    set_cause(outcome, answer->probe->kind->judge(answer, outcome));
    if (outcome->cause != CAUSE_OK && api_error_tells(&answer->error))
      judge_error(answer, body, outcome);
  }
}

/* An answer that broke off: CAUSE_OK when all that matters had come. */
static enum cause broken_off(const struct answer *answer, enum json_state json,
                             const struct exchange *exchange) {
  if (!answer->body.streams || exchange->http_status / 100 != 2 ||
      exchange->broken == CAUSE_INTERNAL)
    return exchange->broken;
  bool told = json == JSON_COMPLETE || answer->body.named_error;
  return answer->error.present && told
             ? CAUSE_OK
             : answer->probe->kind->cut(answer, exchange->broken);
}

/* A probe may have found a code elsewhere. Where the relay put its words
 * nowhere that is known, those at the beginning of the body are shown. */
static void copy_error(const struct answer *answer, struct outcome *outcome) {
  if (answer->error.code[0] != '\0')
    snprintf(outcome->error_code, sizeof outcome->error_code, "%s",
             answer->error.code);
  if (answer->error.message[0] != '\0')
    snprintf(outcome->error_message, sizeof outcome->error_message, "%s",
             answer->error.message);
  else if (!outcome->exchange.encoded)
    text_printable(outcome->error_message, sizeof outcome->error_message,
                   answer->head, answer->head_length, answer->secrets);
}

/* How long the first piece took is known also of a stream that broke off: else
 * those that are the slowest would be missing. */
static void add_figures_of_failed(const struct answer *answer,
                                  const struct exchange *exchange,
                                  struct outcome *outcome) {
  if (answer->body.streams && answer->probe->stream &&
      exchange->http_status / 100 == 2)
    answer->probe->kind->figures(answer, outcome);
}

void answer_close(struct answer *answer, const struct exchange *exchange,
                  struct outcome *outcome) {
  enum json_state json = body_close(&answer->body);
  *outcome = (struct outcome){.exchange = *exchange};
  answer->error.present = answer->error.present || answer->body.named_error;
  if (answer->error.number == 0)
    answer->error.number = answer->body.status;
  if (exchange->broken != CAUSE_OK && !answer->too_large) {
    outcome->cause = broken_off(answer, json, exchange);
    outcome->fault = outcome->cause == exchange->broken
                         ? exchange->fault
                         : causes[outcome->cause].fault;
    if (outcome->cause != CAUSE_OK) {
      add_figures_of_failed(answer, exchange, outcome);
      return;
    }
    outcome->exchange.duration = answer->now;
  }
  outcome->exchange.broken = CAUSE_OK;
  judge(answer, json, outcome);
  if (outcome->cause == CAUSE_OK)
    return;
  copy_error(answer, outcome);
  add_figures_of_failed(answer, exchange, outcome);
}

void outcome_unsent(struct outcome *outcome, enum cause cause,
                    const char *detail) {
  *outcome = (struct outcome){.cause = cause, .fault = causes[cause].fault};
  exchange_init(&outcome->exchange);
  outcome->exchange.broken = cause;
  snprintf(outcome->exchange.detail, sizeof outcome->exchange.detail, "%s",
           detail);
}
