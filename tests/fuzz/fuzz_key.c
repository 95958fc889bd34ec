/* The content of a key file, which is also tried as an APIKey value. */
#define _GNU_SOURCE /* memfd_create */
#include "fuzz.h"
#include "model/key.h"
#include "state/system_files.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

const char *const fuzz_name = "key";

static int file; /* in-memory file: no clean-up needed */
static char path[64];

/* The messages that reject a key do not reveal it: these are the only three. */
static struct error refusals[3];

static void write_file(const void *data, size_t size) {
  FUZZ_CHECK(ftruncate(file, 0) == 0);
  FUZZ_CHECK(pwrite(file, data, size, 0) == (ssize_t)size);
}

static const struct key_source from_file = {.kind = KEY_FROM_FILE,
                                            .name = path};

static void record_refusal(const char *content, size_t size,
                           struct error *error) {
  struct key key;
  key_init(&key, &from_file, &system_files);
  write_file(content, size);
  FUZZ_CHECK(!key_load(&key, 0, error));
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc;
  (void)argv;
  static const char zeros[3 * KEY_MAX];
  file = memfd_create("key", MFD_CLOEXEC);
  FUZZ_CHECK(file >= 0);
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  record_refusal("", 0, &refusals[0]);
  record_refusal("a b", 3, &refusals[1]);
  record_refusal(zeros, sizeof zeros, &refusals[2]);
  return 0;
}

static void check_refusal(const struct error *error) {
  bool known = false;
  for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
    known = known || strcmp(error->text, refusals[i].text) == 0;
  FUZZ_CHECK(known);
}

/* A key is the content without trailing newlines, in printable ASCII. */
static void check_key(const struct key *key, const uint8_t *data, size_t size) {
  size_t length = strlen(key->value);
  FUZZ_CHECK(length > 0 && length < KEY_MAX && length <= size);
  FUZZ_CHECK(memcmp(key->value, data, length) == 0);
  for (size_t i = 0; i < length; i++)
    FUZZ_CHECK(data[i] > ' ' && data[i] < 0x7F && data[i] != '"' &&
               data[i] != '\'');
  for (size_t i = length; i < size; i++)
    FUZZ_CHECK(data[i] == '\n' || data[i] == '\r');
}

static bool check_file(const uint8_t *data, size_t size) {
  struct key key;
  key_init(&key, &from_file, &system_files);
  struct error error;
  write_file(data, size);
  bool good = key_load(&key, 0, &error);
  if (good)
    check_key(&key, data, size);
  else
    check_refusal(&error);
  /* When the file becomes invalid, the key is cleared; when it becomes valid
   * again, the key is restored. */
  write_file("", 0);
  FUZZ_CHECK(!key_refresh(&key, 0, &error));
  FUZZ_CHECK(key.value[0] == '\0');
  write_file(data, size);
  FUZZ_CHECK(key_refresh(&key, 0, &error) == good);
  FUZZ_CHECK(good == (key.value[0] != '\0'));
  return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  bool good = check_file(data, size);
  if (memchr(data, '\0', size) != NULL)
    return 0;
  char text[4 * KEY_MAX];
  if (size >= sizeof text)
    return 0;
  memcpy(text, data, size);
  text[size] = '\0';
  const struct key_source from_text = {.kind = KEY_FROM_CONFIG, .text = text};
  struct key key;
  struct error error;
  key_init(&key, &from_text, &system_files);
  FUZZ_CHECK(key_load(&key, 0, &error) == good);
  return 0;
}
