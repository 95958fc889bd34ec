#include "probe/answer.h"

#include "probe/api_verdict.h"
#include "probe/probe_kind.h"
#include "probe/prober.h"
#include "probe/request_advice.h"
#include "probe/vendor_trace.h"

#include <stdio.h>
#include <string.h>

static void on_error_text(void *user, const char *text, size_t length) {
  struct answer *answer = user;
  api_error_on_text(&answer->error, text, length, answer->secrets);
}

static enum completion_form form_of(const struct answer *answer) {
  return answer->probe->kind->prober->form;
}

static void on_match(void *user, int id, const struct json_value *value) {
  struct answer *answer = user;
  if (id < API_ERROR_SELECTORS)
    api_error_on_field(&answer->error, id, value, answer->secrets);
  else if (id < VENDOR_TRACE_SELECTORS)
    answer->probe->kind->prober->on_field(answer, id, value);
  else
    answer->completion.vendors |=
        vendor_trace_of_field(id, value, form_of(answer));
}

static void select_fields(void *user, struct json_reader *json) {
  struct answer *answer = user;
  api_error_select(json);
  answer->probe->kind->prober->select(answer, json);
  if (form_of(answer) != FORM_UNKNOWN)
    vendor_trace_select(json);
}

static const struct body_sink sink = {select_fields, on_match, on_error_text};

static enum body_streaming streaming_of(const struct probe_settings *probe) {
  if (probe->stream)
    return BODY_STREAMS;
  return probe_kind_has(probe->kind, PROBE_STREAMS) ? BODY_STREAMS_UNASKED
                                                    : BODY_NEVER_STREAMS;
}

void answer_open(struct answer *answer, const struct probe_settings *probe,
                 const struct probe_result *previous,
                 const struct secrets *secrets) {
  memset(answer, 0, offsetof(struct answer, head));
  answer->probe = probe;
  answer->previous = previous;
  answer->secrets = secrets;
  answer->error.model = probe->model;
  answer_expect(answer, NULL);
  body_open(&answer->body, streaming_of(probe), &sink, answer);
}

void answer_expect(struct answer *answer, const char *text) {
  expectation_open(&answer->expectation, text);
}

/* A status line begins other headers: there may be a 1xx or a proxy's before.
 */
void answer_header(struct answer *answer, const char *line, size_t length) {
  if (text_begins_with(line, length, "HTTP/"))
    answer->completion.vendors = 0;
  else if (form_of(answer) != FORM_UNKNOWN)
    answer->completion.vendors |=
        vendor_trace_of_header(line, length, form_of(answer));
}

static size_t leading_space(const char *data, size_t length) {
  size_t n = 0;
  while (n < length && strchr(" \t\r\n", data[n]) != NULL && data[n] != '\0')
    n++;
  return n;
}

static void buffer_head(struct answer *answer, const char *data,
                        size_t length) {
  size_t room = sizeof answer->head - answer->head_length;
  size_t more = length < room ? length : room;
  memcpy(answer->head + answer->head_length, data, more);
  answer->head_length += more;
}

bool answer_feed(struct answer *answer, const char *data, size_t length,
                 double now) {
  if (!answer->body.done) /* what follows [DONE] is ignored */
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
  buffer_head(answer, data, length);
  if (length > 0 && !answer->html &&
      body_feed(&answer->body, data, length) == JSON_TOO_LARGE)
    answer->too_large = true;
  return !answer->too_large;
}

static enum api_body body_kind(const struct answer *answer,
                               enum json_state json) {
  if (!answer->begun)
    return API_BODY_EMPTY;
  if (answer->html)
    return API_BODY_HTML;
  return json == JSON_COMPLETE ? API_BODY_JSON : API_BODY_TEXT;
}

/* An error within a stream has no status of its own: unless its words determine
 * the cause, it is a stream error. */
static void evaluate_error(struct answer *answer, enum api_body body,
                           struct probe_result *result) {
  int http_status = result->http.http_status;
  if (answer->error.text_count == 0 && body != API_BODY_HTML &&
      http_status / 100 != 2 && !result->http.encoded)
    api_error_on_text(&answer->error, answer->head, answer->head_length,
                      answer->secrets);
  struct api_verdict verdict =
      api_verdict_of(&answer->error, http_status, body);
  if (answer->body.streams && http_status / 100 == 2 &&
      verdict.cause == CAUSE_SERVER_ERROR)
    verdict.cause = CAUSE_STREAM_ERROR;
  result->cause = verdict.cause;
  result->fault = verdict.fault;
  result->advice = verdict.advice;
  if (result->cause == CAUSE_CLIENT_ERROR && result->advice == NULL)
    result->advice = request_advice(answer->probe, &answer->error);
  result->refuses_max_tokens = answer->error.refuses_max_tokens;
}

static void set_cause(struct probe_result *result, enum cause cause) {
  result->cause = cause;
  result->fault = causes[cause].fault;
}

static void evaluate(struct answer *answer, enum json_state json,
                     struct probe_result *result) {
  bool success = result->http.http_status / 100 == 2;
  enum api_body body = body_kind(answer, json);
  if (success && result->http.encoded)
    set_cause(result, CAUSE_MALFORMED);
  else if (answer->too_large)
    set_cause(result, CAUSE_TOO_LARGE);
  else if (success && json != JSON_COMPLETE && !answer->body.named_error)
    set_cause(result, CAUSE_MALFORMED);
  else if (!success || answer->error.present)
    evaluate_error(answer, body, result);
  else {
    set_cause(result, answer->probe->kind->prober->evaluate(answer, result));
    if (result->cause != CAUSE_OK && api_verdict_is_conclusive(&answer->error))
      evaluate_error(answer, body, result);
  }
}

/* The cause of an answer that was cut off; CAUSE_OK if everything that matters
 * had arrived. */
static enum cause evaluate_truncated(const struct answer *answer,
                                     enum json_state json,
                                     const struct http_result *http) {
  if (!answer->body.streams || !answer->probe->stream ||
      http->http_status / 100 != 2 || http->transport_error == CAUSE_INTERNAL)
    return http->transport_error;
  bool complete = json == JSON_COMPLETE || answer->body.named_error;
  return answer->error.present && complete
             ? CAUSE_OK
             : answer->probe->kind->prober->on_truncated(answer,
                                                         http->transport_error);
}

/* Keeps what the probe kind has found. If there is no message either, the
 * beginning of the body is shown. */
static void copy_error(const struct answer *answer,
                       struct probe_result *result) {
  if (answer->error.code[0] != '\0')
    snprintf(result->error_code, sizeof result->error_code, "%s",
             answer->error.code);
  if (result->error_message[0] != '\0')
    return;
  if (answer->error.message[0] != '\0')
    snprintf(result->error_message, sizeof result->error_message, "%s",
             answer->error.message);
  else if (!result->http.encoded)
    text_sanitize(result->error_message, sizeof result->error_message,
                  answer->head, answer->head_length, answer->secrets);
}

/* A stream that was cut off still has a time to the first token; without it,
 * the slowest streams would be missing. */
static void add_partial_stats(const struct answer *answer,
                              const struct http_result *http,
                              struct probe_result *result) {
  if (answer->body.streams && answer->probe->stream &&
      http->http_status / 100 == 2)
    answer->probe->kind->prober->add_stats(answer, result);
}

void answer_close(struct answer *answer, const struct http_result *http,
                  struct probe_result *result) {
  enum json_state json = body_close(&answer->body);
  *result = (struct probe_result){.http = *http};
  answer->error.present = answer->error.present || answer->body.named_error;
  if (answer->error.number == 0)
    answer->error.number = answer->body.status;
  if (http->transport_error != CAUSE_OK && !answer->too_large) {
    result->cause = evaluate_truncated(answer, json, http);
    result->fault = result->cause == http->transport_error
                        ? http->fault
                        : causes[result->cause].fault;
    if (result->cause != CAUSE_OK) {
      add_partial_stats(answer, http, result);
      return;
    }
    result->http.duration = answer->now;
  }
  result->http.transport_error = CAUSE_OK;
  evaluate(answer, json, result);
  if (result->cause == CAUSE_OK)
    return;
  copy_error(answer, result);
  add_partial_stats(answer, http, result);
}

void probe_result_unsent(struct probe_result *result, enum cause cause,
                         const char *detail) {
  *result = (struct probe_result){.cause = cause, .fault = causes[cause].fault};
  http_result_init(&result->http);
  result->http.transport_error = cause;
  snprintf(result->http.detail, sizeof result->http.detail, "%s", detail);
}
