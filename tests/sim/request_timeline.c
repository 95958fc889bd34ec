#include "request_timeline.h"

#include "healthy.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* How long each step of a connection takes, where it is made. */
static const usec look_up = 1000, connect = 1000, handshake = 3000;

/* A standstill that is longer is forgiven a request: see http/. */
static const usec forgiven = USEC_PER_SEC;

/* Days for which a certificate is good when the story begins. */
enum { CERTIFICATE_DAYS = 90 };

/* --- how a break looks ---------------------------------------------------- */

enum reach { REACHES_NOTHING, REACHES_PEER, REACHES_RELAY };

struct break_row {
  enum reach reach; /* how far the request comes */
  bool answers;     /* its answer begins */
  bool hangs;       /* until the timeout */
  enum cause cause;
  enum fault fault;
  usec after;
  const char *detail;
};

static const struct break_row breaks[BREAK_KINDS] = {
    [BREAK_REFUSED] = {REACHES_NOTHING, false, false, CAUSE_CONNECTION,
                       FAULT_RELAY, 2000, "Could not connect to server"},
    [BREAK_RESET] = {REACHES_RELAY, false, false, CAUSE_CONNECTION, FAULT_RELAY,
                     200000, "Recv failure: Connection reset by peer"},
    [BREAK_DNS] = {REACHES_NOTHING, false, false, CAUSE_DNS, FAULT_NETWORK,
                   20000, "Name or service not known"},
    [BREAK_UNROUTABLE] = {REACHES_NOTHING, false, false, CAUSE_CONNECTION,
                          FAULT_NETWORK, 1000, "Network is unreachable"},
    [BREAK_DROPPED] = {REACHES_NOTHING, false, true, CAUSE_TIMEOUT,
                       FAULT_NETWORK, 0, "Connection timed out"},
    [BREAK_HANG] = {REACHES_RELAY, false, true, CAUSE_TIMEOUT, FAULT_RELAY, 0,
                    "Operation timed out"},
    [BREAK_TLS_EXPIRED] = {REACHES_PEER, false, false, CAUSE_TLS_EXPIRED,
                           FAULT_RELAY, 5000,
                           "SSL certificate problem: certificate has expired"},
    [BREAK_TLS_NAME] = {REACHES_PEER, false, false, CAUSE_TLS_NAME, FAULT_RELAY,
                        5000,
                        "SSL: no alternative certificate subject name matches "
                        "target host name"},
    [BREAK_TLS_ISSUER] = {REACHES_PEER, false, false, CAUSE_TLS_ISSUER,
                          FAULT_RELAY, 5000,
                          "SSL certificate problem: unable to get local issuer "
                          "certificate"},
    [BREAK_CUT] = {REACHES_RELAY, true, false, CAUSE_CONNECTION, FAULT_RELAY, 0,
                   "transfer closed with outstanding read data remaining"},
    [BREAK_STALL] = {REACHES_RELAY, true, true, CAUSE_TIMEOUT, FAULT_RELAY, 0,
                     "Operation timed out"},
};

static const struct break_row timed_out = {
    REACHES_RELAY,        true, true, CAUSE_TIMEOUT, FAULT_RELAY, 0,
    "Operation timed out"};

/* --- time ----------------------------------------------------------------- */

struct request_timeline {
  const struct virtual_clock *clock;
  const struct request *request;
  struct response *response;
  usec began;
  usec phases[PHASE_COUNT]; /* below 0: did not run */
  usec sent, first;         /* since it began; below 0: not */
  int status;
  usec end;         /* since it began, on the wire */
  bool interrupted; /* by a standstill */
};

static bool counts(const struct request_timeline *course,
                   const struct standstill *one) {
  return one->to - one->from > forgiven && one->from >= course->began;
}

/* When what comes at a time of the wire is read. */
static usec read_at(const struct request_timeline *course, usec time) {
  time += course->began;
  for (size_t i = 0; i < course->clock->standstill_count; i++) {
    const struct standstill *one = &course->clock->standstills[i];
    if (one->from <= time && time < one->to)
      time = one->to;
  }
  return time;
}

/* And how old the request is then, by its own clock. */
static usec age_at(const struct request_timeline *course, usec time) {
  usec read = read_at(course, time), age = read - course->began;
  for (size_t i = 0; i < course->clock->standstill_count; i++) {
    const struct standstill *one = &course->clock->standstills[i];
    if (counts(course, one) && one->to <= read)
      age -= one->to - one->from;
  }
  return age;
}

static usec time_allowed(const struct request_timeline *course) {
  return response_awaits_token(course->response)
             ? course->request->probe->first_token_timeout
             : course->request->timeout;
}

/* When the timeout has passed, by that clock. */
static usec timeout_at(struct request_timeline *course) {
  usec time = time_allowed(course);
  for (size_t i = 0; i < course->clock->standstill_count; i++) {
    const struct standstill *one = &course->clock->standstills[i];
    if (counts(course, one) && one->from < course->began + time)
      time += one->to - one->from;
  }
  return time;
}

static bool in_time(const struct request_timeline *course, usec time) {
  return age_at(course, time) < time_allowed(course);
}

/* --- the connection ------------------------------------------------------- */

static bool is_tls(const struct request_timeline *course) {
  return strncmp(course->request->url, "https:", 6) == 0;
}

/* An address is not looked up. */
static bool has_name(const struct request_timeline *course) {
  const char *host = strstr(course->request->url, "://") + 3;
  return *host != '[' && !isdigit((unsigned char)*host);
}

static void open_connection(struct request_timeline *course, enum reach reach,
                            bool known) {
  usec at = 0;
  if (known && has_name(course))
    at += course->phases[PHASE_DNS] = look_up;
  if (reach >= REACHES_PEER)
    at += course->phases[PHASE_CONNECT] = connect;
  if (reach >= REACHES_RELAY && is_tls(course))
    at += course->phases[PHASE_TLS] = handshake;
  if (reach >= REACHES_RELAY)
    course->sent = at;
  course->end = at;
}

/* --- the answer ----------------------------------------------------------- */

/* A line of the head; false where it is too long. */
static bool take_line(struct request_timeline *course, const char *text) {
  char line[4096];
  usec read = read_at(course, course->first);
  int length = snprintf(line, sizeof line, "%s\r\n", text);
  if (length >= (int)sizeof line)
    length = sizeof line - 1;
  return response_header(course->response, line, (size_t)length,
                         virtual_clock_wall(course->clock, read));
}

static bool take_head(struct request_timeline *course,
                      const struct story_answer *answer) {
  char status[32];
  course->status = (int)answer->status;
  course->phases[PHASE_SERVER] = course->first - course->sent;
  snprintf(status, sizeof status, "HTTP/1.1 %d", course->status);
  bool more = take_line(course, status);
  for (size_t i = 0; i < answer->header_count && more; i++)
    more = take_line(course, answer->headers[i]);
  return more && take_line(course, "");
}

static bool take_piece(struct request_timeline *course,
                       const struct story_chunk *chunk, size_t length) {
  usec age = age_at(course, course->end);
  return response_body(course->response, chunk->text, length,
                       (double)age / USEC_PER_SEC);
}

/* Why the reading of an answer ended. */
enum reading { READ_ALL, READ_ENOUGH, READ_TOO_LATE };

/* As many bytes of the body as that, at most. */
static enum reading take_body(struct request_timeline *course,
                              const struct story_answer *answer, size_t most) {
  for (size_t i = 0; i < answer->chunk_count && most > 0; i++) {
    const struct story_chunk *chunk = &answer->chunks[i];
    size_t length = chunk->length < most ? chunk->length : most;
    usec at = course->first + usec_of(chunk->time);
    if (!in_time(course, at))
      return READ_TOO_LATE;
    course->end = at;
    most -= length;
    if (!take_piece(course, chunk, length))
      return READ_ENOUGH;
    if (course->response->complete && !course->request->relay->keep_alive)
      return READ_ENOUGH;
  }
  return READ_ALL;
}

static enum reading take_answer(struct request_timeline *course,
                                const struct story_answer *answer, double after,
                                size_t most) {
  usec first = usec_of(after);
  if (first < course->sent)
    first = course->sent;
  if (!in_time(course, first))
    return READ_TOO_LATE;
  course->first = course->end = first;
  return take_head(course, answer) ? take_body(course, answer, most)
                                   : READ_ENOUGH;
}

/* --- its end -------------------------------------------------------------- */

static void fill_phases(const struct request_timeline *course,
                        struct http_result *http) {
  for (int i = 0; i < PHASE_COUNT && !course->interrupted; i++)
    if (course->phases[i] >= 0)
      http->phase[i] = (double)course->phases[i] / USEC_PER_SEC;
}

/* NULL: the answer came as a whole. */
static void end(struct request_timeline *course, const struct break_row *broken,
                struct probe_result *result) {
  struct http_result http;
  http_result_init(&http);
  http.attempted = true;
  http.sent = course->sent >= 0;
  http.http_status = course->status;
  http.fault = causes[CAUSE_OK].fault;
  if (broken != NULL && broken->hangs)
    course->end = timeout_at(course);
  else if (broken == NULL)
    course->phases[PHASE_TRANSFER] = course->end - course->first;
  if (broken != NULL) {
    http.transport_error = broken->cause;
    http.fault = broken->fault;
    snprintf(http.detail, sizeof http.detail, "%s", broken->detail);
  }
  http.silent = broken != NULL && broken->hangs &&
                response_awaits_token(course->response);
  if (http.silent)
    response_silence_text(course->response, http.detail, sizeof http.detail);
  usec read = read_at(course, course->end), age = age_at(course, course->end);
  course->interrupted = read - course->began > age;
  http.duration = (double)age / USEC_PER_SEC;
  fill_phases(course, &http);
  if (course->sent >= 0 && is_tls(course))
    http.certificate_expiry = VIRTUAL_START + CERTIFICATE_DAYS * 86400;
  response_finish(course->response, &http, result);
}

/* --- all of it ------------------------------------------------------------ */

/* Where more came than may come, the response says so by itself. */
static const struct break_row *fate(const struct request_timeline *course,
                                    enum reading reading) {
  static const struct break_row ended_by_us = {
      .cause = CAUSE_CONNECTION, .fault = FAULT_RELAY, .detail = ""};
  if (reading == READ_TOO_LATE)
    return &timed_out;
  return reading == READ_ENOUGH && !course->response->complete ? &ended_by_us
                                                               : NULL;
}

static void play_answer(struct request_timeline *course,
                        const struct story_answer *answer,
                        struct probe_result *result) {
  double after =
      answer->after >= 0 ? answer->after : healthy_after(course->request);
  open_connection(course, REACHES_RELAY, true);
  end(course, fate(course, take_answer(course, answer, after, SIZE_MAX)),
      result);
}

static void play_healthy(struct request_timeline *course,
                         const struct story_healthy *healthy, double since,
                         struct probe_result *result) {
  struct story_answer answer;
  double now = virtual_clock_story(course->began);
  healthy_answer(&answer, course->request, healthy, now - since);
  play_answer(course, &answer, result);
  healthy_free(&answer);
}

static size_t length_of(const struct story_answer *answer) {
  size_t length = 0;
  for (size_t i = 0; i < answer->chunk_count; i++)
    length += answer->chunks[i].length;
  return length;
}

static enum reading begin_answer(struct request_timeline *course,
                                 const struct story_break *broken) {
  struct story_answer answer;
  healthy_answer(&answer, course->request, &healthy_default, 0);
  size_t most = length_of(&answer) / 2;
  double after = broken->after >= 0 ? broken->after : answer.after;
  if (broken->bytes >= 0)
    most = (size_t)broken->bytes;
  enum reading reading = take_answer(course, &answer, after, most);
  healthy_free(&answer);
  return reading;
}

static void play_break(struct request_timeline *course,
                       const struct story_break *broken,
                       struct probe_result *result) {
  const struct break_row *row = &breaks[broken->kind];
  open_connection(course, row->reach, broken->kind != BREAK_DNS);
  if (row->answers) {
    enum reading reading = begin_answer(course, broken);
    end(course, reading == READ_ALL ? row : fate(course, reading), result);
    return;
  }
  usec after = broken->after >= 0 ? usec_of(broken->after) : row->after;
  if (after > course->end)
    course->end = after;
  end(course, in_time(course, course->end) ? row : &timed_out, result);
}

usec request_timeline_play(const struct virtual_clock *clock,
                           const struct request *request,
                           const struct story_event *event,
                           struct response *response,
                           struct probe_result *result) {
  struct request_timeline course = {.clock = clock,
                                    .request = request,
                                    .response = response,
                                    .began = clock->now,
                                    .sent = -1,
                                    .first = -1};
  for (int i = 0; i < PHASE_COUNT; i++)
    course.phases[i] = -1;
  response_open(response, request);
  if (event == NULL)
    play_healthy(&course, &healthy_default, 0, result);
  else if (event->kind == EVENT_HEALTHY)
    play_healthy(&course, &event->of.healthy, event->from, result);
  else if (event->kind == EVENT_ANSWER)
    play_answer(&course, &event->of.answer, result);
  else
    play_break(&course, &event->of.broken, result);
  return read_at(&course, course.end);
}
