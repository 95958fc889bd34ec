/* The text of a state file. */
#include "state_file_fixture.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- reading it ----------------------------------------------------------- */

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

/* --- writing it ----------------------------------------------------------- */

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

/* As many whole lines as fit. */
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

int main(void) {
  return UNIT_RUN("state_file", test_valid_file, test_largest_numbers,
                  test_truncation_at_each_byte, test_damage_at_each_byte,
                  test_other_text_files, test_incidents, test_buffer_too_small);
}
