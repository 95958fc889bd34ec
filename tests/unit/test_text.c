#include "base/text.h"

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- comparison ---------------------------------------------------------- */

/* A text with nothing after it: reading any further is an error that valgrind
 * and the sanitizers find. */
static char *without_end(const char *text, size_t length) {
  char *copy = malloc(length > 0 ? length : 1);
  ck_assert_ptr_nonnull(copy);
  memcpy(copy, text, length);
  return copy;
}

/* What holds of a text and a word, a bit each. */
enum {
  NONE = 0,
  EQUALS = 1,
  BEGINS = 2,
  ENDS = 4,
  CONTAINS = 8,
  BOTH = BEGINS | ENDS,
  ALL = EQUALS | BOTH
};

static void check_comparison(const char *text, size_t length, const char *word,
                             unsigned same, unsigned folded) {
  char *copy = without_end(text, length);
  unsigned found = (text_equals(copy, length, word) ? EQUALS : 0u) |
                   (text_begins_with(copy, length, word) ? BEGINS : 0u) |
                   (text_ends_with(copy, length, word) ? ENDS : 0u);
  unsigned found_folded =
      (text_equals_no_case(copy, length, word) ? EQUALS : 0u) |
      (text_begins_with_no_case(copy, length, word) ? BEGINS : 0u) |
      (text_ends_with_no_case(copy, length, word) ? ENDS : 0u) |
      (text_contains_no_case(copy, length, word) ? CONTAINS : 0u);
  unsigned wanted = folded == NONE ? NONE : folded | CONTAINS;
  ck_assert_msg(found == same && found_folded == wanted,
                "\"%.*s\", \"%s\": %u, %u", (int)length, text, word, found,
                found_folded);
  free(copy);
}

START_TEST(test_comparison) {
  static const struct {
    const char *text, *word;
    unsigned same, folded;
  } cases[] = {{"", "", ALL, ALL},
               {"", "a", NONE, NONE},
               {"a", "", BOTH, BOTH},
               {"ping", "ping", ALL, ALL},
               {"ping", "pinga", NONE, NONE},
               {"pingpong", "ping", BEGINS, BEGINS},
               {"pingpong", "pong", ENDS, ENDS},
               {"pingpong", "gpo", NONE, CONTAINS},
               {"pingping", "ping", BOTH, BOTH},
               {"pin", "ping", NONE, NONE},
               {"Ping", "pING", NONE, ALL},
               {"PINGpong", "ping", NONE, BEGINS},
               {"pingPONG", "pong", NONE, ENDS},
               {"pingPONG", "Gpo", NONE, CONTAINS},
               {"过期", "过", BEGINS, BEGINS},
               {"\xC3\x84", "\xC3\xA4", NONE, NONE}};
  for (size_t i = 0; i < COUNT_OF(cases); i++)
    check_comparison(cases[i].text, strlen(cases[i].text), cases[i].word,
                     cases[i].same, cases[i].folded);
  check_comparison("pingpong", 4, "ping", ALL, ALL);
  check_comparison("pingpong", 7, "pong", NONE, NONE);
  check_comparison("a\0b", 3, "a", BEGINS, BEGINS);
  check_comparison("a\0b", 3, "b", ENDS, ENDS);
  check_comparison("a\0", 2, "ab", NONE, NONE);
}
END_TEST

/* What is around a text is not part of it. */
START_TEST(test_comparison_within_the_length) {
  ck_assert(!text_begins_with("ping", 3, "ping"));
  ck_assert(!text_begins_with_no_case("ping", 3, "PING"));
  ck_assert(!text_ends_with(&"ping"[1], 3, "ping"));
  ck_assert(!text_ends_with_no_case(&"ping"[1], 3, "PING"));
  ck_assert(!text_contains_no_case("ping", 3, "ng"));
}
END_TEST

/* --- UTF-8 --------------------------------------------------------------- */

START_TEST(test_valid_utf8) {
  static const char *const good[] = {"",
                                     "ping",
                                     "\x7F",
                                     "\xC2\x80",
                                     "\xDF\xBF",
                                     "\xE0\xA0\x80",
                                     "\xED\x9F\xBF",
                                     "\xEE\x80\x80",
                                     "过期",
                                     "\xEF\xBF\xBF",
                                     "\xF0\x90\x80\x80",
                                     "\xF4\x8F\xBF\xBF"};
  for (size_t i = 0; i < COUNT_OF(good); i++)
    ck_assert_msg(text_is_utf8(good[i], strlen(good[i])), "%zu", i);
  ck_assert(text_is_utf8("a\0b", 3));
}
END_TEST

/* RFC 3629: lone continuation bytes, truncated characters, overlong forms,
 * surrogates, beyond U+10FFFF. */
START_TEST(test_invalid_utf8) {
  static const char *const bad[] = {"\x80",
                                    "\xBF",
                                    "\xC0\x80",
                                    "\xC1\xBF",
                                    "\xC2",
                                    "\xC2(",
                                    "\xE0\x9F\xBF",
                                    "\xED\xA0\x80",
                                    "\xED\xBF\xBF",
                                    "\xE8\xBF",
                                    "\xF0\x8F\xBF\xBF",
                                    "\xF4\x90\x80\x80",
                                    "\xF5\x80\x80\x80",
                                    "\xFF",
                                    "\xFE",
                                    "a\xE8\xBF",
                                    "\xF0\x90\x80",
                                    "\xE8\xBF\xC0"};
  for (size_t i = 0; i < COUNT_OF(bad); i++)
    ck_assert_msg(!text_is_utf8(bad[i], strlen(bad[i])), "%zu", i);
}
END_TEST

/* --- labels -------------------------------------------------------------- */

START_TEST(test_labels_are_escaped) {
  static const struct {
    const char *text, *label;
  } cases[] = {{"", ""},
               {"gpt-4o-mini", "gpt-4o-mini"},
               {"openai/gpt-4o", "openai%2Fgpt-4o"},
               {"100%", "100%25"},
               {"a%2Fb", "a%252Fb"},
               {"a,b=c", "a_b_c"},
               {"a\nb\tc\x7F", "a_b_c_"},
               {"模型 \"x\" \\", "模型 \"x\" \\"}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    char label[56];
    ck_assert(text_escape_label(label, sizeof label, cases[i].text));
    ck_assert_str_eq(label, cases[i].label);
  }
}
END_TEST

START_TEST(test_label_fits_or_is_empty) {
  char label[8];
  ck_assert(text_escape_label(label, sizeof label, "1234567"));
  ck_assert_str_eq(label, "1234567");
  ck_assert(!text_escape_label(label, sizeof label, "12345678"));
  ck_assert_str_eq(label, "");
  ck_assert(text_escape_label(label, sizeof label, "1234/"));
  ck_assert_str_eq(label, "1234%2F");
  ck_assert(!text_escape_label(label, sizeof label, "12345/"));
  ck_assert_str_eq(label, "");
  ck_assert(text_escape_label(label, 1, ""));
  ck_assert(!text_escape_label(label, 1, "a"));
}
END_TEST

/* --- printable ----------------------------------------------------------- */

static const char *printable(const char *text, const struct secrets *secrets) {
  static char out[256];
  text_sanitize(out, sizeof out, text, strlen(text), secrets);
  return out;
}

START_TEST(test_printable_text_is_unchanged) {
  ck_assert_str_eq(printable("", NULL), "");
  ck_assert_str_eq(printable("Invalid key: \"sk\"", NULL),
                   "Invalid key: \"sk\"");
  ck_assert_str_eq(printable("该令牌已过期 🙂", NULL),
                   "该令牌已过期 🙂");
}
END_TEST

START_TEST(test_control_characters_are_removed) {
  ck_assert_str_eq(printable("a\nb\r\tc\x1B[31m\x7F", NULL), "a b  c [31m ");
  ck_assert_str_eq(printable("a\xC2\x85"
                             "b\xC2\x9F",
                             NULL),
                   "a b ");
  char out[16];
  text_sanitize(out, sizeof out, "a\0b", 3, NULL);
  ck_assert_str_eq(out, "a b");
}
END_TEST

START_TEST(test_invalid_utf8_is_replaced) {
  ck_assert_str_eq(printable("a\xFF\xC3 ", NULL), "a?? ");
  ck_assert_str_eq(printable("cut \xE8\xBF", NULL), "cut ??");
}
END_TEST

/* Characters that are invisible or change the text's direction. */
START_TEST(test_deceptive_characters_are_removed) {
  static const char *const deceptive[] = {"\xD8\x9C" /* U+061C */,
                                          "\xE2\x80\x8B" /* U+200B */,
                                          "\xE2\x80\x8F" /* U+200F */,
                                          "\xE2\x80\xA8" /* U+2028 */,
                                          "\xE2\x80\xAA" /* U+202A */,
                                          "\xE2\x80\xAE" /* U+202E */,
                                          "\xE2\x81\xA0" /* U+2060 */,
                                          "\xE2\x81\xA6" /* U+2066 */,
                                          "\xE2\x81\xA9" /* U+2069 */,
                                          "\xE2\x81\xAF" /* U+206F */,
                                          "\xEF\xBB\xBF" /* U+FEFF */};
  for (size_t i = 0; i < COUNT_OF(deceptive); i++)
    ck_assert_msg(strcmp(printable(deceptive[i], NULL), " ") == 0, "%zu", i);
  ck_assert_str_eq(printable("\xE2\x80\x90\xE2\x81\x9F", NULL),
                   "\xE2\x80\x90\xE2\x81\x9F"); /* their neighbours */
}
END_TEST

/* For any size: terminated, whole characters, a prefix of the full result. */
START_TEST(test_truncation_at_a_whole_character) {
  static const char text[] = "ab该令é🙂c";
  for (size_t size = 1; size <= sizeof text; size++) {
    char out[sizeof text];
    memset(out, 'x', sizeof out);
    text_sanitize(out, size, text, strlen(text), NULL);
    size_t length = strlen(out);
    ck_assert_uint_lt(length, size);
    ck_assert_uint_lt(size - length, 5); /* no character is longer */
    ck_assert(text_is_utf8(out, length));
    ck_assert(memcmp(out, text, length) == 0);
  }
}
END_TEST

/* --- secrets ------------------------------------------------------------- */

static const char *const values[] = {"sk-0123456789abcdef", "short", ""};
static const struct secrets secrets = {values, COUNT_OF(values)};

START_TEST(test_secrets_are_removed) {
  static const struct {
    const char *text, *shown;
  } cases[] = {{"sk-0123456789abcdef", "[secret]"},
               {"key sk-0123456789abcdef is bad", "key [secret] is bad"},
               {"sk-01234...", "[secret]..."},
               {"...89abcdef", "...[secret]"},
               {"...34567890", "...34567890"}, /* seven bytes: too few */
               {"sk-0123 456789a", "sk-0123 456789a"}, /* twice seven */
               {"23456789234567892345678", "[secret][secret]2345678"},
               {"a short one", "a [secret] one"},
               {"a shor one", "a shor one"},
               {"shortsk-01234", "[secret][secret]"},
               {"SK-0123456789ABCDEF", "SK[secret]ABCDEF"}};
  for (size_t i = 0; i < COUNT_OF(cases); i++)
    ck_assert_str_eq(printable(cases[i].text, &secrets), cases[i].shown);
}
END_TEST

/* Of two secrets with a common prefix, in any order: no rest of the longer one
 * remains. */
START_TEST(test_longer_secret_takes_precedence) {
  static const char *const pair[] = {"sk-0123456789", "sk-0123456789abcdef"};
  static const char *const turned[] = {"sk-0123456789abcdef", "sk-0123456789"};
  static const struct secrets both[] = {{pair, 2}, {turned, 2}};
  for (size_t i = 0; i < COUNT_OF(both); i++) {
    ck_assert_str_eq(printable("key sk-0123456789abcdef.", &both[i]),
                     "key [secret].");
    ck_assert_str_eq(printable("key sk-0123456789.", &both[i]),
                     "key [secret].");
  }
}
END_TEST

START_TEST(test_without_secrets) {
  static const struct secrets none = {NULL, 0};
  ck_assert_str_eq(printable("sk-0123456789abcdef", &none),
                   "sk-0123456789abcdef");
}
END_TEST

/* For any size: no eight bytes of the secret, not even at the truncation. */
START_TEST(test_secret_at_the_truncation_boundary) {
  static const char text[] = "Incorrect API key provided: sk-0123456789abcdef.";
  for (size_t size = 1; size <= sizeof text; size++) {
    char out[sizeof text];
    text_sanitize(out, size, text, strlen(text), &secrets);
    ck_assert_uint_lt(strlen(out), size);
    ck_assert_ptr_null(strstr(out, "sk"));
  }
}
END_TEST

/* --- random input --------------------------------------------------------- */

static void random_text(char *text, size_t length) {
  static const char *const chunks[] = {"\xE2\x80\xAE", "\xC2\x85",
                                       "\xE8\xBF",     "sk-0123456789abcdef",
                                       "short",        "期"};
  for (size_t i = 0; i < length; i++)
    text[i] = (char)unit_random(256);
  for (unsigned n = unit_random(4); n > 0; n--) {
    const char *piece = chunks[unit_random(COUNT_OF(chunks))];
    size_t size = strlen(piece);
    if (size < length)
      memcpy(text + unit_random((unsigned)(length - size)), piece, size);
  }
}

static void check_shown(const char *out) {
  UNIT_ASSERT(text_is_utf8(out, strlen(out)));
  for (const char *p = out; *p != '\0'; p++)
    UNIT_ASSERT((unsigned char)*p >= ' ' && *p != 0x7F);
  UNIT_ASSERT(strstr(out, "\xE2\x80\xAE") == NULL);
  UNIT_ASSERT(strstr(out, values[1]) == NULL);
  for (size_t at = 0; at + 8 <= strlen(values[0]); at++) {
    char piece[9];
    snprintf(piece, sizeof piece, "%.8s", values[0] + at);
    UNIT_ASSERT(strstr(out, piece) == NULL);
  }
}

START_TEST(test_random_bytes) {
  for (unsigned round = 0; round < 20000; round++) {
    char text[60], out[64];
    size_t length = unit_random(sizeof text);
    random_text(text, length);
    text_sanitize(out, 1 + unit_random(sizeof out - 1), text, length, &secrets);
    check_shown(out);
  }
}
END_TEST

START_TEST(test_white_space) {
  static const char *const blank[] = {"",
                                      " ",
                                      " \t\r\n\f\v",
                                      "\xC2\xA0",
                                      "\xE3\x80\x80 \xE2\x80\x83",
                                      "\xE2\x80\x8B\xEF\xBB\xBF",
                                      "\xE2\x80\xA8"};
  static const char *const others[] = {
      "a", " a", "a ", ".", "\xC3\xA9", "\xE5\xA5\xBD", "\xFF", " \xE3\x80"};
  for (size_t i = 0; i < COUNT_OF(blank); i++)
    ck_assert_msg(text_is_blank(blank[i], strlen(blank[i])), "%zu", i);
  for (size_t i = 0; i < COUNT_OF(others); i++)
    ck_assert_msg(!text_is_blank(others[i], strlen(others[i])), "%zu", i);
  ck_assert(text_is_blank("\0 ", 2));
}
END_TEST

int main(void) {
  return UNIT_RUN(
      "text", test_comparison, test_comparison_within_the_length,
      test_white_space, test_valid_utf8, test_invalid_utf8,
      test_labels_are_escaped, test_label_fits_or_is_empty,
      test_printable_text_is_unchanged, test_control_characters_are_removed,
      test_invalid_utf8_is_replaced, test_deceptive_characters_are_removed,
      test_truncation_at_a_whole_character, test_secrets_are_removed,
      test_longer_secret_takes_precedence, test_without_secrets,
      test_secret_at_the_truncation_boundary, test_random_bytes);
}
