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

static int file; /* in-memory file: no clean-up needed */
static char path[64];

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc;
  (void)argv;
  file = memfd_create("state", MFD_CLOEXEC);
  FUZZ_CHECK(file >= 0);
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  return 0;
}

/* The accepted entries, written again. */
struct rewritten {
  char *text;
  size_t length, lines;
};

static const char first_line[] = "collectd-holysheep state 1\n";
static const char first_with_incidents[] = "collectd-holysheep state 2\n";

/* The rewritten text begins like the one that is parsed. */
static void start_rewriting(struct rewritten *rewritten, const void *data,
                            size_t size) {
  size_t length = sizeof first_line - 1;
  bool incidents =
      size >= length && memcmp(data, first_with_incidents, length) == 0;
  memcpy(rewritten->text, incidents ? first_with_incidents : first_line,
         length);
  rewritten->length = length;
  rewritten->lines = 0;
}

static int print_incident(char *to, const struct state_file_entry *saved) {
  FUZZ_CHECK(saved->since >= 0 && saved->on_and_off_since >= 0);
  FUZZ_CHECK(saved->hold >= 0 && saved->last >= 0);
  FUZZ_CHECK(strpbrk(saved->relay, "\t\n") == NULL);
  FUZZ_CHECK(strpbrk(saved->problem, "\t\n") == NULL);
  FUZZ_CHECK(strpbrk(saved->probe, "\t\n") == NULL);
  return sprintf(to,
                 "incident\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64
                 "\t%s\t%s\t%s\n",
                 saved->since, saved->on_and_off_since, saved->hold,
                 saved->last, saved->problem, saved->relay, saved->probe);
}

static int print_spending(char *to, const struct state_file_entry *saved) {
  FUZZ_CHECK(saved->day >= 0 && saved->day <= 1000000);
  FUZZ_CHECK(saved->today <= INT64_MAX && saved->max_cost <= INT64_MAX);
  FUZZ_CHECK(strpbrk(saved->relay, "\t\n") == NULL);
  FUZZ_CHECK(strpbrk(saved->model, "\t\n") == NULL);
  return sprintf(to, "%" PRId64 "\t%" PRIu64 "\t%" PRIu64 "\t%s\t%s\n",
                 saved->day, saved->today, saved->max_cost, saved->relay,
                 saved->model);
}

static void write_entry(void *user, const struct state_file_entry *saved) {
  struct rewritten *rewritten = user;
  char *to = rewritten->text + rewritten->length;
  rewritten->lines++;
  rewritten->length +=
      (size_t)(saved->kind == STATE_FILE_INCIDENT ? print_incident(to, saved)
                                                  : print_spending(to, saved));
}

static bool parse(const char *data, size_t size, struct rewritten *rewritten) {
  char *text = malloc(size + 1);
  FUZZ_CHECK(text != NULL);
  memcpy(text + 1, data, size);
  start_rewriting(rewritten, data, size);
  bool good = state_file_parse(text + 1, size, write_entry, rewritten);
  free(text);
  return good;
}

/* Numbers may have leading zeros; labels are unchanged. */
static void check_round_trip(const struct rewritten *rewritten, size_t size) {
  struct rewritten reparsed = {.text = malloc(size + sizeof first_line)};
  FUZZ_CHECK(reparsed.text != NULL);
  FUZZ_CHECK(rewritten->length <= size);
  FUZZ_CHECK(parse(rewritten->text, rewritten->length, &reparsed));
  FUZZ_CHECK(reparsed.length == rewritten->length &&
             reparsed.lines == rewritten->lines);
  FUZZ_CHECK(memcmp(reparsed.text, rewritten->text, rewritten->length) == 0);
  free(reparsed.text);
}

static void check_file(const uint8_t *data, size_t size, bool good,
                       const struct rewritten *rewritten) {
  struct rewritten read = {.text = malloc(size + sizeof first_line)};
  struct error error = {{0}};
  FUZZ_CHECK(read.text != NULL);
  FUZZ_CHECK(ftruncate(file, 0) == 0);
  FUZZ_CHECK(pwrite(file, data, size, 0) == (ssize_t)size);
  start_rewriting(&read, data, size);
  bool fine = good || size == 0;
  bool later;
  FUZZ_CHECK(state_file_read(&system_files, path, write_entry, &read, &later,
                             &error) == fine);
  FUZZ_CHECK(!later || !fine);
  FUZZ_CHECK(fine == (error.text[0] == '\0'));
  FUZZ_CHECK(read.lines == rewritten->lines);
  FUZZ_CHECK(!good ||
             memcmp(read.text, rewritten->text, rewritten->length) == 0);
  fuzz_check_text(error.text);
  free(read.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct rewritten rewritten = {.text = malloc(size + sizeof first_line)};
  FUZZ_CHECK(rewritten.text != NULL);
  bool good = parse((const char *)data, size, &rewritten);
  if (good)
    check_round_trip(&rewritten, size);
  else
    FUZZ_CHECK(rewritten.lines == 0); /* all or nothing */
  check_file(data, size, good, &rewritten);
  free(rewritten.text);
  return 0;
}
