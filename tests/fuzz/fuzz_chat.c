/* A streamed chat completion. */
#include "fuzz.h"
#include "probe/probe_kind.h"
#include "stream_checks.h"

const char *const fuzz_name = "chat";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  stream_checks(KIND_CHAT, data, size);
  return 0;
}
