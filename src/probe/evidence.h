/* What the words of an error are evidence of. A topic (the balance, the key,
 * the model ...) with a state close to it (too low, expired, not found ...), in
 * any order and in the same clause, is a finding. */
#ifndef HOLYSHEEP_EVIDENCE_H
#define HOLYSHEEP_EVIDENCE_H

#include <stddef.h>
#include <stdint.h>

enum finding {
  FINDING_NONE,
  FINDING_UPSTREAM,        /* what the relay itself calls failed or refused */
  FINDING_QUOTA,           /* money or an allowance is used up */
  FINDING_KEY_EXPIRED,     /* the key's time is over */
  FINDING_EXPIRED,         /* the time of something that is not named is over */
  FINDING_KEY_INVALID,     /* the key is unknown, wrong, missing or disabled */
  FINDING_REGION,          /* not served where this host is */
  FINDING_PARAMETER,       /* the request's content is wrong */
  FINDING_MODEL,           /* the model is unknown or not offered */
  FINDING_DENIED,          /* a right or the whole account is refused */
  FINDING_UPSTREAM_TYPE,   /* an error of this type is said to be upstream */
  FINDING_RATE,            /* too many requests */
  FINDING_MODEL_NAMED,     /* the model that was asked for is named */
  FINDING_PATH,            /* nothing is at the address that was asked */
  FINDING_ARGUMENT,        /* an error of this type is about the request */
  FINDING_KEY_LIMIT,       /* a limit of the key, of whatever */
  FINDING_BUSY,            /* too much load, or too slow */
  FINDING_AUTH,            /* authentication failed, for whatever reason */
  FINDING_REFUSED,         /* refused, for whatever reason */
  FINDING_REQUEST,         /* an invalid request, for whatever reason */
  FINDING_WAIT,            /* it works again within seconds or minutes */
  FINDING_WINDOW,          /* a limit of each second or minute */
  FINDING_ABOUT_PARAMETER, /* the request's content is talked about */
  FINDING_ABOUT_PATH,      /* so is the address */
  FINDING_COUNT
};

/* A set of findings has the bit of each. */
typedef uint32_t findings;

#define FINDING_BIT(finding) ((findings)1 << (finding))

/* The findings in a message. `model` is the one that was asked for; NULL, or
 * empty: none was. */
findings evidence_of_text(const char *text, size_t length, const char *model);

/* The findings in a name (`insufficient_quota`), the code or the type of an
 * error. Types say
 * "invalid argument" of whatever is wrong in a request, and some relays
 * "upstream error" of whatever is wrong. */
findings evidence_of_name(const char *name, size_t length);

#endif
