#include "base/strbuf.h"

#include "base/text.h"
#include "unit.h"

#include <string.h>

START_TEST(test_append) {
  char text[32];
  memset(text, 'x', sizeof text);
  struct strbuf buf = strbuf_wrap(text, sizeof text);
  ck_assert_str_eq(text, "");
  strbuf_addf(&buf, "%s", "");
  strbuf_addf(&buf, "%s %d", "HTTP", 502);
  strbuf_addf(&buf, ", %s", "done");
  ck_assert_str_eq(text, "HTTP 502, done");
  ck_assert_uint_eq(buf.length, strlen(text));
  ck_assert(!buf.truncated);
}
END_TEST

START_TEST(test_truncation) {
  char text[8];
  struct strbuf buf = strbuf_wrap(text, sizeof text);
  strbuf_addf(&buf, "1234567");
  ck_assert(!buf.truncated);
  strbuf_addf(&buf, "%s", "");
  ck_assert(!buf.truncated);
  strbuf_addf(&buf, "8");
  ck_assert(buf.truncated);
  strbuf_addf(&buf, "9");
  ck_assert_str_eq(text, "1234567");
  ck_assert(buf.truncated);
}
END_TEST

/* Truncation never splits a character, whatever the size. */
START_TEST(test_no_partial_characters) {
  static const char whole[] = "a期é🙂z";
  for (size_t size = 1; size <= sizeof whole; size++) {
    char text[sizeof whole];
    struct strbuf buf = strbuf_wrap(text, size);
    strbuf_addf(&buf, "%s", whole);
    ck_assert_int_eq(buf.truncated, size < sizeof whole);
    ck_assert(text_is_utf8(text, strlen(text)));
    ck_assert_int_eq(strncmp(text, whole, buf.length), 0);
    ck_assert_uint_gt(buf.length + 4, size - 1);
  }
}
END_TEST

START_TEST(test_names_are_made_printable) {
  char text[64];
  struct strbuf buf = strbuf_wrap(text, sizeof text);
  strbuf_addf(&buf, "Relay \"%s\"", "a\nb\x7F\xE2\x80\xAE");
  strbuf_addf(&buf, "!");
  ck_assert_str_eq(text, "Relay \"a b  \"!");
  ck_assert(!buf.truncated);
}
END_TEST

int main(void) {
  return UNIT_RUN("strbuf", test_append, test_truncation,
                  test_no_partial_characters, test_names_are_made_printable);
}
