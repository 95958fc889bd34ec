/* Evaluates what a model answered, independent of the API: its content and
 * timing, token usage, and how it ended. A probe kind finds the fields in its
 * API's answers and passes them to these functions. */
#ifndef HOLYSHEEP_COMPLETION_H
#define HOLYSHEEP_COMPLETION_H

#include "base/json_value.h"
#include "model/cause.h"
#include "model/probe_result.h"

#include <stdbool.h>

struct answer;

enum {
  COMPLETION_USAGES = 4
}; /* an answer may have the usage in several fields */

enum token_count {
  TOKENS_PROMPT,
  TOKENS_COMPLETION,
  TOKENS_CACHED,        /* part of the prompt's, */
  TOKENS_CACHE_READ,    /* or not, like those that were read from a cache, */
  TOKENS_CACHE_WRITTEN, /* or written to it */
  TOKENS_REASONING,     /* part of the completion's */
  TOKENS_COST,          /* not a count: what they cost, in US dollars */
  TOKEN_COUNTS
};

struct token_usage {
  bool has[TOKEN_COUNTS];
  double count[TOKEN_COUNTS];
};

/* Whose form a document has, according to its type. */
enum completion_form {
  FORM_UNKNOWN,
  FORM_CHAT,
  FORM_MESSAGES,
  FORM_RESPONSES,
  FORMS
};

struct completion_answer {
  enum completion_form form; /* of the first document that has a known one */
  bool finished;             /* a stream's finish reason has come */
  char reason[48];           /* the finish reason; printable */
  bool failed, limited; /* according to it; limited: by the tokens allowed */
  bool has_content;     /* text (not just white space), reasoning, or a call */
  bool empty_explained; /* the finish reason allows empty content */
  struct token_usage usage[COMPLETION_USAGES]; /* in order of preference */
  bool shows_reasoning; /* the reasoning's text is sent, too */
  bool model_mismatch;  /* the answer names another model */
  unsigned vendors;     /* whose traces it has: a bit each, see enum vendor */
  bool has_token;       /* of a stream; then, in seconds: */
  double first_token, last_token, longest_gap;
};

/* Text from the model; `streamed`: as a piece of a stream. Only
 * completion_on_text() is for what it answers: a refusal, the arguments of a
 * call and reasoning are not. */
void completion_on_text(struct answer *answer, const struct json_value *value,
                        bool streamed);
void completion_on_side_text(struct answer *answer,
                             const struct json_value *value, bool streamed);
void completion_on_reasoning(struct answer *answer,
                             const struct json_value *value, bool streamed);

/* Content other than text, such as a tool call. */
void completion_on_object(struct answer *answer, const struct json_value *value,
                          bool streamed);

/* The type of a document, or that of its object. */
void completion_on_type(struct answer *answer, const struct json_value *value);

/* The name of the model that answered. */
void completion_on_model(struct answer *answer, const struct json_value *value);

/* The last event of a stream, after which nothing matters. */
void completion_on_end(struct answer *answer);

/* The finish reason; and what is one only if the stream's last event follows.
 */
void completion_on_finish(struct answer *answer,
                          const struct json_value *value);
void completion_on_reason(struct answer *answer,
                          const struct json_value *value);

/* A token count. `field` is that of the usage it is in, see COMPLETION_TOKENS.
 * Streams count up, so the largest one is kept. */
void completion_on_tokens(struct answer *answer, unsigned field,
                          const struct json_value *value);
#define COMPLETION_TOKENS(usage, count) ((usage)*TOKEN_COUNTS + (count))

/* For an answer that does not conform to its API: CAUSE_MALFORMED, with advice
 * if it has the form of another one. */
enum cause completion_malformed(const struct answer *answer,
                                struct probe_result *result);

/* For a prober's functions of the same names. completion_evaluate() expects
 * that the documents conform to its API; completion_add_stats() is for what is
 * no completion as well. */
enum cause completion_evaluate(const struct answer *answer,
                               struct probe_result *result);
void completion_add_stats(const struct answer *answer,
                          struct probe_result *result);
enum cause completion_on_truncated(const struct answer *answer,
                                   enum cause transport_error);

#endif
