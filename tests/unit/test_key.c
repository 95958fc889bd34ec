#include "model/key.h"

#include "state/system_files.h"
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct key_source source;
static struct key key;
static struct error error;
static char folder[] = "/tmp/holysheep-key-XXXXXX";
static char path[sizeof folder + 8];

/* --- a key file ---------------------------------------------------------- */

static void write_file(const char *text, size_t length) {
  FILE *file = fopen(path, "w");
  ck_assert_ptr_nonnull(file);
  ck_assert_uint_eq(fwrite(text, 1, length, file), length);
  ck_assert_int_eq(fclose(file), 0);
}

static void write_text(const char *text) { write_file(text, strlen(text)); }

/* Ensures a different mtime, however coarse the file system's resolution. */
static void write_later(const char *text) {
  struct stat before, after;
  ck_assert_int_eq(stat(path, &before), 0);
  do {
    write_text(text);
    ck_assert_int_eq(stat(path, &after), 0);
  } while (after.st_mtim.tv_nsec == before.st_mtim.tv_nsec &&
           after.st_mtim.tv_sec == before.st_mtim.tv_sec);
}

static void begin(struct key_source from) {
  source = from;
  key_init(&key, &source, &system_files);
  error.text[0] = '\0';
}

static bool load(void) { return key_load(&key, 1000, &error); }

static bool refresh(void) { return key_refresh(&key, 2000, &error); }

static void setup_file(void) {
  ck_assert_ptr_nonnull(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/key", folder);
  begin((struct key_source){.kind = KEY_FROM_FILE, .name = path});
}

static void teardown_file(void) {
  unlink(path);
  ck_assert_int_eq(rmdir(folder), 0);
  key_clear(&key);
}

/* The message about a file, after its name. */
static const char *load_error(void) {
  static char before[128];
  int length = snprintf(before, sizeof before, "APIKeyFile \"%s\": ", path);
  ck_assert_int_eq(strncmp(error.text, before, (size_t)length), 0);
  return error.text + length;
}

/* --- loading ------------------------------------------------------------- */

START_TEST(test_keys_in_files) {
  static const char *const files[] = {"sk-abc", "sk-abc\n", "sk-abc\r\n",
                                      "sk-abc\n\n"};
  setup_file();
  for (size_t i = 0; i < COUNT_OF(files); i++) {
    write_text(files[i]);
    ck_assert(load());
    ck_assert_str_eq(key.value, "sk-abc");
  }
  teardown_file();
}
END_TEST

START_TEST(test_load_time) {
  setup_file();
  write_text("sk-abc");
  ck_assert(load());
  ck_assert_int_eq(key.loaded, 1000);
  teardown_file();
}
END_TEST

static void check_refused(const char *text, size_t length, const char *wanted) {
  write_file(text, length);
  ck_assert(!load());
  ck_assert_str_eq(load_error(), wanted);
  ck_assert_str_eq(key.value, "");
}

/* The error never quotes the content of the file. */
START_TEST(test_invalid_keys) {
  static const char odd[] = "contains a space, a quote, a line break or "
                            "another character that no API key has";
  static const char *const files[] = {
      "hid den",   " hidden",       "hidden ",
      "hid\nden",  "hid\tden",      "\"hidden\"",
      "'hidden'",  "hidd\xC3\xA9n", "\xEF\xBB\xBFhidden",
      "hidden\x7F"};
  setup_file();
  for (size_t i = 0; i < COUNT_OF(files); i++)
    check_refused(files[i], strlen(files[i]), odd);
  check_refused("hid\0den", 7, odd);
  check_refused("", 0, "is empty: an API key is required");
  check_refused("\r\n\n", 3, "is empty: an API key is required");
  teardown_file();
}
END_TEST

START_TEST(test_maximum_length) {
  static char text[3 * KEY_MAX];
  static const char long_one[] =
      "is too long for an API key: at most 2047 bytes are allowed";
  memset(text, 'k', sizeof text);
  setup_file();
  check_refused(text, KEY_MAX, long_one);
  check_refused(text, sizeof text, long_one);
  memset(text + KEY_MAX - 1, '\n', sizeof text - KEY_MAX + 1);
  check_refused(text, sizeof text, long_one);
  write_file(text, KEY_MAX + 1); /* two newlines */
  ck_assert(load());
  ck_assert_uint_eq(strlen(key.value), KEY_MAX - 1);
  teardown_file();
}
END_TEST

START_TEST(test_missing_file) {
  setup_file();
  ck_assert(!load());
  ck_assert_str_eq(load_error(), "cannot be read: No such file or directory");
  teardown_file();
}
END_TEST

START_TEST(test_directory) {
  setup_file();
  ck_assert_int_eq(mkdir(path, 0700), 0);
  ck_assert(!load());
  ck_assert_str_eq(load_error(), "is not a regular file");
  ck_assert_int_eq(rmdir(path), 0);
  teardown_file();
}
END_TEST

/* It has no writer, and must not block collectd. */
START_TEST(test_fifo) {
  setup_file();
  ck_assert_int_eq(mkfifo(path, 0600), 0);
  ck_assert(!load());
  ck_assert_str_eq(load_error(), "is not a regular file");
  teardown_file();
}
END_TEST

START_TEST(test_environment) {
  ck_assert_int_eq(setenv("HOLYSHEEP_TEST_KEY", "sk-abc", 1), 0);
  begin(
      (struct key_source){.kind = KEY_FROM_ENV, .name = "HOLYSHEEP_TEST_KEY"});
  ck_assert(load());
  ck_assert_str_eq(key.value, "sk-abc");
  ck_assert(!key_is_world_readable(&key));
  ck_assert_int_eq(setenv("HOLYSHEEP_TEST_KEY", "", 1), 0);
  ck_assert(!load());
  ck_assert_str_eq(
      error.text,
      "APIKeyEnv HOLYSHEEP_TEST_KEY: is empty: an API key is required");
  ck_assert_int_eq(unsetenv("HOLYSHEEP_TEST_KEY"), 0);
  ck_assert(!load());
  ck_assert_str_eq(error.text, "no API key: set APIKeyFile \"/path\", or the "
                               "variable HOLYSHEEP_TEST_KEY in collectd's "
                               "environment");
  key_clear(&key);
}
END_TEST

START_TEST(test_configuration) {
  begin((struct key_source){.kind = KEY_FROM_CONFIG, .text = "sk-abc"});
  ck_assert(load());
  ck_assert_str_eq(key.value, "sk-abc");
  source.text = "hid den";
  ck_assert(!load());
  ck_assert_str_eq(error.text, "APIKey contains a space, a quote, a line break "
                               "or another character that no API key has");
  key_clear(&key);
}
END_TEST

/* --- changes ------------------------------------------------------------- */

START_TEST(test_rotated_key) {
  setup_file();
  write_text("sk-old");
  ck_assert(load());
  ck_assert(refresh());
  write_later("sk-new");
  ck_assert(refresh());
  ck_assert_str_eq(key.value, "sk-new");
  ck_assert_int_eq(key.loaded, 2000);
  teardown_file();
}
END_TEST

/* Like `mv`: another file with the same name, size and mtime. */
START_TEST(test_replaced_file) {
  char other[sizeof path + 8];
  struct stat old;
  setup_file();
  write_text("sk-old");
  ck_assert(load());
  ck_assert_int_eq(stat(path, &old), 0);
  snprintf(other, sizeof other, "%s.new", path);
  ck_assert_int_eq(rename(path, other), 0);
  write_text("sk-new");
  const struct timespec times[] = {old.st_atim, old.st_mtim};
  ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
  ck_assert(refresh());
  ck_assert_str_eq(key.value, "sk-new");
  unlink(other);
  teardown_file();
}
END_TEST

/* Like a tool that preserves times: the same file, size and mtime. Only the
 * ctime differs. */
START_TEST(test_replaced_file_with_the_same_mtime) {
  struct stat old, new;
  setup_file();
  write_text("sk-old");
  ck_assert_int_eq(stat(path, &old), 0);
  ck_assert(load());
  do {
    const struct timespec times[] = {old.st_atim, old.st_mtim};
    write_text("sk-new");
    ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
    ck_assert_int_eq(stat(path, &new), 0);
  } while (new.st_ctim.tv_sec == old.st_ctim.tv_sec &&new.st_ctim.tv_nsec ==
           old.st_ctim.tv_nsec);
  ck_assert_uint_eq(new.st_ino, old.st_ino);
  ck_assert_int_eq(new.st_mtim.tv_nsec, old.st_mtim.tv_nsec);
  ck_assert(refresh());
  ck_assert_str_eq(key.value, "sk-new");
  teardown_file();
}
END_TEST

/* Rewritten with the same content: nothing has changed. */
START_TEST(test_unchanged_key) {
  setup_file();
  write_text("sk-abc");
  ck_assert(load());
  write_later("sk-abc\n");
  ck_assert(refresh());
  ck_assert_int_eq(key.loaded, 1000);
  teardown_file();
}
END_TEST

/* When the file is missing or invalid, the old key is no longer used; when it
 * is back, it is loaded. */
START_TEST(test_file_removed_and_restored) {
  static const char *const bad[] = {NULL, "", "two words"};
  setup_file();
  for (size_t i = 0; i < COUNT_OF(bad); i++) {
    write_text("sk-abc");
    ck_assert(refresh());
    ck_assert_str_eq(key.value, "sk-abc");
    if (bad[i] == NULL)
      ck_assert_int_eq(unlink(path), 0);
    else
      write_later(bad[i]);
    for (int again = 0; again < 2; again++) {
      ck_assert(!refresh());
      ck_assert_uint_gt(strlen(load_error()), 0);
      for (size_t b = 0; b < sizeof key.value; b++)
        ck_assert_int_eq(key.value[b], '\0');
    }
  }
  teardown_file();
}
END_TEST

START_TEST(test_only_files_change) {
  begin((struct key_source){.kind = KEY_FROM_CONFIG, .text = "sk-abc"});
  ck_assert(load());
  ck_assert(refresh());
  ck_assert_str_eq(key.value, "sk-abc");
  key_clear(&key);
}
END_TEST

/* --- permissions ---------------------------------------------------------- */

START_TEST(test_world_readable_file) {
  static const struct {
    mode_t mode;
    bool exposed;
  } cases[] = {{0600, false}, {0640, false}, {0644, true}, {0604, true}};
  setup_file();
  write_text("sk-abc");
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    ck_assert_int_eq(chmod(path, cases[i].mode), 0);
    ck_assert(refresh());
    ck_assert_int_eq(key_is_world_readable(&key), cases[i].exposed);
  }
  teardown_file();
}
END_TEST

static bool is_forgotten(void) {
  return !refresh() && key.value[0] == '\0' &&
         strcmp(load_error(), "cannot be read: Permission denied") == 0;
}

/* The file is unchanged; the process has lost its privileges. */
START_TEST(test_file_unreadable_after_dropping_privileges) {
  setup_file();
  write_text("sk-abc");
  ck_assert_int_eq(chmod(path, 0600), 0);
  ck_assert_int_eq(chmod(folder, 0711), 0);
  ck_assert(load());
  if (geteuid() == 0) /* only root has privileges to drop */
    ck_assert(unit_as_nobody(is_forgotten));
  teardown_file();
}
END_TEST

START_TEST(test_cleared) {
  begin((struct key_source){.kind = KEY_FROM_CONFIG, .text = "sk-abc"});
  ck_assert(load());
  key_clear(&key);
  ck_assert_str_eq(key.value, "");
}
END_TEST

int main(void) {
  return UNIT_RUN("key", test_keys_in_files, test_load_time, test_invalid_keys,
                  test_maximum_length, test_missing_file, test_directory,
                  test_fifo, test_environment, test_configuration,
                  test_rotated_key, test_replaced_file,
                  test_replaced_file_with_the_same_mtime, test_unchanged_key,
                  test_file_removed_and_restored, test_only_files_change,
                  test_world_readable_file,
                  test_file_unreadable_after_dropping_privileges, test_cleared);
}
