/* Why a probe that was due was not sent. */
#ifndef HOLYSHEEP_SUPPRESS_REASON_H
#define HOLYSHEEP_SUPPRESS_REASON_H

enum suppress_reason {
  REASON_RETRY_AFTER, /* the relay asked to wait */
  REASON_RATE_LIMIT,  /* MaxRequests */
  REASON_DAILY_COST,  /* MaxCostPerDay */
  REASON_LATE,        /* the last one is still in flight, or no slot is free */
  REASON_COUNT
};

/* The value of the label `reason`. */
const char *suppress_reason_name(enum suppress_reason reason);

#endif
