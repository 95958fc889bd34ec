#include "faults.h"

#include "fault_bodies.h"

#define LIMITS(resource, limit, remaining, reset)                              \
  {"x-ratelimit-limit-" resource, limit},                                      \
      {"x-ratelimit-remaining-" resource, remaining}, {                        \
    "x-ratelimit-reset-" resource, reset                                       \
  }
/* The same value for both. */
#define RESET(reset)                                                           \
  LIMITS("requests", "500", "499", reset),                                     \
      LIMITS("tokens", "200000", "199982", reset)

#define TOO_MANY(value)                                                        \
  .status = 429, .headers = {{"Retry-After", value}}, .body = RATE_LIMIT("20")

const struct fault rate_limit_faults[] = {
    /* x-ratelimit-* headers on the normal response. */
    {.name = "ratelimit",
     .description = "x-ratelimit headers, as OpenAI: 120ms, 5ms",
     .headers = {LIMITS("requests", "500", "499", "120ms"),
                 LIMITS("tokens", "200000", "199982", "5ms")}},
    {.name = "ratelimit_near",
     .description = "the same with 3 of 500 and 9000 of 200000 left",
     .headers = {LIMITS("requests", "500", "3", "59.64s"),
                 LIMITS("tokens", "200000", "9000", "57.3s")}},
    {.name = "ratelimit_spent",
     .description = "the same with nothing left, for 6m0s",
     .headers = {LIMITS("requests", "500", "0", "6m0s"),
                 LIMITS("tokens", "200000", "0", "6m0s")}},
    {.name = "ratelimit_requests",
     .description = "only requests, without a reset",
     .headers = {{"x-ratelimit-limit-requests", "500"},
                 {"x-ratelimit-remaining-requests", "499"}}},
    {.name = "ratelimit_second",
     .description = "resets of 1s",
     .headers = {RESET("1s")}},
    {.name = "ratelimit_hours",
     .description = "resets of 1h2m3s",
     .headers = {RESET("1h2m3s")}},
    {.name = "ratelimit_plain",
     .description = "resets of 60, in seconds",
     .headers = {RESET("60")}},
    {.name = "ratelimit_garbage",
     .description = "words instead of numbers and durations",
     .headers = {LIMITS("requests", "many", "some", "soon"),
                 LIMITS("tokens", "", "12 apples", "1s later")}},
    {.name = "ratelimit_negative",
     .description = "-1 and -1s",
     .headers = {LIMITS("requests", "-1", "-1", "-1s"),
                 LIMITS("tokens", "-1", "-1", "-1s")}},
    {.name = "ratelimit_huge",
     .description = "numbers and durations of 25 digits",
     .headers = {LIMITS("requests", "9999999999999999999999999",
                        "9999999999999999999999999",
                        "9999999999999999999999999h"),
                 LIMITS("tokens", "9999999999999999999999999",
                        "9999999999999999999999999",
                        "9999999999999999999999999s")}},

    /* Retry-After. */
    {.name = "retry_503",
     .description = "503, nginx's page, Retry-After of ms",
     .ms_role = MS_RETRY_AFTER,
     .ms = 1000,
     .status = 503,
     .type = HTML,
     .headers = {{"Retry-After", "$RETRY"}},
     .body = NGINX("503 Service Temporarily Unavailable")},
    {.name = "retry_date",
     .description = "429, Retry-After is a date, ms from now",
     .ms_role = MS_RETRY_AFTER,
     .ms = 60000,
     TOO_MANY("$DATE")},
    {.name = "retry_date_503",
     .description = "503, nginx's page, Retry-After is such a date",
     .ms_role = MS_RETRY_AFTER,
     .ms = 60000,
     .status = 503,
     .type = HTML,
     .headers = {{"Retry-After", "$DATE"}},
     .body = NGINX("503 Service Temporarily Unavailable")},
    {.name = "retry_past",
     .description = "429, Retry-After is a date in 1994",
     TOO_MANY("Sun, 06 Nov 1994 08:49:37 GMT")},
    {.name = "retry_zero", .description = "429, Retry-After: 0", TOO_MANY("0")},
    {.name = "retry_days",
     .description = "429, Retry-After of ten days",
     TOO_MANY("864000")},
    {.name = "retry_huge",
     .description = "429, Retry-After of 25 digits",
     TOO_MANY("9999999999999999999999999")},
    {.name = "retry_garbage",
     .description = "429, Retry-After: soon",
     TOO_MANY("soon")},
    {.name = "retry_negative",
     .description = "429, Retry-After: -5",
     TOO_MANY("-5")},
    {.name = "retry_200",
     .description = "the normal answer with a Retry-After of ms",
     .ms_role = MS_RETRY_AFTER,
     .ms = 60000,
     .headers = {{"Retry-After", "$RETRY"}}},

    {.name = NULL},
};
