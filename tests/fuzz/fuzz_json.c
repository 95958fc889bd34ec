/* The body of a response with status 200. */
#include "answer_checks.h"
#include "fuzz.h"

const char *const fuzz_name = "json";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  answer_checks_body(data, size, 200);
  return 0;
}
