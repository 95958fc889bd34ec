/* What is read of a completion, whatever API it is asked by: what the model
 * said and when, for how many tokens, and how it ended. A kind of probe finds
 * the fields in its API's answers and hands them on to these functions. */
#ifndef HOLYSHEEP_COMPLETION_H
#define HOLYSHEEP_COMPLETION_H

#include "base/json.h"
#include "model/cause.h"
#include "model/probe_result.h"

#include <stdbool.h>

struct answer;

enum { COMPLETION_USAGES = 4 }; /* that an answer may have in several places */

struct token_counts {
  bool has_prompt, has_completion;
  double prompt, completion;
};

struct completion_answer {
  bool finished;
  bool failed;     /* the reason why it finished says so */
  char reason[48]; /* then it, fit for a log line */
  bool said;       /* more than white space: text, a thought, a call */
  bool explained;  /* why nothing was, by the reason */
  struct token_counts usage[COMPLETION_USAGES]; /* the most telling first */
  double reasoning_tokens;                      /* of those of the completion */
  bool shows_reasoning;                         /* their text came as well */
  bool other_model; /* than the one that was asked for */
  bool has_token;   /* then, of a stream, in seconds: */
  double first_token, last_token, longest_gap;
};

/* Text of the model; `streamed`: a piece of it. */
void completion_on_text(struct answer *answer, const struct json_value *value,
                        bool streamed);
void completion_on_reasoning(struct answer *answer,
                             const struct json_value *value, bool streamed);

/* Something other than text that the model said, such as a call of a tool. */
void completion_on_object(struct answer *answer, const struct json_value *value,
                          bool streamed);

/* The model that answers, as it is named. */
void completion_on_model(struct answer *answer, const struct json_value *value);

/* Why it finished. */
void completion_on_finish(struct answer *answer,
                          const struct json_value *value);

/* Counts of tokens; `usage` is the place where they are, from 0 on. */
void completion_on_prompt_tokens(struct answer *answer, unsigned usage,
                                 const struct json_value *value);
void completion_on_completion_tokens(struct answer *answer, unsigned usage,
                                     const struct json_value *value);
void completion_on_reasoning_tokens(struct answer *answer,
                                    const struct json_value *value);

/* For a prober's functions of these names; `evaluate` is of an answer that has
 * the form that its API promises. */
enum cause completion_evaluate(const struct answer *answer,
                               struct probe_result *result);
void completion_add_stats(const struct answer *answer,
                          struct probe_result *result);
enum cause completion_on_truncated(const struct answer *answer,
                                   enum cause transport_error);

#endif
