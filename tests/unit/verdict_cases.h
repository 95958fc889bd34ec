/* Responses of relays and the verdict that a probe must give. */
#ifndef HOLYSHEEP_UNIT_VERDICT_CASES_H
#define HOLYSHEEP_UNIT_VERDICT_CASES_H

#include "model/probe_result.h"
#include "model/settings.h"

#include <stddef.h>

struct verdict_case {
  int status;
  enum cause cause;
  const char *body;
};

/* The model that the completion requests, and the secret key. */
#define REQUESTED_MODEL "gpt-9"
#define SECRET_KEY "sk-0123456789abcdef"

struct probe_result evaluate(const struct probe_settings *probe, int status,
                             const char *body);

struct probe_result evaluate_chat(int status, const char *body);

struct probe_result evaluate_stream(int status, const char *body);

/* Checks that completions get these verdicts. */
void check_verdicts(const struct verdict_case *cases, size_t count);

#define ERROR(message, type, code)                                             \
  "{\"error\":{\"message\":\"" message "\",\"type\":\"" type                   \
  "\",\"param\":null,\"code\":" code "}}"
#define MESSAGE(message) "{\"error\":{\"message\":\"" message "\"}}"
#define BARE(code, message)                                                    \
  "{\"code\":" code ",\"message\":\"" message "\",\"data\":null}"
#define ANTHROPIC(type, message)                                               \
  "{\"type\":\"error\",\"error\":{\"type\":\"" type                            \
  "\",\"message\":\"" message "\"},\"request_id\":\"req_1\"}"
#define GOOGLE(code, status, message)                                          \
  "{\"error\":{\"code\":" code ",\"message\":\"" message                       \
  "\",\"status\":\"" status "\"}}"

#endif
