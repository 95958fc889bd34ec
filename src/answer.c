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

void answer_open(struct answer *answer, const struct probe_settings *probe,
                 const struct secrets *secrets) {
  memset(answer, 0, offsetof(struct answer, json));
  answer->probe = probe;
  answer->secrets = secrets;
  json_open(&answer->json, take, answer);
  api_error_want(&answer->json);
  probe->kind->want(answer);
}

static size_t leading_space(const char *data, size_t length) {
  size_t n = 0;
  while (n < length && strchr(" \t\r\n", data[n]) != NULL && data[n] != '\0')
    n++;
  return n;
}

bool answer_feed(struct answer *answer, const char *data, size_t length) {
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
      json_feed(&answer->json, data, length) == JSON_TOO_LARGE)
    answer->too_large = true;
  return !answer->too_large;
}

static enum cause judge(const struct answer *answer, enum json_state json,
                        const struct exchange *exchange,
                        struct outcome *outcome) {
  bool success = exchange->http_status / 100 == 2;
  if (success && exchange->encoded)
    return CAUSE_MALFORMED;
  if (answer->too_large)
    return CAUSE_TOO_LARGE;
  if (success && json != JSON_COMPLETE)
    return CAUSE_MALFORMED;
  if (!success || answer->error.present)
    return api_error_cause(&answer->error, exchange->http_status, answer->html);
  return answer->probe->kind->judge(answer, outcome);
}

void answer_close(struct answer *answer, const struct exchange *exchange,
                  struct outcome *outcome) {
  enum json_state json = json_close(&answer->json);
  *outcome = (struct outcome){.exchange = *exchange};
  if (exchange->broken != CAUSE_OK && !answer->too_large) {
    outcome->cause = exchange->broken;
    outcome->fault = exchange->fault;
    return;
  }
  outcome->exchange.broken = CAUSE_OK;
  outcome->cause = judge(answer, json, exchange, outcome);
  outcome->fault = causes[outcome->cause].fault;
  if (outcome->cause == CAUSE_OK)
    return;
  snprintf(outcome->error_code, sizeof outcome->error_code, "%s",
           answer->error.code);
  snprintf(outcome->error_message, sizeof outcome->error_message, "%s",
           answer->error.message);
}

void outcome_unsent(struct outcome *outcome, enum cause cause,
                    const char *detail) {
  *outcome = (struct outcome){.cause = cause, .fault = causes[cause].fault};
  exchange_init(&outcome->exchange);
  outcome->exchange.broken = cause;
  snprintf(outcome->exchange.detail, sizeof outcome->exchange.detail, "%s",
           detail);
}
