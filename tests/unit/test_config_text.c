/* The syntax and its error messages. tests/e2e/test_config_language checks that
 * everything else is parsed as collectd does. */
#include "config/config_text.h"

#include "unit.h"

#include <string.h>

static struct error error;

static struct config_node *read_text(const char *text) {
  error.text[0] = '\0';
  return config_text_parse("a.conf", text, strlen(text), &error);
}

static void check_refused(const char *text, const char *message) {
  ck_assert_ptr_null(read_text(text));
  ck_assert_str_eq(error.text, message);
}

/* --- errors --------------------------------------------------------------- */

START_TEST(test_statements) {
#define BEGINNING                                                              \
  "a line must start with a key, without quotes, or with the < of a block"
  check_refused("A 1\n\"sk-secret\" 1\n", "a.conf:2: " BEGINNING);
  check_refused("\n\n5 1\n", "a.conf:3: " BEGINNING);
  check_refused("true 1\n", "a.conf:1: " BEGINNING);
  check_refused("> 1\n", "a.conf:1: " BEGINNING);
}
END_TEST

START_TEST(test_values) {
  check_refused("A 1\nsk_secret\n",
                "a.conf:2: the key must be followed by a value");
  check_refused("A /etc/key\n",
                "a.conf:1: a value that contains / must be in quotes");
  check_refused("A https://relay.example\n",
                "a.conf:1: a value that contains / must be in quotes");
  check_refused("A <b\n", "a.conf:1: a value that contains < must be in "
                          "quotes; a block starts on a line of its own");
  check_refused("A b>\n", "a.conf:1: a value that contains > must be in "
                          "quotes; a block starts with <");
  check_refused("A 1", "a.conf:1: the last line must end with a newline");
}
END_TEST

START_TEST(test_blocks) {
  check_refused("<A>\n<B>\nC 1\n</A>\n",
                "a.conf:4: must be </B>, to close the block from line 2");
  check_refused("<A>\nB 1\n</a>\n",
                "a.conf:3: must be </A>, to close the block from line 1");
  check_refused(
      "<A>\nB 1\n",
      "a.conf:3: </A> is missing: the block from line 1 is never closed");
  check_refused("A 1\n</A>\n", "a.conf:2: there is no block to close");
  check_refused(
      "<A></A>\n",
      "a.conf:1: nothing may follow the > of a block on the same line");
  check_refused(
      "<A>\nB 1\n</A> C 1\n",
      "a.conf:3: nothing may follow the > of a block on the same line");
  check_refused("<A>\nB 1\n</A",
                "a.conf:3: the line that closes a block must end with >");
  check_refused("<A>\nB 1\n</A>",
                "a.conf:3: the last line must end with a newline");
  check_refused("<A b\nB 1\n</A>\n",
                "a.conf:1: the line that opens a block must end with >");
  check_refused("<A /b>\n</A>\n",
                "a.conf:1: a value that contains / must be in quotes");
  check_refused("<\"A\">\n</A>\n",
                "a.conf:1: the name of the block must follow the <");
}
END_TEST

/* It swallows lines, so the message must name the line where it begins. */
START_TEST(test_unterminated_quotes) {
  check_refused("A \"/etc/key\n<B>\nC \"/d\"\n</B>\n",
                "a.conf:3: a value that contains / must be in quotes; is the "
                "quote on line 1 closed?");
  check_refused("A \"/etc/key\n", "a.conf:1: a value that contains / must be "
                                  "in quotes; is the quote on line 1 closed?");
  check_refused("A \"b\nc\"\nD\n",
                "a.conf:3: the key must be followed by a value");
}
END_TEST

START_TEST(test_continued_lines) {
  check_refused("A \"b\\\n  c\" \\\n 1\nB\n",
                "a.conf:4: the key must be followed by a value");
  check_refused("A 1 # \\\nB\n",
                "a.conf:2: the key must be followed by a value");
  check_refused("A 1\r\n\r\nB\r\n",
                "a.conf:3: the key must be followed by a value");
}
END_TEST

START_TEST(test_zero_bytes) {
  ck_assert_ptr_null(config_text_parse("a.conf", "A b\0c\n", 6, &error));
  ck_assert_str_eq(error.text,
                   "a.conf: is not a text file: it contains a zero byte");
}
END_TEST

/* --- limits --------------------------------------------------------------- */

static const char *nested(unsigned depth) {
  static char text[16 * (CONFIG_DEPTH_MAX + 2)];
  text[0] = '\0';
  for (unsigned i = 0; i < depth; i++)
    strcat(text, "<A>\n");
  strcat(text, "B 1\n");
  for (unsigned i = 0; i < depth; i++)
    strcat(text, "</A>\n");
  return text;
}

START_TEST(test_depth) {
  struct config_node *root = read_text(nested(CONFIG_DEPTH_MAX));
  ck_assert_msg(root != NULL, "%s", error.text);
  config_node_free(root);
  check_refused(nested(CONFIG_DEPTH_MAX + 1),
                "a.conf:65: blocks are nested too deeply");
}
END_TEST

START_TEST(test_many_values) {
  char text[4096] = "A";
  for (unsigned i = 0; i < 1000; i++)
    strcat(text, " 7");
  struct config_node *root = read_text(strcat(text, "\n"));
  ck_assert_msg(root != NULL, "%s", error.text);
  ck_assert_uint_eq(root->children->value_count, 1000);
  ck_assert_double_eq(root->children->values[999].number, 7);
  config_node_free(root);
}
END_TEST

/* --- line numbers --------------------------------------------------------- */

START_TEST(test_line_numbers) {
  struct config_node *root =
      read_text("# a\n<A>\n  B \"c\nd\" \\\n  1\n  E 2\n</A>\n");
  ck_assert_msg(root != NULL, "%s", error.text);
  const struct config_node *block = root->children;
  ck_assert_str_eq(block->file, "a.conf");
  ck_assert_uint_eq(block->line, 2);
  ck_assert_uint_eq(block->children->line, 3);
  ck_assert_uint_eq(block->children->next->line, 6);
  config_node_free(root);
}
END_TEST

int main(void) {
  return UNIT_RUN("config_text", test_statements, test_values, test_blocks,
                  test_unterminated_quotes, test_continued_lines,
                  test_zero_bytes, test_depth, test_many_values,
                  test_line_numbers);
}
