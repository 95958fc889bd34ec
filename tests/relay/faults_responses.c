#include "faults.h"

#define RESPONSES .endpoint = "responses"
#define EVENT(name, members)                                                   \
  "event: " name "\ndata: {\"type\":\"" name "\"," members "}\n\n"
#define FAILURE(code, message)                                                 \
  "{\"id\":\"resp_standin\",\"object\":\"response\",\"status\":\"failed\","    \
  "\"error\":{\"code\":\"" code "\",\"message\":\"" message                    \
  "\"},\"output\":[]}"
#define OUTPUT(items)                                                          \
  "{\"id\":\"resp_standin\",\"object\":\"response\",\"status\":"               \
  "\"completed\",\"output\":[" items "]}"

const struct fault responses_faults[] = {
    {.name = "response_failed",
     .description = "200 with the status failed, and server_error",
     RESPONSES,
     .status = 200,
     .body = FAILURE("server_error", "The model failed to answer")},
    {.name = "response_refusal",
     .description = "a refusal in place of text (valid)",
     RESPONSES,
     .status = 200,
     .body = OUTPUT("{\"type\":\"message\",\"content\":[{\"type\":\"refusal\","
                    "\"refusal\":\"I cannot help with that.\"}]}")},
    {.name = "stream_failed",
     .description = "response.failed with server_error, in the middle",
     RESPONSES,
     .quirks.stream = {.extent = STREAM_TO_MIDDLE,
                       .inserted = EVENT(
                           "response.failed",
                           "\"response\":" FAILURE(
                               "server_error", "The model failed to answer"))}},
    {.name = "stream_failed_rate",
     .description = "response.failed with rate_limit_exceeded, first",
     RESPONSES,
     .quirks.stream = {.extent = STREAM_NOTHING,
                       .inserted =
                           EVENT("response.failed",
                                 "\"response\":" FAILURE("rate_limit_exceeded",
                                                         "Slow down"))}},
    {.name = "stream_error_members",
     .description = "event: error, whose members are not in an object",
     RESPONSES,
     .quirks.stream = {.extent = STREAM_TO_MIDDLE,
                       .inserted =
                           EVENT("error",
                                 "\"code\":\"server_error\",\"message\":\"The "
                                 "model failed to answer\",\"param\":null")}},
    {.name = "chat_at_responses",
     .description = "a completion of another API, chat",
     RESPONSES,
     .status = 200,
     .body = "{\"object\":\"chat.completion\",\"choices\":[{\"message\":{"
             "\"content\":\"Pong!\"},\"finish_reason\":\"stop\"}]}"},
    {.name = "responses_at_chat",
     .description = "events of this API, at chat/completions",
     .endpoint = "chat/completions",
     .status = 200,
     .type = "text/event-stream",
     .body = EVENT("response.output_text.delta", "\"delta\":\"Pong!\"")
         EVENT("response.completed", "\"response\":" OUTPUT(""))},

    {.name = NULL},
};
