/* Texts in the form that is searched. */
#include "probe/words.h"

#include "unit.h"

#include <string.h>

static const char *normalized(const char *text, const char *skip) {
  static char words[WORDS_MAX];
  bool skipped;
  memset(words, 'x', sizeof words);
  words_normalize(words, text, strlen(text), skip, &skipped);
  ck_assert(skip != NULL || !skipped);
  return words;
}

static void check(const char *text, const char *wanted) {
  ck_assert_str_eq(normalized(text, NULL), wanted);
}

START_TEST(test_identifiers) {
  check("insufficient_quota", " insufficient quota ");
  check("APIKeyInvalid", " api key invalid ");
  check("API_KEY_INVALID", " api key invalid ");
  check("apiKey.invalid", " api key invalid ");
  check("Throttling.AllocationQuota", " throttling allocation quota ");
  check("rate-limited", " rate limited ");
  check("HTTP2Error", " http2 error ");
}
END_TEST

START_TEST(test_sentences) {
  check("", " ");
  check("  Hello,  World ", " hello world ");
  check("It doesn't exist", " it doesnt exist ");
  check("It doesn\u2019t exist", " it doesnt exist ");
  check("the 'max_tokens' key", " the max tokens key ");
  check("your account's limit", " your account limit ");
  check("the key\u2019s", " the key ");
  check("it's 'so", " it so ");
  check("No quota. Top up!", " no quota | top up | ");
  check("No quota.Top up", " no quota top up ");
  check("limit 1.5 e.g. a day", " limit 1 5 e g a day ");
  check("one\ntwo\\nthree", " one | two three ");
  check("{\"a\":{\"b\":1}}", " a | b 1 | ");
}
END_TEST

START_TEST(test_other_scripts) {
  check("余额不足，请充值。再试", " 余额不足 请充值 | 再试 ");
  check("无效的API Key。", " 无效的 api key | ");
  check("ÉPUISÉ", " épuisé ");
  check("Недостаточно СРЕДСТВ", " недостаточно средств ");
  check("「モデル」", " モデル ");
  check("Số dư không đủ", " số dư không đủ ");
}
END_TEST

/* Words in an address do not count. */
START_TEST(test_addresses) {
  check("see https://x.example/account/billing or ask", " see or ask ");
  check("(https://x.example/a) now", " now ");
  check("go to platform.example.com/billing today", " go to today ");
  check("ask help.example.com", " ask help example com ");
  check("model a/b-1.5 is", " model a b 1 5 is ");
  check("\"url\":\"http://a/quota\"}", " url | ");
}
END_TEST

START_TEST(test_skipped_name) {
  static const struct {
    const char *text, *wanted;
    bool skipped;
  } cases[] = {
      {"no quota-1 here", " no * here ", true},
      {"no QUOTA-1.", " no * | ", true},
      {"no quota-10 here", " no quota 10 here ", false},
      {"no my-quota-1x", " no my quota 1x ", false},
      {"no quota-1-mini", " no quota 1 mini ", false},
      {"no quota-1.5", " no quota 1 5 ", false},
      {"no a/quota-1 here", " no a * here ", true},
      {"模型quota-1不存在", " 模型 * 不存在 ", true},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    char words[WORDS_MAX];
    bool skipped;
    words_normalize(words, cases[i].text, strlen(cases[i].text), "quota-1",
                    &skipped);
    ck_assert_str_eq(words, cases[i].wanted);
    ck_assert_msg(skipped == cases[i].skipped, "%s", cases[i].text);
  }
  ck_assert_str_eq(normalized("a", ""), " a ");
}
END_TEST

/* The longest expansion of each byte, and bytes that are not text. */
START_TEST(test_maximum_length) {
  static const char *const fills[] = {"a!",   "aB", "m ", "m\n", "\xE4", "\xBD",
                                      "\xC3", "m!", ".",  "!",   "{m"};
  for (size_t i = 0; i < COUNT_OF(fills); i++) {
    static char text[WORDS_INPUT_MAX + 100];
    bool skipped;
    char words[WORDS_MAX];
    size_t size = strlen(fills[i]);
    for (size_t at = 0; at < sizeof text; at++)
      text[at] = fills[i][at % size];
    words_normalize(words, text, sizeof text, "m", &skipped);
    ck_assert_uint_lt(strlen(words), sizeof words);
  }
}
END_TEST

START_TEST(test_random_bytes) {
  for (unsigned round = 0; round < 2000; round++) {
    char text[300], words[WORDS_MAX];
    bool skipped;
    size_t length = unit_random(sizeof text);
    for (size_t i = 0; i < length; i++)
      text[i] = (char)unit_random(256);
    words_normalize(words, text, length, "gpt", &skipped);
    UNIT_ASSERT(strlen(words) < sizeof words);
    UNIT_ASSERT(words[0] == ' ' && words[strlen(words) - 1] == ' ');
  }
}
END_TEST

int main(void) {
  return UNIT_RUN("words", test_identifiers, test_sentences, test_other_scripts,
                  test_addresses, test_skipped_name, test_maximum_length,
                  test_random_bytes);
}
