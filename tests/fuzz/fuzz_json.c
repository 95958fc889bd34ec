/* The body of a 200, as it is. */
#include "answers.h"
#include "fuzz.h"

const char *const fuzz_name = "json";

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc;
  (void)argv;
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  answers_check(data, size, 200);
  return 0;
}
