#include "probe/body.h"

#include "base/text.h"

#include <string.h>

static const char done_marker[] = "[DONE]";

_Static_assert(sizeof done_marker - 1 == BODY_DONE_MAX,
               "the marker fits exactly");

/* --- documents ----------------------------------------------------------- */

static void begin_document(struct body *body) {
  json_open(&body->json, body->sink->on_match, body->user);
  body->sink->select(body->user, &body->json);
  body->in_document = true;
}

static void end_document(struct body *body) {
  enum json_state state = json_close(&body->json);
  body->in_document = false;
  if (state == JSON_COMPLETE)
    body->documents++;
  else if (!body->closing || state == JSON_TOO_LARGE)
    body->state = state;
}

static void feed_document(struct body *body, const char *data, size_t length) {
  if (!body->in_document)
    begin_document(body);
  if (json_feed(&body->json, data, length) == JSON_TOO_LARGE)
    body->state = JSON_TOO_LARGE;
}

/* --- events -------------------------------------------------------------- */

static bool may_be_marker(const struct body *body) {
  return memcmp(body->marker, done_marker, body->marker_length) == 0;
}

/* What looked like the marker is the beginning of a document. */
static void flush_marker(struct body *body) {
  size_t length = body->marker_length;
  body->marker_length = 0;
  feed_document(body, body->marker, length);
}

static void buffer_event(struct body *body, const char *data, size_t length) {
  size_t room = sizeof body->event - body->event_length;
  size_t more = length < room ? length : room;
  memcpy(body->event + body->event_length, data, more);
  body->event_length += more;
}

/* Like OpenAI's clients, compares only an event's first bytes with the marker:
 * what follows it does not matter. */
static void on_data(void *user, const char *data, size_t length) {
  struct body *body = user;
  if (body->state != JSON_READING || body->done)
    return;
  buffer_event(body, data, length);
  while (length > 0 && !body->in_document &&
         body->marker_length < BODY_DONE_MAX) {
    body->marker[body->marker_length++] = *data++;
    length--;
    if (!may_be_marker(body))
      flush_marker(body);
  }
  body->done = body->marker_length == BODY_DONE_MAX;
  if (length > 0 && !body->done)
    feed_document(body, data, length);
}

/* An error event may contain plain text instead of JSON. */
static void end_error(struct body *body) {
  size_t documents = body->documents;
  body->named_error = true;
  end_document(body);
  if (body->documents > documents || body->state == JSON_TOO_LARGE)
    return;
  body->state = JSON_READING;
  body->sink->error_text(body->user, body->event, body->event_length);
}

static void on_end(void *user, bool named_error) {
  struct body *body = user;
  if (body->state != JSON_READING || body->done)
    return;
  if (!body->in_document)
    flush_marker(body);
  if (named_error)
    end_error(body);
  else
    end_document(body);
  body->event_length = 0;
  body->done = body->last;
}

/* DashScope sends the status of an error as a comment: `:HTTP_STATUS/429`. */
static void on_comment(void *user, const char *text, size_t length) {
  static const char name[] = "HTTP_STATUS/";
  struct body *body = user;
  size_t size = sizeof name - 1;
  if (length != size + 3 || !text_begins_with(text, length, name))
    return;
  int status = 0;
  for (const char *digit = text + size; digit < text + length; digit++)
    status = *digit >= '0' && *digit <= '9' ? status * 10 + (*digit - '0') : 0;
  if (status >= 400 && status < 600)
    body->status = status;
}

static const struct sse_sink events = {on_data, on_end, on_comment};

/* --- the body ------------------------------------------------------------ */

void body_open(struct body *body, enum body_streaming streaming,
               const struct body_sink *sink, void *user) {
  memset(body, 0, offsetof(struct body, json));
  body->sink = sink;
  body->user = user;
  body->streaming = streaming;
}

/* No document begins like one of the fields data, event, id and retry, or like
 * a comment. */
static bool begins_stream(enum body_streaming streaming, char first) {
  if (streaming == BODY_STREAMS)
    return strchr("{[<", first) == NULL;
  return streaming == BODY_STREAMS_UNASKED && first != '\0' &&
         strchr("deir:", first) != NULL;
}

/* A relay may stream under any content type, without having been asked, or
 * answer a request for a stream with an error that is not one: the first byte
 * decides. */
static void detect_format(struct body *body, char first) {
  body->begun = true;
  body->streams = begins_stream(body->streaming, first);
  if (body->streams)
    sse_open(&body->sse, &events, body);
}

enum json_state body_feed(struct body *body, const char *data, size_t length) {
  if (length == 0 || body->state != JSON_READING)
    return body->state;
  if (!body->begun)
    detect_format(body, *data);
  if (body->streams)
    sse_feed(&body->sse, data, length);
  else
    feed_document(body, data, length);
  return body->state;
}

void body_end(struct body *body) { body->last = body->streams; }

enum json_state body_close(struct body *body) {
  body->closing = body->streams;
  if (body->streams && body->state == JSON_READING)
    sse_close(&body->sse);
  if (body->in_document)
    end_document(body);
  if (body->state == JSON_READING)
    body->state = body->documents > 0 ? JSON_COMPLETE : JSON_INVALID;
  return body->state;
}
