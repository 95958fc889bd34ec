/* A streamed response of OpenAI's newer API. */
#include "fuzz.h"
#include "probe/probe_kind.h"
#include "stream_checks.h"

const char *const fuzz_name = "responses";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  stream_checks(KIND_RESPONSES, data, size);
  return 0;
}
