/* Chat completions as server-sent events. */
#ifndef RELAY_CHAT_STREAM_H
#define RELAY_CHAT_STREAM_H

#include "chat.h"

/* Builds the response with the request's stream quirks and pace. */
void chat_stream_write(const struct completion *chat,
                       struct response *response);

#endif
