/* Files that include others. tests/e2e/test_config_language compares the result
 * with collectd's. */
#include "config/config_file.h"

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/holysheep-config-XXXXXX", home[64];
static char warnings[1024];
static struct config_file file;
static struct error error;

static void setup(void) {
  strcpy(home, folder);
  ck_assert_ptr_nonnull(mkdtemp(home));
  ck_assert_int_eq(chdir(home), 0);
}

static void teardown(void) {
  char command[128];
  snprintf(command, sizeof command, "rm -r %s", home);
  ck_assert_int_eq(chdir("/") + system(command), 0);
}

static void write_file(const char *name, const char *text) {
  FILE *out = fopen(name, "w");
  ck_assert_ptr_nonnull(out);
  fputs(text, out);
  ck_assert_int_eq(fclose(out), 0);
}

static void warn(const char *line) {
  size_t length = strlen(warnings);
  snprintf(warnings + length, sizeof warnings - length, "%s\n", line);
}

static bool read_files(const char *name) {
  warnings[0] = error.text[0] = '\0';
  return config_file_read(&file, name, warn, &error);
}

/* The keys of all nodes. */
static void check_keys(const char *name, const char *wanted) {
  char keys[256] = "";
  ck_assert_msg(read_files(name), "%s", error.text);
  for (const struct config_node *node = file.root->children; node != NULL;
       node = node->next)
    strcat(strcat(keys, keys[0] != '\0' ? " " : ""), node->key);
  ck_assert_str_eq(keys, wanted);
  config_file_free(&file);
}

static void check_refused(const char *name, const char *message) {
  ck_assert(!read_files(name));
  ck_assert_str_eq(error.text, message);
  config_file_free(&file);
}

START_TEST(test_order_of_includes) {
  setup();
  ck_assert_int_eq(mkdir("d", 0700), 0);
  write_file("d/b.conf", "B 1\n");
  write_file("d/a.conf", "A 1\n");
  write_file("d/.c.conf", "C 1\n");
  write_file("d/d.conf.bak", "D 1\n");
  write_file("all", "X 1\n<Include \"d\">\n  Filter \"*.conf\"\n</Include>\n"
                    "Y 1\ninclude \"d/[b]*\"\nZ 1\n");
  check_keys("all", "X A B Y B Z");
  ck_assert_str_eq(warnings, "");
  check_keys("d", "A B D");
  teardown();
}
END_TEST

START_TEST(test_locations_of_nodes) {
  setup();
  write_file("all", "\nInclude \"one\"\nB 1\n");
  write_file("one", "\n\nA 1\n");
  ck_assert_msg(read_files("all"), "%s", error.text);
  const struct config_node *node = file.root->children;
  ck_assert_str_eq(node->file, "one");
  ck_assert_uint_eq(node->line, 3);
  ck_assert_str_eq(node->next->file, "all");
  ck_assert_uint_eq(node->next->line, 3);
  config_file_free(&file);
  teardown();
}
END_TEST

/* collectd requires files that are named, and ignores patterns without a
 * match. */
START_TEST(test_missing_files) {
  setup();
  write_file("all", "A 1\nInclude \"none*\"\n");
  check_keys("all", "A");
  ck_assert_str_eq(warnings, "none*: No such file or directory\n");
  check_refused("none", "none: No such file or directory");
  write_file("empty", "# A 1\n");
  check_refused("empty", "empty: is empty");
  check_refused("/dev/null", "/dev/null: is empty");
  teardown();
}
END_TEST

START_TEST(test_errors) {
  setup();
  write_file("one", "B\n");
  write_file("all", "A 1\nInclude \"one\"\n");
  check_refused("all", "one:1: the key must be followed by a value");
  write_file("all", "A 1\nInclude 5\n");
  check_refused("all", "all:2: Include: requires one path in quotes");
  write_file("all", "<Include \"one\">\n  Filter 5\n</Include>\n");
  check_refused("all", "all:2: Include: Filter: requires one pattern in "
                       "quotes, such as \"*.conf\"");
  write_file("all", "<Include \"one\">\n  Filtre \"*\"\n</Include>\n");
  check_refused("all", "all:2: Include: only Filter is allowed in the block");
  write_file("all", "<Include \"one\">\n  Filter \"*.conf\"\n</Include>\n");
  check_refused("all", "all:1: Include: Filter excludes the file, and then "
                       "collectd does not start");
  write_file("all", "Include \"$(ls)\"\n");
  check_refused(
      "all",
      "Include \"$(ls)\": must be a path as in a shell, without commands");
  teardown();
}
END_TEST

START_TEST(test_recursive_includes) {
  setup();
  write_file("all", "A 1\nInclude \"all\"\n");
  check_refused("all",
                "all:2: Include: files are included more than 8 levels deep");
  teardown();
}
END_TEST

/* Each of the two links opens the folder again. */
START_TEST(test_recursive_folders) {
  setup();
  ck_assert_int_eq(symlink(".", "a") + symlink(".", "b"), 0);
  ck_assert(!read_files("."));
  ck_assert_ptr_nonnull(strstr(error.text, ": more than 10000 files"));
  config_file_free(&file);
  teardown();
}
END_TEST

START_TEST(test_size_limit) {
  setup();
  FILE *out = fopen("all", "w");
  ck_assert_ptr_nonnull(out);
  for (unsigned i = 0; i < 1024 * 1024 + 1; i++)
    fputs("# 5678\n\n", out);
  ck_assert_int_eq(fclose(out), 0);
  check_refused("all", "all: the configuration is larger than 8 MiB in total");
  teardown();
}
END_TEST

int main(void) {
  return UNIT_RUN("config_file", test_order_of_includes,
                  test_locations_of_nodes, test_missing_files, test_errors,
                  test_recursive_includes, test_recursive_folders,
                  test_size_limit);
}
