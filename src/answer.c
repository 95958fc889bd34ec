#include "answer.h"

#include "probe.h"

#include <stdio.h>
#include <string.h>

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

void answer_open(struct answer *answer, const struct probe_settings *probe,
                 const struct outcome *before, const struct secrets *secrets) {
  memset(answer, 0, offsetof(struct answer, body));
  answer->probe = probe;
  answer->before = before;
  answer->secrets = secrets;
  body_open(&answer->body, probe->stream, want, take, answer);
}

static size_t leading_space(const char *data, size_t length) {
  size_t n = 0;
  while (n < length && strchr(" \t\r\n", data[n]) != NULL && data[n] != '\0')
    n++;
  return n;
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
  if (length > 0 && !answer->html &&
      body_feed(&answer->body, data, length) == JSON_TOO_LARGE)
    answer->too_large = true;
  return !answer->too_large;
}

/* An error in the middle of a stream has no status of its own: where its words
 * do not tell, or it has none that can be read, it is the stream's. */
static enum cause error_cause(const struct answer *answer, int http_status) {
  enum cause cause = api_error_cause(&answer->error, http_status, answer->html);
  return answer->body.streams && http_status / 100 == 2 &&
                 cause == CAUSE_SERVER_ERROR
             ? CAUSE_STREAM_ERROR
             : cause;
}

static enum cause judge(const struct answer *answer, enum json_state json,
                        const struct exchange *exchange,
                        struct outcome *outcome) {
  bool success = exchange->http_status / 100 == 2;
  if (success && exchange->encoded)
    return CAUSE_MALFORMED;
  if (answer->too_large)
    return CAUSE_TOO_LARGE;
  if (success && json != JSON_COMPLETE && !answer->body.named_error)
    return CAUSE_MALFORMED;
  if (!success || answer->error.present)
    return error_cause(answer, exchange->http_status);
  return answer->probe->kind->judge(answer, outcome);
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

/* A probe may have found a code elsewhere. */
static void copy_error(const struct answer *answer, struct outcome *outcome) {
  if (answer->error.code[0] != '\0')
    snprintf(outcome->error_code, sizeof outcome->error_code, "%s",
             answer->error.code);
  snprintf(outcome->error_message, sizeof outcome->error_message, "%s",
           answer->error.message);
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
  outcome->cause = judge(answer, json, exchange, outcome);
  outcome->fault = causes[outcome->cause].fault;
  if (outcome->cause == CAUSE_OK)
    return;
  copy_error(answer, outcome);
  add_figures_of_failed(answer, exchange, outcome);
  /* A gateway may make a 500 of it, or say it in a stream. */
  if (outcome->cause == CAUSE_CLIENT_ERROR ||
      outcome->cause == CAUSE_SERVER_ERROR ||
      outcome->cause == CAUSE_STREAM_ERROR) {
    outcome->advice = api_error_advice(&answer->error);
    outcome->refuses_max_tokens = answer->error.refuses_max_tokens;
  }
}

void outcome_unsent(struct outcome *outcome, enum cause cause,
                    const char *detail) {
  *outcome = (struct outcome){.cause = cause, .fault = causes[cause].fault};
  exchange_init(&outcome->exchange);
  outcome->exchange.broken = cause;
  snprintf(outcome->exchange.detail, sizeof outcome->exchange.detail, "%s",
           detail);
}
