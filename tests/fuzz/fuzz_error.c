/* A line with the HTTP status, then the body. */
#include "answer_checks.h"
#include "fuzz.h"

const char *const fuzz_name = "error";

/* libcurl returns three digits. Without a status line the status is 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  int status = 0;
  size_t digits = 0;
  while (digits < 3 && digits < size && data[digits] >= '0' &&
         data[digits] <= '9')
    status = status * 10 + (data[digits++] - '0');
  if (digits < size && data[digits] == '\n')
    digits++;
  answer_checks_body(data + digits, size - digits, status);
  return 0;
}
