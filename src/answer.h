/* Reads one answer's body as it arrives, and turns it with what the wire gave
 * into an outcome. Nothing of the body is kept. */
#ifndef HOLYSHEEP_ANSWER_H
#define HOLYSHEEP_ANSWER_H

#include "api_error.h"
#include "json.h"
#include "outcome.h"
#include "settings.h"
#include "text.h"

#include <stdbool.h>
#include <stddef.h>

enum { ANSWER_BODY_MAX = 8 * 1024 * 1024 }; /* bytes */

struct answer {
  const struct probe_settings *probe;
  const struct secrets *secrets;
  size_t received;
  bool begun; /* something other than white space has come */
  bool html;  /* and it was the `<` of a page */
  bool too_large;
  struct api_error error;
  union {
    struct {
      bool list;
      bool other;   /* an item that is not a model */
      bool unnamed; /* the last item, so far */
    } models;
    struct {
      struct json_want want;
      bool known;
      double remaining; /* as the relay counts it */
    } billing;
    struct {
      bool list, choice;
      bool has_prompt, has_completion;
      double prompt_tokens, completion_tokens;
    } chat;
  } of;
  struct json_reader json; /* last: it is large, and mostly left alone */
};

/* Both pointers have to outlive the answer. */
void answer_open(struct answer *answer, const struct probe_settings *probe,
                 const struct secrets *secrets);

/* Takes the next piece of the body. False: enough has come, the transfer
 * should be ended. */
bool answer_feed(struct answer *answer, const char *data, size_t length);

/* Ends the answer; `exchange` says what the wire gave. */
void answer_close(struct answer *answer, const struct exchange *exchange,
                  struct outcome *outcome);

/* The same for a probe that sent nothing. */
void outcome_unsent(struct outcome *outcome, enum cause cause,
                    const char *detail);

#endif
