#include "faults.h"

#define MESSAGES .endpoint = "messages"
#define ANTHROPIC(type, message)                                               \
  "{\"type\":\"error\",\"error\":{\"type\":\"" type                            \
  "\",\"message\":\"" message "\"},\"request_id\":\"req_standin\"}"

const struct fault messages_faults[] = {
    {.name = "overloaded_529",
     .description = "529, overloaded_error",
     MESSAGES,
     .status = 529,
     .body = ANTHROPIC("overloaded_error", "Overloaded")},
    {.name = "request_too_large",
     .description = "413, request_too_large",
     MESSAGES,
     .status = 413,
     .body = ANTHROPIC("request_too_large",
                       "Request exceeds the maximum allowed number of bytes")},
    {.name = "permission_error",
     .description = "403, permission_error",
     MESSAGES,
     .status = 403,
     .body = ANTHROPIC("permission_error",
                       "Your API key does not have permission to use the "
                       "specified resource.")},
    {.name = "anthropic_limits",
     .description = "the normal answer with anthropic-ratelimit headers",
     MESSAGES,
     .ms_role = MS_RETRY_AFTER,
     .ms = 60000,
     .headers = {{"anthropic-ratelimit-requests-limit", "50"},
                 {"anthropic-ratelimit-requests-remaining", "49"},
                 {"anthropic-ratelimit-requests-reset", "$RFC3339"},
                 {"anthropic-ratelimit-tokens-limit", "40000"},
                 {"anthropic-ratelimit-tokens-remaining", "39000"},
                 {"anthropic-ratelimit-tokens-reset", "$RFC3339"}}},
    {.name = "stream_overloaded",
     .description = "event: error with overloaded_error, in the middle",
     MESSAGES,
     .quirks.stream = {.extent = STREAM_TO_MIDDLE,
                       .inserted = "event: error\ndata: " ANTHROPIC(
                           "overloaded_error", "Overloaded") "\n\n"}},
    {.name = "chat_at_messages",
     .description = "a completion of another API, OpenAI's",
     MESSAGES,
     .status = 200,
     .body = "{\"object\":\"chat.completion\",\"choices\":[{\"message\":{"
             "\"content\":\"Pong!\"},\"finish_reason\":\"stop\"}]}"},

    {.name = NULL},
};
