/* Response bodies that several faults share. */
#ifndef RELAY_FAULT_BODIES_H
#define RELAY_FAULT_BODIES_H

/* The error object of an OpenAI-compatible API; the last three arguments are
 * JSON. */
#define ERROR(message, type, param, code)                                      \
  "{\"error\":{\"message\":\"" message "\",\"type\":" type ",\"param\":" param \
  ",\"code\":" code "}}"
#define INVALID(message, code)                                                 \
  ERROR(message, "\"invalid_request_error\"", "null", code)
#define NEW_API(message, code)                                                 \
  "{\"error\":{\"message\":\"" message                                         \
  " (request id: 20250101000000000000000standin)\","                           \
  "\"type\":\"new_api_error\",\"param\":\"\",\"code\":\"" code "\"}}"
#define ONE_API(message)                                                       \
  "{\"error\":{\"message\":\"" message                                         \
  " (request id: 20250101000000000000000standin)\","                           \
  "\"type\":\"one_api_error\"}}"
#define NGINX(title)                                                           \
  "<html>\r\n<head><title>" title                                              \
  "</title></head>\r\n<body>\r\n<center><h1>" title                            \
  "</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n"                \
  "</html>\r\n"
#define HTML "text/html; charset=utf-8"

#define RATE_LIMIT(seconds)                                                    \
  ERROR("Rate limit reached for gpt-4o-mini in organization org-standin on "   \
        "requests per min (RPM): Limit 3, Used 3, Requested 1. Please try "    \
        "again in " seconds "s.",                                              \
        "\"requests\"", "null", "\"rate_limit_exceeded\"")

#define FAILED                                                                 \
  ERROR("The server had an error while processing your request. Sorry about "  \
        "that!",                                                               \
        "\"server_error\"", "null", "null")

#define A_64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A_256 A_64 A_64 A_64 A_64
#define A_KIB A_256 A_256 A_256 A_256

#endif
