/* Reads the body of an answer as it arrives, and makes a probe result of it and
 * the transport's result. Apart from its first bytes, the body is not kept. */
#ifndef HOLYSHEEP_ANSWER_H
#define HOLYSHEEP_ANSWER_H

#include "base/text.h"
#include "model/key.h"
#include "model/probe_result.h"
#include "model/settings.h"
#include "probe/api_error.h"
#include "probe/body.h"
#include "probe/completion.h"
#include "probe/expectation.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  ANSWER_BODY_MAX = 8 * 1024 * 1024, /* bytes */
  /* What is shown of a body in which no error was found, plus the longest key,
   * so that a key is never truncated before it is recognized. */
  ANSWER_HEAD_MAX = 160 + KEY_MAX,
};

/* Memory for a probe kind's own data about an answer: a struct that only its
 * file knows, initially all zero. */
enum { ANSWER_STATE_MAX = 256 };

union answer_state {
  max_align_t aligned;
  unsigned char bytes[ANSWER_STATE_MAX];
};

/* Defines state_of() and const_state_of(), which return the probe kind's own
 * struct in an answer. */
#define ANSWER_STATE(type)                                                     \
  _Static_assert(sizeof(type) <= ANSWER_STATE_MAX, "it fits into an answer");  \
  static inline type *state_of(struct answer *answer) {                        \
    return (void *)&answer->state;                                             \
  }                                                                            \
  static inline const type *const_state_of(const struct answer *answer) {      \
    return (const void *)&answer->state;                                       \
  }

struct answer {
  const struct probe_settings *probe;
  const struct probe_result *previous;
  const struct secrets *secrets;
  size_t received;
  bool begun; /* the body has begun, with something other than white space, */
  bool html;  /* which was a `<` */
  bool too_large;
  double
      now; /* when the last piece came, in seconds from the request's start */
  struct api_error error;
  union answer_state state; /* the probe kind's, see ANSWER_STATE */
  struct completion_answer
      completion; /* for probe kinds that are completions */
  size_t head_length;
  /* The rest is large and need not be cleared. */
  char head[ANSWER_HEAD_MAX]; /* the body's first bytes, without leading white
                                 space */
  struct body body;
  struct expectation expectation; /* of its text */
};

/* `previous` is the result of the first request, if this is the probe's second
 * one; else NULL. The pointers must outlive the answer. */
void answer_open(struct answer *answer, const struct probe_settings *probe,
                 const struct probe_result *previous,
                 const struct secrets *secrets);

/* A completion has to contain that text; NULL: anything, as after
 * answer_open(). */
void answer_expect(struct answer *answer, const char *text);

/* Reads a header line, for traces of vendors. */
void answer_header(struct answer *answer, const char *line, size_t length);

/* Reads the next piece of the body, received `now` seconds after the request's
 * start. False: the answer is too large, end the transfer. */
bool answer_feed(struct answer *answer, const char *data, size_t length,
                 double now);

/* Ends the answer. `http` is the transport's result. */
void answer_close(struct answer *answer, const struct http_result *http,
                  struct probe_result *result);

/* The result of a probe that sent nothing. */
void probe_result_unsent(struct probe_result *result, enum cause cause,
                         const char *detail);

#endif
