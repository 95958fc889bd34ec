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
#include "probe/completion.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  ANSWER_BODY_MAX = 8 * 1024 * 1024, /* bytes */
  /* What is shown of a body whose error stands nowhere that is known, and the
   * longest key, so that none is cut before it was seen to be one. */
  ANSWER_HEAD_MAX = 160 + KEY_MAX,
};

/* What a kind of probe remembers of an answer: a struct that only its own file
 * knows, all zeros at the beginning. */
enum { ANSWER_STATE_MAX = 256 };

union answer_state {
  max_align_t aligned;
  unsigned char bytes[ANSWER_STATE_MAX];
};

/* Gives the file of a kind of probe its struct in an answer. */
#define ANSWER_STATE(type)                                                     \
  _Static_assert(sizeof(type) <= ANSWER_STATE_MAX, "it fits into an answer");  \
  static inline type *state_of(struct answer *answer) {                        \
    return (void *)&answer->state;                                             \
  }                                                                            \
  static inline const type *state_in(const struct answer *answer) {            \
    return (const void *)&answer->state;                                       \
  }

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
  union answer_state state;            /* of its kind, see ANSWER_STATE */
  struct completion_answer completion; /* of those kinds that are completions */
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
