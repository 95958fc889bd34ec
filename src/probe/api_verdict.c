#include "probe/api_verdict.h"

#include <stddef.h>

/* Groups of statuses under which the same words decide. */
enum {
  ON_SUCCESS = 1 << 0,
  ON_401 = 1 << 1,
  ON_402 = 1 << 2,
  ON_403 = 1 << 3,
  ON_429 = 1 << 4,
  ON_NOT_FOUND = 1 << 5, /* 400 and 404 */
  ON_REQUEST = 1 << 6,   /* any other 4xx */
  ON_500 = 1 << 7,       /* any other 5xx of the relay itself */
  ON_503 = 1 << 8,
  ON_GATEWAY = 1 << 9,   /* 502 and 504 */
  ON_UPSTREAM = 1 << 10, /* an upstream failure, or overload */
  ON_ANY_REQUEST = ON_NOT_FOUND | ON_REQUEST,
  ON_4XX = ON_401 | ON_402 | ON_403 | ON_429 | ON_ANY_REQUEST,
  ON_ANY = ON_SUCCESS | ON_4XX | ON_500 | ON_503 | ON_GATEWAY,
};

/* 424, 425, 498 and 499 as Groq, OpenAI and nginx use them; from 520 on
 * Cloudflare's, and Anthropic's 529: never the client's fault. */
static bool is_upstream_status(int status) {
  return status == 408 || status == 424 || status == 425 || status == 498 ||
         status == 499 || (status >= 520 && status <= 530);
}

static unsigned status_group(int status) {
  if (is_upstream_status(status))
    return ON_UPSTREAM;
  switch (status) {
  case 400:
  case 404:
    return ON_NOT_FOUND;
  case 401:
    return ON_401;
  case 402:
    return ON_402;
  case 403:
    return ON_403;
  case 429:
    return ON_429;
  case 502:
  case 504:
    return ON_GATEWAY;
  case 503:
    return ON_503;
  default:
    return status / 100 == 4 ? ON_REQUEST : status / 100 == 5 ? ON_500 : 0;
  }
}

/* From the most specific to the least: the first finding decides, unless the
 * status itself says something else. */
static const struct rule {
  enum finding finding;
  unsigned statuses;
  enum cause cause;
} rules[] = {
    {FINDING_UPSTREAM, ON_ANY, CAUSE_UPSTREAM},
    {FINDING_QUOTA, ON_SUCCESS | ON_4XX | ON_500, CAUSE_QUOTA},
    {FINDING_KEY_EXPIRED, ON_SUCCESS | ON_4XX, CAUSE_KEY_EXPIRED},
    {FINDING_EXPIRED, ON_401 | ON_403, CAUSE_KEY_EXPIRED},
    {FINDING_KEY_INVALID, ON_SUCCESS | ON_4XX, CAUSE_KEY_REJECTED},
    {FINDING_REGION, ON_SUCCESS | ON_4XX, CAUSE_FORBIDDEN},
    {FINDING_PARAMETER, ON_SUCCESS | ON_ANY_REQUEST, CAUSE_CLIENT_ERROR},
    {FINDING_MODEL, ON_SUCCESS | ON_4XX | ON_500 | ON_503,
     CAUSE_MODEL_NOT_FOUND},
    {FINDING_DENIED, ON_SUCCESS | ON_401 | ON_403 | ON_ANY_REQUEST,
     CAUSE_FORBIDDEN},
    {FINDING_UPSTREAM_TYPE, ON_ANY, CAUSE_UPSTREAM},
    {FINDING_RATE, ON_SUCCESS | ON_4XX | ON_500 | ON_503, CAUSE_RATE_LIMITED},
    {FINDING_DENIED_TYPE, ON_SUCCESS | ON_401 | ON_403 | ON_ANY_REQUEST,
     CAUSE_FORBIDDEN},
    {FINDING_MODEL_NAMED, ON_403 | ON_NOT_FOUND, CAUSE_MODEL_NOT_FOUND},
    {FINDING_PATH, ON_SUCCESS | ON_ANY_REQUEST, CAUSE_CLIENT_ERROR},
    {FINDING_ARGUMENT, ON_SUCCESS | ON_ANY_REQUEST, CAUSE_CLIENT_ERROR},
    {FINDING_KEY_LIMIT, ON_SUCCESS | ON_4XX, CAUSE_QUOTA},
    {FINDING_BUSY, ON_SUCCESS | ON_429 | ON_ANY_REQUEST | ON_500,
     CAUSE_UPSTREAM},
    {FINDING_AUTH, ON_SUCCESS | ON_401 | ON_402 | ON_403 | ON_ANY_REQUEST,
     CAUSE_KEY_REJECTED},
    {FINDING_REFUSED, ON_SUCCESS, CAUSE_FORBIDDEN},
    {FINDING_REQUEST, ON_SUCCESS, CAUSE_CLIENT_ERROR},
};

static bool has(findings found, enum finding finding) {
  return (found & FINDING_BIT(finding)) != 0;
}

static findings without(findings found, enum finding finding) {
  return found & ~FINDING_BIT(finding);
}

/* Findings that change the meaning of others in the same answer. */
static findings resolve_conflicts(const struct api_error *error,
                                  unsigned statuses) {
  findings found = error->found;
  /* A quota that is restored within minutes is a rate limit. */
  if (has(found, FINDING_QUOTA) &&
      (has(found, FINDING_WAIT) || has(found, FINDING_WINDOW)))
    found = without(found, FINDING_QUOTA) | FINDING_BIT(FINDING_RATE);
  /* Whichever upstream does not offer it: the remedy is another model. */
  if (has(found, FINDING_MODEL))
    found = without(found, FINDING_UPSTREAM);
  /* An upstream that names a parameter is not what has failed. */
  if (has(found, FINDING_PARAMETER) && (statuses & ON_ANY_REQUEST) != 0)
    found = without(found, FINDING_UPSTREAM);
  /* It is the upstream's quota. */
  if (has(found, FINDING_UPSTREAM_TYPE))
    found = without(found, FINDING_QUOTA);
  /* A limit on input tokens per minute is not about this request. */
  if (has(found, FINDING_WINDOW))
    found = without(found, FINDING_PARAMETER);
  /* It is mentioned for a reason other than being unknown. */
  if (has(found, FINDING_ABOUT_PARAMETER) || has(found, FINDING_BUSY))
    found = without(found, FINDING_MODEL_NAMED);
  if (error->refuses_max_tokens)
    found |= FINDING_BIT(FINDING_PARAMETER);
  return found;
}

static const struct rule *find_rule(findings found, unsigned statuses) {
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
    if (has(found, rules[i].finding) && (rules[i].statuses & statuses) != 0)
      return &rules[i];
  return NULL;
}

static enum cause cause_from_status(int status, bool own_error) {
  switch (status_group(status)) {
  case ON_401:
    return CAUSE_KEY_REJECTED;
  case ON_402:
    return CAUSE_QUOTA;
  case ON_403:
    return CAUSE_FORBIDDEN;
  case ON_429:
    return CAUSE_RATE_LIMITED;
  case ON_503:
  case ON_GATEWAY:
  case ON_UPSTREAM:
    return CAUSE_UPSTREAM;
  default:
    break;
  }
  switch (status / 100) {
  case 2:
    return CAUSE_SERVER_ERROR;
  case 3:
    return CAUSE_REDIRECTED;
  case 4:
    return CAUSE_CLIENT_ERROR;
  case 5:
    return own_error ? CAUSE_SERVER_ERROR : CAUSE_UPSTREAM;
  default:
    return CAUSE_MALFORMED;
  }
}

/* If the relay's words are about what this host requested, the fault is local.
 * If it has no words of its own, the API may be at another address. */
static void refine_client_error(struct api_verdict *verdict, findings found,
                                enum api_body body) {
  const findings about_request =
      FINDING_BIT(FINDING_PARAMETER) | FINDING_BIT(FINDING_ABOUT_PARAMETER) |
      FINDING_BIT(FINDING_PATH) | FINDING_BIT(FINDING_ABOUT_PATH) |
      FINDING_BIT(FINDING_ARGUMENT);
  if (body == API_BODY_JSON && (found & about_request) != 0)
    verdict->fault = FAULT_LOCAL;
  else if (body != API_BODY_JSON && verdict->advice == NULL)
    verdict->advice = "There is no API at this URL: check BaseURL and Path.";
}

static const char *max_tokens_advice(const struct api_error *error,
                                     enum cause cause) {
  /* A gateway may turn it into a 500, or report it within a stream. */
  bool applies = cause == CAUSE_CLIENT_ERROR || cause == CAUSE_SERVER_ERROR ||
                 cause == CAUSE_UPSTREAM;
  return applies && error->refuses_max_tokens
             ? "Set MaxCompletionTokens in <Chat>: this model rejects "
               "max_tokens."
             : NULL;
}

struct api_verdict api_verdict_of(const struct api_error *error,
                                  int http_status, enum api_body body) {
  bool success = http_status / 100 == 2;
  int status = success && error->number != 0 ? error->number : http_status;
  unsigned statuses = status_group(status) | (success ? ON_SUCCESS : 0u);
  findings found = resolve_conflicts(error, statuses);
  const struct rule *rule = find_rule(found, statuses);
  bool own_error = body != API_BODY_HTML && (error->present || status == 500);
  enum cause cause =
      rule != NULL ? rule->cause : cause_from_status(status, own_error);
  struct api_verdict verdict = {cause, causes[cause].fault,
                                max_tokens_advice(error, cause)};
  if (cause == CAUSE_CLIENT_ERROR)
    refine_client_error(&verdict, found, body);
  return verdict;
}

bool api_verdict_is_conclusive(const struct api_error *error) {
  return error->number != 0 ||
         find_rule(resolve_conflicts(error, ON_SUCCESS), ON_SUCCESS) != NULL;
}
