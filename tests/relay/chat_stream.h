/* A completion as server-sent events. */
#ifndef RELAY_CHAT_STREAM_H
#define RELAY_CHAT_STREAM_H

#include "chat.h"

/* Makes the answer, with the chat's manner and at the call's pace. */
void stream_write(const struct chat *chat, struct answer *answer);

#endif
