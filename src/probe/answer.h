/* Reads one answer's body as it arrives, and turns it with what the wire gave
 * into an outcome. Nothing of the body is kept. */
#ifndef HOLYSHEEP_ANSWER_H
#define HOLYSHEEP_ANSWER_H

#include "base/text.h"
#include "model/key.h"
#include "model/probe_result.h"
#include "model/settings.h"
#include "probe/api_error.h"
#include "probe/body.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  ANSWER_BODY_MAX = 8 * 1024 * 1024, /* bytes */
  /* What is shown of a body whose error stands nowhere that is known, and the
   * longest key, so that none is cut before it was seen to be one. */
  ANSWER_HEAD_MAX = 160 + KEY_MAX,
};

enum billing_number {
  BILLING_REMAINING,
  BILLING_LIMIT,
  BILLING_USED,
  BILLING_EXPIRES,
  BILLING_NUMBERS
};

enum { MODEL_LISTS = 3 }; /* places where relays have one */

struct model_list {
  bool there;
  bool other;   /* an item that is not a model */
  bool unnamed; /* the last item, so far */
  uint64_t count;
};

/* Where a completion has its usage, from the most telling to the least. */
enum chat_usage {
  CHAT_USAGE,
  CHAT_USAGE_OF_CHOICE,
  CHAT_USAGE_OF_VENDOR,
  CHAT_USAGE_IN_OUT, /* by the names that Anthropic gives the counts */
  CHAT_USAGES
};

struct token_counts {
  bool has_prompt, has_completion;
  double prompt, completion;
};

enum chat_part { CHAT_PART_OTHER, CHAT_PART_MESSAGE, CHAT_PART_DELTA };

struct answer {
  const struct probe_settings *probe;
  const struct probe_result *before;
  const struct secrets *secrets;
  size_t received;
  bool begun; /* something other than white space has come */
  bool html;  /* and it was the `<` of a page */
  bool too_large;
  double now; /* seconds since the request began, at the last piece */
  struct api_error error;
  union {
    struct {
      struct model_list lists[MODEL_LISTS];
      uint64_t required;
    } models;
    struct {
      struct json_selector selectors[BILLING_NUMBERS];
      bool known[BILLING_NUMBERS];
      bool null[BILLING_NUMBERS];
      struct json_selector currency, flag, valid;
      bool in_dollars, foreign; /* the currency is named */
      bool invalid;             /* the key, it says */
      bool knows_flag, unlimited;
      double number[BILLING_NUMBERS]; /* as the relay counts */
    } billing;
    struct {
      bool list, choice, finished;
      bool odd;            /* an item of the list that is not a choice */
      bool failed;         /* a finish_reason says so */
      char reason[48];     /* then it, fit for a log line */
      bool said;           /* more than white space: text, a thought, a call */
      bool explained;      /* why nothing was, by a finish_reason */
      enum chat_part part; /* of a choice: which is being read */
      struct token_counts usage[CHAT_USAGES];
      double reasoning_tokens; /* of those of the completion */
      bool shows_reasoning;    /* their text came as well */
      bool other_model;
      bool has_token; /* then, of a stream, in seconds: */
      double first_token, last_token, longest_gap;
    } chat;
  } of;
  size_t head_length;
  /* The rest is large, and mostly left alone. */
  char head[ANSWER_HEAD_MAX]; /* the body's first bytes, without white space */
  struct body body;
};

/* `before` is the outcome of the request that asked for this one, or NULL. The
 * pointers have to outlive the answer. */
void answer_open(struct answer *answer, const struct probe_settings *probe,
                 const struct probe_result *before,
                 const struct secrets *secrets);

/* Takes the next piece of the body, which came `now` seconds after the request
 * began. False: enough has come, the transfer should be ended. */
bool answer_feed(struct answer *answer, const char *data, size_t length,
                 double now);

/* Ends the answer; `exchange` says what the wire gave. */
void answer_close(struct answer *answer, const struct http_result *http,
                  struct probe_result *result);

/* The same for a probe that sent nothing. */
void probe_result_unsent(struct probe_result *result, enum cause cause,
                         const char *detail);

#endif
