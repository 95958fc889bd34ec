/* The text of a state file. */
#define _GNU_SOURCE /* memfd_create */
#include "fuzz.h"
#include "state/state_file.h"
#include "state/system_files.h"

#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

const char *const fuzz_name = "state";

static int file; /* lies in memory: nothing to clean up */
static char path[64];

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc;
  (void)argv;
  file = memfd_create("state", MFD_CLOEXEC);
  FUZZ_CHECK(file >= 0);
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  return 0;
}

/* What was taken, as it is written. */
struct copy {
  char *text;
  size_t length, lines;
};

static const char first_line[] = "collectd-holysheep state 1\n";

static void take(void *user, const struct state_file_entry *saved) {
  struct copy *copy = user;
  FUZZ_CHECK(saved->day >= 0 && saved->day <= 1000000);
  FUZZ_CHECK(saved->today <= INT64_MAX && saved->max_cost <= INT64_MAX);
  FUZZ_CHECK(strpbrk(saved->relay, "\t\n") == NULL);
  FUZZ_CHECK(strpbrk(saved->model, "\t\n") == NULL);
  copy->lines++;
  copy->length += (size_t)sprintf(
      copy->text + copy->length,
      "%" PRId64 "\t%" PRIu64 "\t%" PRIu64 "\t%s\t%s\n", saved->day,
      saved->today, saved->max_cost, saved->relay, saved->model);
}

static bool parse(const char *data, size_t size, struct copy *copy) {
  char *text = malloc(size + 1);
  FUZZ_CHECK(text != NULL);
  memcpy(text + 1, data, size);
  copy->length = (size_t)sprintf(copy->text, "%s", first_line);
  copy->lines = 0;
  bool good = state_file_parse(text + 1, size, take, copy);
  free(text);
  return good;
}

/* Numbers may have zeros in front; the labels stand as they are. */
static void check_copy(const struct copy *copy, size_t size) {
  struct copy again = {.text = malloc(size + sizeof first_line)};
  FUZZ_CHECK(again.text != NULL);
  FUZZ_CHECK(copy->length <= size);
  FUZZ_CHECK(parse(copy->text, copy->length, &again));
  FUZZ_CHECK(again.length == copy->length && again.lines == copy->lines);
  FUZZ_CHECK(memcmp(again.text, copy->text, copy->length) == 0);
  free(again.text);
}

static void check_file(const uint8_t *data, size_t size, bool good,
                       const struct copy *copy) {
  struct copy read = {.text = malloc(size + sizeof first_line)};
  struct error error = {{0}};
  FUZZ_CHECK(read.text != NULL);
  FUZZ_CHECK(ftruncate(file, 0) == 0);
  FUZZ_CHECK(pwrite(file, data, size, 0) == (ssize_t)size);
  read.length = (size_t)sprintf(read.text, "%s", first_line);
  bool fine = good || size == 0;
  bool later;
  FUZZ_CHECK(state_file_read(&system_files, path, take, &read, &later,
                             &error) == fine);
  FUZZ_CHECK(!later || !fine);
  FUZZ_CHECK(fine == (error.text[0] == '\0'));
  FUZZ_CHECK(read.lines == copy->lines);
  FUZZ_CHECK(!good || memcmp(read.text, copy->text, copy->length) == 0);
  fuzz_check_text(error.text);
  free(read.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct copy copy = {.text = malloc(size + sizeof first_line)};
  FUZZ_CHECK(copy.text != NULL);
  bool good = parse((const char *)data, size, &copy);
  if (good)
    check_copy(&copy, size);
  else
    FUZZ_CHECK(copy.lines == 0); /* nothing is half taken */
  check_file(data, size, good, &copy);
  free(copy.text);
  return 0;
}
