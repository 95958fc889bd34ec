/* Completions. */
#ifndef RELAY_CHAT_H
#define RELAY_CHAT_H

#include "api.h"

/* A chat request, as far as the relay reads it, and what comes of it. */
struct chat {
  const struct call *call;
  const char *id; /* of the answer */
  const char *model;
  unsigned prompt_tokens;
  unsigned completion_tokens;
  bool streams;
  bool tells_usage; /* in a stream */
};

void chat_answer(struct account *account, const struct call *call,
                 struct answer *answer);

/* For whoever writes the answer: its first members, up to the choices; one of
 * its tokens; why it ended; the usage after so many tokens, unless it is to be
 * left out; and how many tokens are thoughts. */
void chat_add_head(const struct chat *chat, const char *object,
                   struct buffer *out);
const char *chat_token(const struct chat *chat, unsigned number);

/* Whether there are any in the answer. */
bool chat_tells_tokens(const struct chat *chat);
const char *chat_finish_reason(const struct chat *chat);
void chat_add_usage(const struct chat *chat, unsigned completion_tokens,
                    struct buffer *out);
unsigned chat_count_thoughts(const struct chat *chat);

#endif
