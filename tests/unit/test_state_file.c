#include "state/state_file.h"
#include "state/system_files.h"

#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST "collectd-holysheep state 1\n"
#define SECOND "collectd-holysheep state 2\n"

static struct error error;

/* The accepted entries, one per line. */
static char taken[4096];

static void take(void *user, const struct state_file_entry *saved) {
  ck_assert_ptr_eq(user, taken);
  size_t length = strlen(taken);
  snprintf(taken + length, sizeof taken - length, "%d %llu %llu %s %s;",
           (int)saved->day, (unsigned long long)saved->today,
           (unsigned long long)saved->max_cost, saved->relay, saved->model);
}

/* --- text format ---------------------------------------------------------- */

/* A writable buffer of exactly this length. */
static bool parse(const char *text, size_t length) {
  char *copy = malloc(length > 0 ? length : 1);
  ck_assert_ptr_nonnull(copy);
  memcpy(copy, text, length);
  taken[0] = '\0';
  bool ok = state_file_parse(copy, length, take, taken);
  free(copy);
  ck_assert(ok || taken[0] == '\0'); /* all or nothing */
  return ok;
}

static const char whole[] = FIRST "20000\t7200000\t7200000\tmain\tgpt-4o-mini\n"
                                  "0\t0\t0\tother\topenai%2Fgpt 4o\n";

START_TEST(test_valid_file) {
  ck_assert(parse(whole, strlen(whole)));
  ck_assert_str_eq(taken, "20000 7200000 7200000 main gpt-4o-mini;"
                          "0 0 0 other openai%2Fgpt 4o;");
  ck_assert(parse(FIRST, strlen(FIRST)));
  ck_assert_str_eq(taken, "");
}
END_TEST

START_TEST(test_largest_numbers) {
  static const char text[] =
      FIRST "1000000\t9223372036854775807\t9223372036854775807\ta\tb\n";
  ck_assert(parse(text, strlen(text)));
  ck_assert_str_eq(taken,
                   "1000000 9223372036854775807 9223372036854775807 a b;");
}
END_TEST

/* A file truncated anywhere but at the end of a line is rejected. */
START_TEST(test_truncation_at_each_byte) {
  for (size_t length = 0; length < strlen(whole); length++) {
    bool line_end = length > 0 && whole[length - 1] == '\n';
    ck_assert_msg(parse(whole, length) == line_end, "%zu", length);
  }
}
END_TEST

/* Whether this byte is in a label: after the third tab of its line. */
static bool in_label(size_t at) {
  unsigned tabs = 0;
  for (size_t i = 0; i < at; i++)
    tabs = whole[i] == '\n' ? 0 : tabs + (whole[i] == '\t');
  return tabs >= 3 && whole[at] >= ' ';
}

/* An invalid byte is detected; in a label most bytes are valid. */
START_TEST(test_damage_at_each_byte) {
  static const char others[] = {'\0', '\t', '\n', '-', 'x'};
  for (size_t i = 0; i < strlen(whole); i++)
    for (size_t o = 0; o < sizeof others; o++) {
      char text[sizeof whole];
      memcpy(text, whole, sizeof whole);
      text[i] = others[o];
      if (whole[i] != others[o] && (!in_label(i) || others[o] < ' '))
        ck_assert_msg(!parse(text, strlen(whole)), "%zu %d", i, others[o]);
    }
}
END_TEST

START_TEST(test_other_text_files) {
  static const char *const texts[] = {
      "",
      "\n",
      "{\"day\":5}\n",
      "collectd-holysheep state 3\n",
      FIRST "incident\t5\t5\t5\t5\terror\ta\tb\n",
      SECOND "incident\t5\t5\t5\t5\terror\ta\n",
      SECOND "incident\t5\t5\t5\t5\terror\ta\tb\tc\n",
      SECOND "incident\t-5\t5\t5\t5\terror\ta\tb\n",
      SECOND "incident\t5\t5\t5\t100000000000\terror\ta\tb\n",
      "collectd-holysheep state 1",
      "collectd-holysheep state 1\r\n",
      " " FIRST,
      FIRST "\n",
      FIRST "5\n",
      FIRST "5\t5\t5\ta\n",
      FIRST "5\t5\t5\ta\tb\tc\n",
      FIRST "5 5 5 a b\n",
      FIRST "-5\t5\t5\ta\tb\n",
      FIRST "+5\t5\t5\ta\tb\n",
      FIRST " 5\t5\t5\ta\tb\n",
      FIRST "5 \t5\t5\ta\tb\n",
      FIRST "\t5\t5\ta\tb\n",
      FIRST "5\t\t5\ta\tb\n",
      FIRST "0x5\t5\t5\ta\tb\n",
      FIRST "5.5\t5\t5\ta\tb\n",
      FIRST "1000001\t5\t5\ta\tb\n",
      FIRST "5\t9223372036854775808\t5\ta\tb\n",
      FIRST "5\t18446744073709551616\t5\ta\tb\n",
      FIRST "5\t5\t99999999999999999999999\ta\tb\n",
      FIRST "5\t5\tinf\ta\tb\n",
      FIRST "5\t5\t5\ta\tb\n5\t5\t5\ta\n"};
  for (size_t i = 0; i < COUNT_OF(texts); i++)
    ck_assert_msg(!parse(texts[i], strlen(texts[i])), "%s", texts[i]);
}
END_TEST

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

/* The lines to write, and how many remain. */
struct lines {
  const struct state_file_entry *at;
  size_t left;
};

static bool next(void *user, struct state_file_entry *saved) {
  struct lines *lines = user;
  if (lines->left == 0)
    return false;
  lines->left--;
  *saved = *lines->at++;
  return true;
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

/* As many whole lines as fit. */
static void take_incident(void *user, const struct state_file_entry *saved) {
  char *to = user;
  snprintf(to, sizeof taken, "%d %s %s %s %lld %lld %lld %lld", saved->kind,
           saved->relay, saved->probe, saved->problem, (long long)saved->since,
           (long long)saved->on_and_off_since, (long long)saved->hold,
           (long long)saved->last);
}

/* Version 1 does not know them, so the file only says version 2 if there are
 * any. */
START_TEST(test_incidents) {
  static const struct state_file_entry saved = {.relay = "main",
                                                .kind = STATE_FILE_INCIDENT,
                                                .probe = "endpoint=models",
                                                .problem = "error",
                                                .since = 99999999999,
                                                .on_and_off_since = 99999999998,
                                                .hold = 900,
                                                .last = 99999999997};
  struct lines lines = {&saved, 1};
  char text[STATE_FILE_HEADER_MAX + STATE_FILE_ENTRY_MAX +
            sizeof "mainendpoint=models"];
  size_t length = state_file_print(text, sizeof text, true, next, &lines);
  ck_assert_uint_eq(lines.left, 0);
  ck_assert_int_eq(memcmp(text, SECOND, strlen(SECOND)), 0);
  taken[0] = '\0';
  ck_assert(state_file_parse(text, length, take_incident, taken));
  ck_assert_str_eq(taken, "1 main endpoint=models error 99999999999 "
                          "99999999998 900 99999999997");
  lines.left = 0;
  length = state_file_print(text, sizeof text, false, next, &lines);
  ck_assert_int_eq(memcmp(text, FIRST, length), 0);
}
END_TEST

START_TEST(test_buffer_too_small) {
  static const struct state_file_entry saved = {
      20000, 1, 2, "main", "gpt-4o-mini", .kind = STATE_FILE_SPENDING};
  char text[STATE_FILE_HEADER_MAX + STATE_FILE_ENTRY_MAX +
            sizeof "maingpt-4o-mini"];
  for (size_t size = 1; size <= sizeof text; size++) {
    struct lines lines = {&saved, 1};
    size_t length = state_file_print(text, size, false, next, &lines);
    ck_assert_uint_lt(length, size);
    ck_assert(length == 0 || text[length - 1] == '\n');
    ck_assert(length == 0 || parse(text, length));
  }
  ck_assert_str_eq(taken, "20000 1 2 main gpt-4o-mini;");
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
  write_text(path, whole, 0000);
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
  return UNIT_RUN(
      "state_file", test_valid_file, test_largest_numbers,
      test_truncation_at_each_byte, test_damage_at_each_byte,
      test_other_text_files, test_write_and_read, test_nothing_to_write,
      test_file_mode, test_existing_temporary_file, test_incidents,
      test_buffer_too_small, test_missing_file, test_damaged_file,
      test_file_of_a_later_version, test_unknown_file, test_huge_file,
      test_not_a_regular_file, test_unreadable_file, test_unwritable_directory,
      test_missing_directory, test_full_disk, test_long_path);
}
