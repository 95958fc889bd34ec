/* Chat completions. */
#ifndef RELAY_CHAT_H
#define RELAY_CHAT_H

#include "completion.h"

void chat_handle(struct account *account, const struct api_request *request,
                 struct response *response);

/* Building blocks for plain and streamed completions. chat_add_head() writes
 * the members before "choices"; chat_add_usage() the usage after that many
 * tokens, unless the quirks omit it. */
void chat_add_head(const struct completion *chat, const char *object,
                   struct buffer *out);
const char *chat_finish_reason(const struct completion *chat);
void chat_add_usage(const struct completion *chat, unsigned completion_tokens,
                    struct buffer *out);

#endif
