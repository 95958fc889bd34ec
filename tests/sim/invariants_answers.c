/* An answer with what is expected passes, and no other does; and a stream that
 * stays silent ends at FirstTokenTimeout. */
#include "invariants.h"

#include "healthy.h"
#include "model/prompt.h"
#include "probe/probe_kind.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* That two words in a row are the same happens; so many do not. */
enum { SAME_WORDS_MAX = 3 };

/* Seconds. What comes that close to the timeout may be on either side. */
static const double close = 0.001;

static bool is_healthy(const struct story_event *event) {
  return event == NULL || event->kind == EVENT_HEALTHY;
}

/* --- what is expected ----------------------------------------------------- */

static bool contains(const char *text, const char *part) {
  for (; *text != '\0'; text++)
    if (strncasecmp(text, part, strlen(part)) == 0)
      return true;
  return false;
}

static bool has_text(const struct story_answer *answer, const char *text) {
  for (size_t i = 0; i < answer->chunk_count; i++)
    if (contains(answer->chunks[i].text, text))
      return true;
  return false;
}

/* A body that is written out in the story may have it anywhere. */
static enum told told_by(const struct request *request,
                         const struct story_event *event) {
  const char *expected = request->expected, *reply = NULL;
  if (expected == NULL)
    return TOLD_ANYTHING;
  if (event != NULL && event->kind == EVENT_ANSWER)
    return has_text(&event->of.answer, expected) ? TOLD_ANYTHING : TOLD_OTHER;
  if (event != NULL && event->kind == EVENT_HEALTHY)
    reply = event->of.healthy.reply;
  return reply == NULL || contains(reply, expected) ? TOLD_EXPECTED
                                                    : TOLD_OTHER;
}

/* The model is asked for the word, and each time for another one. */
static void check_word(struct invariants *watch, struct watched_probe *probe,
                       const struct request *request) {
  if (probe->settings->expect == NULL ||
      !prompt_has_word(probe->settings->expect))
    return;
  if (strstr(request->body, request->expected) == NULL)
    invariants_fail(watch, probe, "word", "%s is not asked for",
                    request->expected);
  bool same = strcmp(probe->word, request->expected) == 0;
  probe->same_words = same ? probe->same_words + 1 : 0;
  if (probe->same_words > SAME_WORDS_MAX)
    invariants_fail(watch, probe, "word", "%s again and again", probe->word);
  snprintf(probe->word, sizeof probe->word, "%s", request->expected);
}

static void check_expected(struct invariants *watch,
                           const struct watched_probe *probe,
                           const struct probe_result *result) {
  const struct http_result *http = &result->http;
  bool whole = probe->told_whole && http->transport_error == CAUSE_OK;
  bool unexpected = result->cause == CAUSE_UNEXPECTED_ANSWER;
  bool passes = result->cause == CAUSE_OK;
  if (probe->told == TOLD_EXPECTED && (unexpected || (whole && !passes)))
    invariants_fail(watch, probe, "expect", "%s, and %s was told",
                    causes[result->cause].name, probe->word);
  if (probe->told == TOLD_OTHER && (passes || (whole && !unexpected)))
    invariants_fail(watch, probe, "expect", "%s, and something else was told",
                    causes[result->cause].name);
}

/* --- the first token ------------------------------------------------------ */

/* Seconds after the request, INFINITY: never, NAN: it depends. No body that is
 * written out in a story of ours is a stream. */
static double first_token_of(const struct request *request,
                             const struct story_event *event) {
  if (is_healthy(event))
    return healthy_first_token(request, event != NULL ? &event->of.healthy
                                                      : &healthy_default);
  bool begins =
      event->kind == EVENT_BREAK && (event->of.broken.kind == BREAK_CUT ||
                                     event->of.broken.kind == BREAK_STALL);
  return begins ? NAN : INFINITY;
}

/* By how much the first token comes after the timeout, as the relay has it. */
static double silence_of(const struct watched_probe *probe,
                         const struct request *request,
                         const struct story_event *event) {
  usec timeout = probe->settings->first_token_timeout;
  return timeout > 0 ? first_token_of(request, event) - seconds_of(timeout)
                     : -INFINITY;
}

static void check_first_token(struct invariants *watch,
                              const struct watched_probe *probe,
                              const struct probe_result *result) {
  const struct http_result *http = &result->http;
  usec now = watch->host->clock.now;
  if (now > invariants_end_of_flight(watch, probe))
    invariants_fail(watch, probe, "first-token", "it ended after %.6f s",
                    seconds_of(now - probe->requested));
  if (invariants_has(watch, EVENT_STANDSTILL, 0))
    return; /* it may hide the token, or when it came */
  if (probe->silence < -close && http->silent)
    invariants_fail(watch, probe, "first-token", "it had come in time");
  if (probe->silence > close && probe->told_whole &&
      (!http->silent || result->cause != CAUSE_TIMEOUT ||
       usec_of(http->duration) != probe->settings->first_token_timeout))
    invariants_fail(watch, probe, "first-token", "%s after %.6f s",
                    causes[result->cause].name, http->duration);
}

/* --- a request ------------------------------------------------------------ */

void invariants_answers_sent(struct invariants *watch,
                             struct watched_probe *probe,
                             const struct request *request,
                             const struct story_event *event) {
  probe->timeout = probe->left;
  if (!probe_kind_has(probe->settings->kind, PROBE_COMPLETES))
    return;
  probe->told = told_by(request, event);
  probe->told_whole = is_healthy(event);
  check_word(watch, probe, request);
  probe->silence = silence_of(probe, request, event);
  if (probe->silence > close)
    probe->timeout = probe->settings->first_token_timeout;
}

void invariants_answers_ended(struct invariants *watch,
                              const struct watched_probe *probe,
                              const struct probe_result *result) {
  if (!probe_kind_has(probe->settings->kind, PROBE_COMPLETES) ||
      !result->http.attempted)
    return;
  check_expected(watch, probe, result);
  check_first_token(watch, probe, result);
}
