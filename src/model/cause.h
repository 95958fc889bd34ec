/* The causes that a verdict can have: one row each. */
#ifndef HOLYSHEEP_CAUSE_H
#define HOLYSHEEP_CAUSE_H

#include <stdbool.h>

enum fault {
  FAULT_NONE,
  FAULT_RELAY,
  FAULT_NETWORK,
  FAULT_ACCOUNT,
  FAULT_LOCAL,
  FAULT_COUNT
};

/* What an incident is called: causes with the same consequences and the same
 * remedy share one. The most severe comes first. */
enum problem {
  PROBLEM_NONE,
  PROBLEM_NETWORK,
  PROBLEM_ERROR,
  PROBLEM_TIMEOUT,
  PROBLEM_KEY,
  PROBLEM_QUOTA,
  PROBLEM_MODEL,
  PROBLEM_RATE_LIMITED,
  PROBLEM_CONTENT,
  PROBLEM_LOCAL,
  PROBLEM_COUNT
};

/* How serious a notification is, as in collectd. */
enum severity { SEVERITY_OKAY, SEVERITY_WARNING, SEVERITY_FAILURE };

enum cause {
  CAUSE_OK,
  CAUSE_PENDING,
  CAUSE_SUPPRESSED,
  CAUSE_TIMEOUT,
  CAUSE_DNS,
  CAUSE_CONNECTION,
  CAUSE_TLS_EXPIRED,
  CAUSE_TLS_NAME,
  CAUSE_TLS_ISSUER,
  CAUSE_TLS,
  CAUSE_KEY_REJECTED,
  CAUSE_KEY_EXPIRED,
  CAUSE_FORBIDDEN,
  CAUSE_QUOTA,
  CAUSE_RATE_LIMITED,
  CAUSE_MODEL_NOT_FOUND,
  CAUSE_CLIENT_ERROR,
  CAUSE_REDIRECTED,
  CAUSE_SERVER_ERROR,
  CAUSE_UPSTREAM,
  CAUSE_MALFORMED,
  CAUSE_TOO_LARGE,
  CAUSE_BALANCE_UNKNOWN,
  CAUSE_EMPTY_ANSWER,
  CAUSE_UNEXPECTED_ANSWER,
  CAUSE_STREAM_CUT,
  CAUSE_STREAM_STALLED,
  CAUSE_STREAM_ERROR,
  CAUSE_KEY_UNREADABLE,
  CAUSE_CA_UNREADABLE,
  CAUSE_INTERNAL,
  CAUSE_COUNT
};

struct cause_row {
  const char *name;       /* the value of the label `cause` */
  const char *error_type; /* the value of `error_type`; NULL: not an error */
  enum fault fault;       /* the default; a result may be more specific */
  enum problem problem;   /* unless the fault is the network's or local */
  const char *meaning;    /* what was observed, one short clause */
  const char *detail;     /* another sentence for the manual, or NULL */
  const char *advice;     /* what to do, one short sentence */
};

extern const struct cause_row causes[CAUSE_COUNT];

/* What an incident is called, and which alert it becomes. The alerting rules
 * are generated from this. */
struct problem_row {
  const char *name;    /* the value of the label `problem` */
  const char *alert;   /* if most hosts of an endpoint call it that */
  bool pages;          /* that alert is critical, not a warning */
  bool outage;         /* such an endpoint does not serve anybody */
  unsigned precedence; /* the greater one wins where as many hosts say either */
};

extern const struct problem_row problems[PROBLEM_COUNT];

const char *fault_name(enum fault fault);

/* The value of the label `problem`. */
const char *problem_name(enum problem problem);

/* What an incident with this verdict is called. */
enum problem problem_of(enum cause cause, enum fault fault);

/* The cause under which errors of this cause are counted: the first one with
 * the same error type, so that there is one counter for each type. */
enum cause cause_counter(enum cause cause);

/* A warning if paying or waiting helps, else a failure. */
enum severity cause_severity(enum cause cause);

#endif
