#include "probe/completion.h"

#include "base/text.h"
#include "probe/answer.h"
#include "probe/finish_reason.h"

#include <assert.h>
#include <string.h>

/* A usage beyond this is not one (and would not fit into a counter for long):
 * it is left out. */
static const double tokens_max = 1e9;

/* --- what the model says ------------------------------------------------- */

/* A piece of what the model says. */
static void on_token(struct answer *answer) {
  struct completion_answer *completion = &answer->completion;
  double gap = answer->now - completion->last_token;
  if (!completion->has_token)
    completion->first_token = answer->now;
  else if (gap > completion->longest_gap)
    completion->longest_gap = gap;
  completion->has_token = true;
  completion->last_token = answer->now;
}

void completion_on_text(struct answer *answer, const struct json_value *value,
                        bool streamed) {
  if (value->type != JSON_STRING || value->length == 0)
    return;
  if (!text_is_blank(value->text, value->length))
    answer->completion.said = true;
  if (streamed)
    on_token(answer);
}

void completion_on_reasoning(struct answer *answer,
                             const struct json_value *value, bool streamed) {
  completion_on_text(answer, value, streamed);
  if (streamed && value->type == JSON_STRING && value->length > 0)
    answer->completion.shows_reasoning = true;
}

/* Some relays send empty lists of calls, or a null. */
void completion_on_object(struct answer *answer, const struct json_value *value,
                          bool streamed) {
  if (value->type != JSON_OBJECT)
    return;
  answer->completion.said = true;
  if (streamed)
    on_token(answer);
}

/* A relay that was paid for one model may answer with another, and a gateway
 * add a chunk of its own that names the one asked for. What follows the name,
 * such as a date, is a version of it. */
void completion_on_model(struct answer *answer,
                         const struct json_value *value) {
  const char *asked = answer->probe->model;
  size_t length = strlen(asked);
  if (value->type != JSON_STRING || value->length == 0)
    return;
  if (value->length < length || memcmp(value->text, asked, length) != 0)
    answer->completion.other_model = true;
}

/* "" is none yet, of some. */
void completion_on_finish(struct answer *answer,
                          const struct json_value *value) {
  struct completion_answer *completion = &answer->completion;
  if (value->type != JSON_STRING || value->length == 0)
    return;
  completion->finished = true;
  if (finish_reason_explains_empty(value->text, value->length))
    completion->explained = true;
  if (!finish_reason_is_failure(value->text, value->length))
    return;
  completion->failed = true;
  text_sanitize(completion->reason, sizeof completion->reason, value->text,
                value->length, answer->secrets);
}

/* --- what it used -------------------------------------------------------- */

static bool tokens(const struct json_value *value, double *count) {
  return value->type == JSON_NUMBER &&
         json_parse_number(value->text, value->length, count) && *count >= 0 &&
         *count <= tokens_max;
}

void completion_on_prompt_tokens(struct answer *answer, unsigned usage,
                                 const struct json_value *value) {
  assert(usage < COMPLETION_USAGES);
  struct token_counts *counts = &answer->completion.usage[usage];
  counts->has_prompt = tokens(value, &counts->prompt);
}

void completion_on_completion_tokens(struct answer *answer, unsigned usage,
                                     const struct json_value *value) {
  assert(usage < COMPLETION_USAGES);
  struct token_counts *counts = &answer->completion.usage[usage];
  counts->has_completion = tokens(value, &counts->completion);
}

void completion_on_reasoning_tokens(struct answer *answer,
                                    const struct json_value *value) {
  double count;
  if (tokens(value, &count) && count > answer->completion.reasoning_tokens)
    answer->completion.reasoning_tokens = count;
}

/* No prompt is empty: a usage of nothing is none, and another may be there.
 * NULL: none is. */
static const struct token_counts *
the_usage(const struct completion_answer *completion) {
  const struct token_counts *usage = completion->usage;
  for (unsigned i = 0; i < COMPLETION_USAGES; i++)
    if (usage[i].has_prompt && usage[i].has_completion && usage[i].prompt >= 1)
      return &usage[i];
  return NULL;
}

/* What a model thought without a word of it came before the first piece. */
static double shown_tokens(const struct completion_answer *completion) {
  const struct token_counts *usage = the_usage(completion);
  return usage == NULL ? 0
         : completion->shows_reasoning
             ? usage->completion
             : usage->completion - completion->reasoning_tokens;
}

/* --- what came of it ----------------------------------------------------- */

/* White space alone is no answer that could be called quick. */
static void add_times(const struct completion_answer *completion,
                      struct probe_result *result) {
  double span = completion->last_token - completion->first_token;
  double shown = shown_tokens(completion);
  if (!completion->has_token || !completion->said)
    return;
  result->has_stream = true;
  result->first_token = completion->first_token;
  result->longest_gap = completion->longest_gap;
  /* A proxy that holds the answer back lets all of it go at once. */
  if (shown > 1 && span > 0.001)
    result->tokens_per_second = (shown - 1) / span;
}

void completion_add_stats(const struct answer *answer,
                          struct probe_result *result) {
  const struct completion_answer *completion = &answer->completion;
  const struct token_counts *usage = the_usage(completion);
  result->other_model = completion->other_model;
  result->has_usage = usage != NULL;
  if (usage != NULL) {
    result->prompt_tokens = (uint64_t)usage->prompt;
    result->completion_tokens = (uint64_t)usage->completion;
  }
  if (answer->probe->stream)
    add_times(completion, result);
}

static bool is_empty(const struct completion_answer *completion) {
  return !completion->said && !completion->explained &&
         completion->reasoning_tokens <= 0;
}

enum cause completion_evaluate(const struct answer *answer,
                               struct probe_result *result) {
  const struct completion_answer *completion = &answer->completion;
  bool stream = answer->probe->stream;
  completion_add_stats(answer, result);
  if (completion->failed) {
    memcpy(result->error_code, completion->reason, sizeof result->error_code);
    return stream ? CAUSE_STREAM_ERROR : CAUSE_SERVER_ERROR;
  }
  /* [DONE] ends it as well: some relays give no finish_reason. */
  if (stream && !completion->finished && !answer->body.done)
    return CAUSE_STREAM_CUT;
  return is_empty(completion) ? CAUSE_EMPTY_ANSWER : CAUSE_OK;
}

enum cause completion_on_truncated(const struct answer *answer,
                                   enum cause transport_error) {
  const struct completion_answer *completion = &answer->completion;
  double silence = seconds_of(answer->probe->timeout) - completion->last_token;
  if (answer->body.done || completion->failed)
    return CAUSE_OK;
  if (transport_error != CAUSE_TIMEOUT)
    return completion->finished ? CAUSE_OK : CAUSE_STREAM_CUT;
  /* Longer than it ever paused, or nothing is left to come: it does not go on.
   * Else it is only slow. */
  return completion->finished || silence > completion->longest_gap
             ? CAUSE_STREAM_STALLED
             : CAUSE_TIMEOUT;
}
