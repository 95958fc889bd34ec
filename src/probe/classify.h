/* Classifies an error by its words. A topic (the balance, the key, the model
 * ...) with a condition close to it (too low, expired, not found ...), in any
 * order but in the same clause, is a finding. */
#ifndef HOLYSHEEP_CLASSIFY_H
#define HOLYSHEEP_CLASSIFY_H

#include <stddef.h>
#include <stdint.h>

enum finding {
  FINDING_NONE,
  FINDING_UPSTREAM,        /* what the relay itself calls failed or refused */
  FINDING_QUOTA,           /* money or an allowance is used up */
  FINDING_KEY_EXPIRED,     /* the key has expired */
  FINDING_EXPIRED,         /* something that is not named has expired */
  FINDING_KEY_INVALID,     /* the key is unknown, wrong, missing or disabled */
  FINDING_REGION,          /* not available in this host's region */
  FINDING_PARAMETER,       /* the request's content is wrong */
  FINDING_MODEL,           /* the model is unknown or not offered */
  FINDING_DENIED,          /* a permission or the whole account is refused */
  FINDING_UPSTREAM_TYPE,   /* the error's type says that it is upstream's */
  FINDING_RATE,            /* too many requests */
  FINDING_DENIED_TYPE,     /* the error's type says that it is refused */
  FINDING_MODEL_NAMED,     /* the requested model is mentioned */
  FINDING_PATH,            /* there is nothing at the requested path */
  FINDING_ARGUMENT,        /* the error's type says that the request is wrong */
  FINDING_KEY_LIMIT,       /* an unspecified limit of the key */
  FINDING_BUSY,            /* overloaded, or too slow */
  FINDING_AUTH,            /* authentication failed, for an unknown reason */
  FINDING_REFUSED,         /* refused, for an unknown reason */
  FINDING_REQUEST,         /* an invalid request, for an unknown reason */
  FINDING_WAIT,            /* it will work again in seconds or minutes */
  FINDING_WINDOW,          /* a limit per second or per minute */
  FINDING_ABOUT_PARAMETER, /* the request's content is mentioned */
  FINDING_ABOUT_PATH,      /* the path is mentioned */
  FINDING_COUNT
};

/* A set of findings: a bit for each. */
typedef uint32_t findings;

#define FINDING_BIT(finding) ((findings)1 << (finding))

/* The findings in a message. `model` is the requested model; NULL or empty if
 * there was none. */
findings classify_text(const char *text, size_t length, const char *model);

/* The findings in a name, such as `insufficient_quota`: an error's code or
 * type. Types count for less than messages: they say "invalid argument" of
 * anything that is wrong with a request, and some relays say "upstream error"
 * of anything at all. */
findings classify_name(const char *name, size_t length);

#endif
