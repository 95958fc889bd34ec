#include "probe/completion.h"

#include "base/text.h"
#include "probe/answer.h"
#include "probe/finish_reason.h"
#include "probe/probe_kind.h"
#include "probe/prober.h"

#include <assert.h>
#include <string.h>

/* A larger count is invalid (and would soon overflow a counter): it is ignored.
 */
static const double tokens_max = 1e9;

/* --- content ------------------------------------------------------------- */

/* A piece of streamed content. */
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

void completion_on_side_text(struct answer *answer,
                             const struct json_value *value, bool streamed) {
  if (value->type != JSON_STRING || value->length == 0)
    return;
  if (!text_is_blank(value->text, value->length))
    answer->completion.has_content = true;
  if (streamed)
    on_token(answer);
}

void completion_on_text(struct answer *answer, const struct json_value *value,
                        bool streamed) {
  completion_on_side_text(answer, value, streamed);
  if (value->type == JSON_STRING)
    expectation_feed(&answer->expectation, value->text, value->length);
}

void completion_on_reasoning(struct answer *answer,
                             const struct json_value *value, bool streamed) {
  completion_on_side_text(answer, value, streamed);
  if (streamed && value->type == JSON_STRING && value->length > 0)
    answer->completion.shows_reasoning = true;
}

/* Some relays send an empty list of calls, or null. */
void completion_on_object(struct answer *answer, const struct json_value *value,
                          bool streamed) {
  if (value->type != JSON_OBJECT)
    return;
  answer->completion.has_content = true;
  if (streamed)
    on_token(answer);
}

/* A relay that is paid for one model may answer with another, and a gateway may
 * add a chunk of its own that names the requested one. A suffix of the name,
 * such as a date, is a version of the model. */
void completion_on_model(struct answer *answer,
                         const struct json_value *value) {
  if (value->type == JSON_STRING && value->length > 0 &&
      !json_value_begins_with(value, answer->probe->model))
    answer->completion.model_mismatch = true;
}

void completion_on_reason(struct answer *answer,
                          const struct json_value *value) {
  struct completion_answer *completion = &answer->completion;
  if (value->type != JSON_STRING || value->length == 0)
    return;
  if (finish_reason_explains_empty(value->text, value->length))
    completion->empty_explained = true;
  if (completion->failed)
    return;
  completion->failed = finish_reason_is_failure(value->text, value->length);
  completion->limited = finish_reason_is_limit(value->text, value->length);
  text_sanitize(completion->reason, sizeof completion->reason, value->text,
                value->length, answer->secrets);
}

/* Some relays send "" until there is one. */
void completion_on_finish(struct answer *answer,
                          const struct json_value *value) {
  if (value->type == JSON_STRING && value->length > 0)
    answer->completion.finished = true;
  completion_on_reason(answer, value);
}

void completion_on_end(struct answer *answer) { body_end(&answer->body); }

/* --- the form ------------------------------------------------------------ */

/* The beginnings of types, and which form they are of. */
static const struct {
  const char *prefix;
  enum completion_form form;
} types[] = {{"chat.completion", FORM_CHAT},
             {"message", FORM_MESSAGES},
             {"content_block", FORM_MESSAGES},
             {"response", FORM_RESPONSES}};

void completion_on_type(struct answer *answer, const struct json_value *value) {
  struct completion_answer *completion = &answer->completion;
  if (completion->form != FORM_UNKNOWN)
    return;
  for (size_t i = 0; i < sizeof types / sizeof *types; i++)
    if (json_value_begins_with(value, types[i].prefix))
      completion->form = types[i].form;
}

enum cause completion_malformed(const struct answer *answer,
                                struct probe_result *result) {
  static const char *const advice[FORMS] = {
      [FORM_CHAT] = "The answer has the form of /chat/completions: use <Chat>, "
                    "or correct Path.",
      [FORM_MESSAGES] = "The answer has the form of Anthropic's /messages: use "
                        "<Messages>, or correct Path.",
      [FORM_RESPONSES] = "The answer has the form of OpenAI's /responses: use "
                         "<Responses>, or correct Path."};
  enum completion_form form = answer->completion.form;
  if (form != answer->probe->kind->prober->form)
    result->advice = advice[form];
  return CAUSE_MALFORMED;
}

/* --- token usage --------------------------------------------------------- */

static bool parse_tokens(const struct json_value *value, double *count) {
  return value->type == JSON_NUMBER &&
         json_parse_number(value->text, value->length, count) && *count >= 0 &&
         *count <= tokens_max;
}

void completion_on_tokens(struct answer *answer, unsigned field,
                          const struct json_value *value) {
  assert(field < COMPLETION_TOKENS(COMPLETION_USAGES, 0));
  struct token_usage *usage = &answer->completion.usage[field / TOKEN_COUNTS];
  unsigned which = field % TOKEN_COUNTS;
  double count;
  usage->has[which] = parse_tokens(value, &count);
  if (usage->has[which] && count > usage->count[which])
    usage->count[which] = count;
}

static double all_prompt_tokens(const struct token_usage *usage) {
  return usage->count[TOKENS_PROMPT] + usage->count[TOKENS_CACHE_READ] +
         usage->count[TOKENS_CACHE_WRITTEN];
}

/* The preferred usage that is complete; NULL: none is. A prompt always has
 * tokens, so a usage without any is not one. */
static const struct token_usage *best_usage(const struct answer *answer) {
  const struct token_usage *usage = answer->completion.usage;
  bool completes = probe_kind_has(answer->probe->kind, PROBE_COMPLETES);
  for (unsigned i = 0; i < COMPLETION_USAGES; i++)
    if (usage[i].has[TOKENS_PROMPT] && all_prompt_tokens(&usage[i]) >= 1 &&
        (usage[i].has[TOKENS_COMPLETION] || !completes))
      return &usage[i];
  return NULL;
}

/* Relays that have the usage in several fields may have these in any. */
static double max_count(const struct completion_answer *completion,
                        enum token_count which) {
  double max = 0;
  for (unsigned i = 0; i < COMPLETION_USAGES; i++)
    if (completion->usage[i].count[which] > max)
      max = completion->usage[i].count[which];
  return max;
}

static double reasoning_tokens(const struct completion_answer *completion) {
  return max_count(completion, TOKENS_REASONING);
}

static double cached_tokens(const struct completion_answer *completion) {
  double cached = max_count(completion, TOKENS_CACHED);
  double read = max_count(completion, TOKENS_CACHE_READ);
  return cached > read ? cached : read;
}

/* Reasoning whose text is not sent happened before the first piece. */
static double visible_tokens(const struct answer *answer) {
  const struct completion_answer *completion = &answer->completion;
  const struct token_usage *usage = best_usage(answer);
  return usage == NULL ? 0
         : completion->shows_reasoning
             ? usage->count[TOKENS_COMPLETION]
             : usage->count[TOKENS_COMPLETION] - reasoning_tokens(completion);
}

/* --- result -------------------------------------------------------------- */

/* White space alone is not an answer whose speed could be measured. */
static void add_timing(const struct answer *answer,
                       struct probe_result *result) {
  const struct completion_answer *completion = &answer->completion;
  double span = completion->last_token - completion->first_token;
  double visible = visible_tokens(answer);
  if (!completion->has_token || !completion->has_content)
    return;
  result->has_stream = true;
  result->first_token = completion->first_token;
  result->longest_gap = completion->longest_gap;
  /* A proxy that buffers the answer sends it all at once. */
  if (visible > 1 && span > 0.001)
    result->tokens_per_second = (visible - 1) / span;
}

/* Even of an answer without a complete usage. */
static void add_cost(const struct completion_answer *completion,
                     struct probe_result *result) {
  for (unsigned i = 0; i < COMPLETION_USAGES; i++)
    result->has_cost |= completion->usage[i].has[TOKENS_COST];
  result->cost = max_count(completion, TOKENS_COST);
}

static void add_usage(const struct answer *answer,
                      struct probe_result *result) {
  const struct token_usage *usage = best_usage(answer);
  result->has_usage = usage != NULL;
  if (usage == NULL)
    return;
  result->prompt_tokens = (uint64_t)all_prompt_tokens(usage);
  result->completion_tokens = (uint64_t)usage->count[TOKENS_COMPLETION];
  result->cached_tokens = (uint64_t)cached_tokens(&answer->completion);
  result->reasoning_tokens = (uint64_t)reasoning_tokens(&answer->completion);
}

void completion_add_stats(const struct answer *answer,
                          struct probe_result *result) {
  result->model_mismatch = answer->completion.model_mismatch;
  result->vendors = answer->completion.vendors;
  add_usage(answer, result);
  add_cost(&answer->completion, result);
  if (answer->probe->stream)
    add_timing(answer, result);
}

static bool is_empty(const struct completion_answer *completion) {
  return !completion->has_content && !completion->empty_explained &&
         reasoning_tokens(completion) <= 0;
}

/* What came instead is shown, and why it ended. */
static enum cause evaluate_text(const struct answer *answer,
                                struct probe_result *result) {
  const struct expectation *expectation = &answer->expectation;
  if (expectation_is_met(expectation))
    return CAUSE_OK;
  memcpy(result->error_code, answer->completion.reason,
         sizeof result->error_code);
  text_sanitize(result->error_message, sizeof result->error_message,
                expectation->text, expectation->text_length, answer->secrets);
  if (answer->completion.limited)
    result->advice = "The limit on tokens ended the answer before the expected "
                     "text: raise MaxTokens or MaxCompletionTokens, or lower "
                     "ReasoningEffort.";
  return CAUSE_UNEXPECTED_ANSWER;
}

/* Some relays send [DONE], but no finish_reason. */
static bool has_ended(const struct answer *answer) {
  return answer->probe->kind->prober->has_last_event
             ? answer->body.last
             : answer->completion.finished || answer->body.done;
}

enum cause completion_evaluate(const struct answer *answer,
                               struct probe_result *result) {
  const struct completion_answer *completion = &answer->completion;
  bool stream = answer->probe->stream;
  if (answer->body.streams != stream)
    return completion_malformed(answer, result);
  completion_add_stats(answer, result);
  if (completion->failed) {
    memcpy(result->error_code, completion->reason, sizeof result->error_code);
    return stream ? CAUSE_STREAM_ERROR : CAUSE_SERVER_ERROR;
  }
  if (stream && !has_ended(answer))
    return CAUSE_STREAM_CUT;
  return is_empty(completion) ? CAUSE_EMPTY_ANSWER
                              : evaluate_text(answer, result);
}

enum cause completion_on_truncated(const struct answer *answer,
                                   enum cause transport_error) {
  const struct completion_answer *completion = &answer->completion;
  double idle = seconds_of(answer->probe->timeout) - completion->last_token;
  if (answer->body.done || completion->failed)
    return CAUSE_OK;
  if (transport_error != CAUSE_TIMEOUT)
    return has_ended(answer) ? CAUSE_OK : CAUSE_STREAM_CUT;
  if (!completion->has_token && answer->probe->first_token_timeout > 0)
    return CAUSE_TIMEOUT;
  /* It has stalled if it was silent for longer than ever before, or has already
   * finished; otherwise it is just slow. */
  return completion->finished || idle > completion->longest_gap
             ? CAUSE_STREAM_STALLED
             : CAUSE_TIMEOUT;
}
