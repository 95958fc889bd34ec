#include "model/suppress_reason.h"

const char *suppress_reason_name(enum suppress_reason reason) {
  static const char *const names[REASON_COUNT] = {"retry_after", "rate_limit",
                                                  "daily_cost", "late"};
  return names[reason];
}
