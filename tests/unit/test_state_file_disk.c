/* A state file on disk: what is written there, and what goes wrong. */
#include "state/system_files.h"
#include "state_file_fixture.h"
#include "unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static struct error error;

/* --- the file ------------------------------------------------------------ */

static char folder[] = "/tmp/holysheep-unit-XXXXXX";
static char path[64], fresh[64];

static void setup(void) {
  ck_assert_ptr_nonnull(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/state", folder);
  snprintf(fresh, sizeof fresh, "%s/state.new", folder);
  error.text[0] = '\0';
}

static void teardown(void) {
  ck_assert_int_ne(access(fresh, F_OK), 0); /* no temporary file remains */
  chmod(folder, 0700);
  unlink(path);
  ck_assert_int_eq(rmdir(folder), 0);
}

static void write_text(const char *name, const char *text, mode_t mode) {
  FILE *file = fopen(name, "w");
  ck_assert_ptr_nonnull(file);
  ck_assert_int_ge(fputs(text, file), 0);
  ck_assert_int_eq(fclose(file), 0);
  ck_assert_int_eq(chmod(name, mode), 0);
}

static bool later;

static bool read_file(void) {
  taken[0] = '\0';
  return state_file_read(&system_files, path, take, taken, &later, &error);
}

static bool write_lines(struct lines *lines) {
  char text[1024];
  size_t length = state_file_print(text, sizeof text, false, next, lines);
  return state_file_write(path, text, length, &error);
}

static bool write_file(void) {
  static const struct state_file_entry saved[] = {
      {20000, 7200000, 9000000, "main", "gpt-4o-mini",
       .kind = STATE_FILE_SPENDING},
      {0, UINT64_C(9223372036854775807), 0, "caf\xC3\xA9", "a b",
       .kind = STATE_FILE_SPENDING}};
  struct lines lines = {saved, COUNT_OF(saved)};
  return write_lines(&lines);
}

#define WRITTEN                                                                \
  "20000 7200000 9000000 main gpt-4o-mini;"                                    \
  "0 9223372036854775807 0 caf\xC3\xA9 a b;"

START_TEST(test_write_and_read) {
  setup();
  for (unsigned i = 0; i < 3; i++) {
    ck_assert_msg(write_file(), "%s", error.text);
    ck_assert_msg(read_file(), "%s", error.text);
    ck_assert_str_eq(taken, WRITTEN);
  }
  teardown();
}
END_TEST

START_TEST(test_nothing_to_write) {
  struct lines none = {NULL, 0};
  setup();
  ck_assert(write_lines(&none));
  ck_assert(read_file());
  ck_assert_str_eq(taken, "");
  teardown();
}
END_TEST

/* Only the owner may read it, whatever existed before and whatever the
 * umask. */
static void check_mode(void) {
  struct stat about;
  ck_assert_msg(write_file(), "%s", error.text);
  ck_assert_int_eq(lstat(path, &about), 0);
  ck_assert(S_ISREG(about.st_mode));
  ck_assert_uint_eq(about.st_mode & 07777, 0600);
  ck_assert(read_file());
  ck_assert_str_eq(taken, WRITTEN);
}

START_TEST(test_file_mode) {
  setup();
  umask(0);
  check_mode();
  ck_assert_int_eq(chmod(path, 0644), 0);
  check_mode();
  write_text(fresh, FIRST "left behind by an ear", 0666);
  check_mode();
  write_text(fresh, "collectd-hol", 0666);
  check_mode();
  teardown();
}
END_TEST

static void check_text(const char *name, const char *wanted) {
  char text[64] = "";
  FILE *file = fopen(name, "r");
  ck_assert_ptr_nonnull(file);
  ck_assert_ptr_nonnull(fgets(text, sizeof text, file));
  fclose(file);
  ck_assert_str_eq(text, wanted);
}

static void check_refused(const char *what) {
  error.text[0] = '\0';
  ck_assert(!write_file());
  ck_assert_ptr_nonnull(strstr(error.text, what));
  ck_assert_ptr_nonnull(
      strstr(error.text, "is not a state file of this plugin"));
}

/* Nothing else with the temporary file's name is replaced. */
START_TEST(test_existing_temporary_file) {
  char target[64];
  setup();
  snprintf(target, sizeof target, "%s/target", folder);
  write_text(target, "kept", 0600);
  ck_assert_int_eq(symlink(target, fresh), 0);
  check_refused("state.new");
  check_text(fresh, "kept");
  ck_assert_int_eq(unlink(fresh), 0);
  ck_assert_int_eq(mkfifo(fresh, 0666), 0);
  check_refused("state.new");
  ck_assert_int_eq(unlink(fresh), 0);
  check_mode();
  unlink(target);
  teardown();
}
END_TEST

/* --- errors --------------------------------------------------------------- */

START_TEST(test_missing_file) {
  setup();
  ck_assert(read_file());
  ck_assert_str_eq(taken, "");
  write_text(path, "", 0600);
  ck_assert(read_file());
  ck_assert_str_eq(taken, "");
  teardown();
}
END_TEST

static void check_damaged(void) {
  char wanted[192];
  ck_assert(!read_file());
  ck_assert_str_eq(taken, "");
  snprintf(wanted, sizeof wanted,
           "StateFile \"%s\": is damaged: today's spending so far and open "
           "incidents are lost",
           path);
  ck_assert_str_eq(error.text, wanted);
  ck_assert(!later);
}

START_TEST(test_damaged_file) {
  setup();
  write_text(path, "collectd-holy", 0600);
  check_damaged();
  write_text(path, "collectd-holysheep state 12", 0600);
  check_damaged();
  write_text(path, FIRST "5\t5\t5\tmain\tm\n5\t5", 0600);
  check_damaged();
  ck_assert(write_file()); /* and is replaced */
  ck_assert(read_file());
  ck_assert_str_eq(taken, WRITTEN);
  teardown();
}
END_TEST

START_TEST(test_file_of_a_later_version) {
  setup();
  write_text(path, "collectd-holysheep state 12\nwhat?\n", 0600);
  ck_assert(!read_file() && later);
  ck_assert_str_eq(taken, "");
  ck_assert(write_file()); /* once there is something to write */
  ck_assert(read_file() && !later);
  write_text(path, "something else is here   2\n", 0600);
  ck_assert(!read_file() && !later);
  teardown();
}
END_TEST

/* It may be the key file, or anything else that a wrong path names. */
START_TEST(test_unknown_file) {
  static const char *const texts[] = {"sk-a-key", "\n",
                                      "collectd-holysheep statf", "c sharp"};
  setup();
  for (size_t i = 0; i < COUNT_OF(texts); i++) {
    write_text(path, texts[i], 0640);
    ck_assert(!read_file());
    ck_assert_ptr_nonnull(strstr(error.text, "is not a state file"));
    ck_assert_ptr_null(strstr(error.text, "sk-a-key"));
    check_refused(path);
    check_text(path, texts[i]);
  }
  teardown();
}
END_TEST

static void write_huge(size_t bytes) {
  FILE *file = fopen(path, "w");
  ck_assert_ptr_nonnull(file);
  fputs(FIRST, file);
  for (size_t length = strlen(FIRST); length < bytes; length += 8192)
    fprintf(file, "1\t2\t3\t%8184s\tm\n", "r");
  ck_assert_int_eq(fclose(file), 0);
}

START_TEST(test_huge_file) {
  setup();
  write_huge(STATE_FILE_MAX - 8192);
  ck_assert(read_file());
  write_huge(STATE_FILE_MAX + 1);
  check_damaged();
  teardown();
}
END_TEST

/* Anything but a regular file must neither block the reader nor be replaced. */
static void check_no_file(void) {
  struct stat before, after;
  ck_assert_int_eq(lstat(path, &before), 0);
  ck_assert(!read_file());
  ck_assert_ptr_nonnull(strstr(error.text, "is not a state file"));
  check_refused(path);
  ck_assert_int_eq(lstat(path, &after), 0);
  ck_assert_uint_eq(before.st_ino, after.st_ino);
}

START_TEST(test_not_a_regular_file) {
  setup();
  ck_assert_int_eq(mkfifo(path, 0600), 0);
  check_no_file();
  unlink(path);
  ck_assert_int_eq(mkdir(path, 0700), 0);
  check_no_file();
  rmdir(path);
  ck_assert_int_eq(symlink("/dev/null", path), 0);
  check_no_file();
  teardown();
}
END_TEST

/* root may read and write everything, so this runs as another user. */
static void leave_root(void) {
  if (geteuid() == 0)
    ck_assert_int_eq(seteuid(65534), 0);
}

static void return_to_root(void) {
  if (getuid() == 0)
    ck_assert_int_eq(seteuid(0), 0);
}

START_TEST(test_unreadable_file) {
  char wanted[128];
  setup();
  chmod(folder, 0755);
  write_text(path, FIRST, 0000);
  leave_root();
  ck_assert(!read_file());
  return_to_root();
  snprintf(wanted, sizeof wanted,
           "StateFile \"%s\": cannot be read: Permission denied", path);
  ck_assert_str_eq(error.text, wanted);
  teardown();
}
END_TEST

START_TEST(test_unwritable_directory) {
  char wanted[128];
  setup();
  ck_assert(write_file());
  chmod(path, 0644);
  chmod(folder, 0555);
  leave_root();
  ck_assert(!write_file());
  return_to_root();
  snprintf(wanted, sizeof wanted,
           "StateFile \"%s\": cannot be written: Permission denied", path);
  ck_assert_str_eq(error.text, wanted);
  ck_assert(read_file());
  ck_assert_str_eq(taken, WRITTEN);
  teardown();
}
END_TEST

START_TEST(test_missing_directory) {
  setup();
  char keep[64];
  strcpy(keep, path);
  snprintf(path, sizeof path, "%s/none/state", folder);
  ck_assert(read_file()); /* like no file */
  ck_assert(!write_file());
  ck_assert_ptr_nonnull(strstr(error.text, "cannot be written: No such file"));
  strcpy(path, keep);
  teardown();
}
END_TEST

/* Disk full: the old file is unchanged. */
START_TEST(test_full_disk) {
  struct rlimit none = {.rlim_cur = 20}, all;
  setup();
  ck_assert(write_file());
  ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &all), 0);
  none.rlim_max = all.rlim_max;
  signal(SIGXFSZ, SIG_IGN);
  ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &none), 0);
  bool ok = write_file();
  ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &all), 0);
  ck_assert(!ok);
  ck_assert_ptr_nonnull(strstr(error.text, "cannot be written: File too"));
  ck_assert(read_file());
  ck_assert_str_eq(taken, WRITTEN);
  teardown();
}
END_TEST

/* The longest path that the configuration accepts. */
START_TEST(test_long_path) {
  char long_path[4096];
  memset(long_path, 'a', sizeof long_path - 1);
  long_path[sizeof long_path - 1] = '\0';
  ck_assert(!state_file_write(long_path, FIRST, strlen(FIRST), &error));
  ck_assert(
      !state_file_read(&system_files, long_path, take, taken, &later, &error));
}
END_TEST

int main(void) {
  return UNIT_RUN("state_file_disk", test_write_and_read, test_nothing_to_write,
                  test_file_mode, test_existing_temporary_file,
                  test_missing_file, test_damaged_file,
                  test_file_of_a_later_version, test_unknown_file,
                  test_huge_file, test_not_a_regular_file, test_unreadable_file,
                  test_unwritable_directory, test_missing_directory,
                  test_full_disk, test_long_path);
}
