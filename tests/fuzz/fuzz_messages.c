/* A streamed message of Anthropic's API. */
#include "fuzz.h"
#include "probe/probe_kind.h"
#include "stream_checks.h"

const char *const fuzz_name = "messages";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  stream_checks(KIND_MESSAGES, data, size);
  return 0;
}
