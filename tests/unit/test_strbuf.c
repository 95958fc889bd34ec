#include "base/strbuf.h"

#include "base/text.h"
#include "unit.h"

#include <string.h>

START_TEST(test_piece_by_piece) {
  char text[32];
  memset(text, 'x', sizeof text);
  struct strbuf line = strbuf_in(text, sizeof text);
  ck_assert_str_eq(text, "");
  strbuf_add(&line, "%s", "");
  strbuf_add(&line, "%s %d", "HTTP", 502);
  strbuf_add(&line, ", %s", "done");
  ck_assert_str_eq(text, "HTTP 502, done");
  ck_assert_uint_eq(line.length, strlen(text));
  ck_assert(!line.truncated);
}
END_TEST

START_TEST(test_cut_where_it_is_full) {
  char text[8];
  struct strbuf line = strbuf_in(text, sizeof text);
  strbuf_add(&line, "1234567");
  ck_assert(!line.truncated);
  strbuf_add(&line, "%s", "");
  ck_assert(!line.truncated);
  strbuf_add(&line, "8");
  ck_assert(line.truncated);
  strbuf_add(&line, "9");
  ck_assert_str_eq(text, "1234567");
  ck_assert(line.truncated);
}
END_TEST

/* Whatever the room, what is cut within a character ends before it. */
START_TEST(test_whole_characters) {
  static const char whole[] = "a期é🙂z";
  for (size_t size = 1; size <= sizeof whole; size++) {
    char text[sizeof whole];
    struct strbuf line = strbuf_in(text, size);
    strbuf_add(&line, "%s", whole);
    ck_assert_int_eq(line.truncated, size < sizeof whole);
    ck_assert(text_is_utf8(text, strlen(text)));
    ck_assert_int_eq(strncmp(text, whole, line.length), 0);
    ck_assert_uint_gt(line.length + 4, size - 1);
  }
}
END_TEST

START_TEST(test_names_are_made_printable) {
  char text[64];
  struct strbuf line = strbuf_in(text, sizeof text);
  strbuf_add(&line, "Relay \"%s\"", "a\nb\x7F\xE2\x80\xAE");
  strbuf_add(&line, "!");
  ck_assert_str_eq(text, "Relay \"a b  \"!");
  ck_assert(!line.truncated);
}
END_TEST

int main(void) {
  return UNIT_RUN("strbuf", test_piece_by_piece, test_cut_where_it_is_full,
                  test_whole_characters, test_names_are_made_printable);
}
