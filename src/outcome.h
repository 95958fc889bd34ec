/* What a probe found out. */
#ifndef HOLYSHEEP_OUTCOME_H
#define HOLYSHEEP_OUTCOME_H

#include "cause.h"
#include "exchange.h"

#include <stdbool.h>
#include <stdint.h>

struct outcome {
  enum cause cause;
  enum fault fault;
  struct exchange exchange;
  char error_code[48];     /* of the API's error, fit for a log line */
  char error_message[160]; /* likewise, its first words */
  bool has_usage;
  uint64_t prompt_tokens;
  uint64_t completion_tokens;
  bool has_balance;
  double balance; /* US dollars */
};

#endif
