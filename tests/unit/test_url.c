#include "http/url.h"

#include "unit.h"

#include <stdio.h>
#include <string.h>

static struct url parsed(const char *text) {
  struct url url = {.plain = false};
  struct error error = {.text = ""};
  ck_assert_msg(http_url_rules.parse(text, &url, &error), "%s: %s", text,
                error.text);
  return url;
}

START_TEST(test_schemes) {
  ck_assert(!parsed("https://relay.test/v1").plain);
  ck_assert(parsed("http://relay.test/v1").plain);
  ck_assert(parsed("HTTP://relay.test:8080").plain);
}
END_TEST

START_TEST(test_invalid_urls) {
  static const char *const bad[] = {"",
                                    "relay.test/v1",
                                    "/v1",
                                    "https://",
                                    "ftp://relay.test",
                                    "file:///etc/passwd",
                                    "socks5://relay.test",
                                    "https://relay.test:99999",
                                    "https://relay test",
                                    "https://relay.test/a b",
                                    "https://relay.test/a\nb",
                                    "https://[::1"};
  for (size_t i = 0; i < COUNT_OF(bad); i++) {
    struct url url;
    struct error error = {.text = ""};
    ck_assert_msg(!http_url_rules.parse(bad[i], &url, &error), "%s", bad[i]);
    ck_assert_ptr_nonnull(
        strstr(error.text, "https://")); /* the expected form */
  }
}
END_TEST

START_TEST(test_non_ascii_names) {
  static const char *const bad[] = {"https://m\303\274nchen.test/v1",
                                    "https://m%C3%BCnchen.test",
                                    "https://\344\276\213.\346\265\213:8080/"};
  for (size_t i = 0; i < COUNT_OF(bad); i++) {
    struct url url;
    struct error error = {.text = ""};
    ck_assert_msg(!http_url_rules.parse(bad[i], &url, &error), "%s", bad[i]);
    ck_assert_ptr_nonnull(strstr(error.text, "xn--"));
  }
  ck_assert(parsed("https://xn--mnchen-3ya.test/\303\274").ascii);
}
END_TEST

START_TEST(test_proxies) {
  static const char *const good[] = {"http://proxy.test:3128",
                                     "http://proxy.test:80/",
                                     "http://user:word@[::1]:8080"};
  static const char *const bad[] = {"http://proxy.test",
                                    "http://proxy.test/",
                                    "https://proxy.test:3128",
                                    "socks5://proxy.test:1080",
                                    "proxy.test:3128",
                                    "http://proxy.test:3128?a",
                                    "http://m\303\274nchen.test:3128",
                                    ""};
  struct url url;
  struct error error;
  for (size_t i = 0; i < COUNT_OF(good); i++)
    ck_assert_msg(http_url_rules.parse_proxy(good[i], &url, &error), "%s",
                  good[i]);
  for (size_t i = 0; i < COUNT_OF(bad); i++) {
    ck_assert_msg(!http_url_rules.parse_proxy(bad[i], &url, &error), "%s",
                  bad[i]);
    ck_assert_ptr_nonnull(strstr(error.text, "http://proxy.example:3128"));
  }
}
END_TEST

/* Literally 127.0.0.0/8, ::1 or localhost: nothing that needs a look-up or only
 * looks similar. */
START_TEST(test_loopback) {
  static const struct {
    const char *host;
    bool loopback;
  } cases[] = {{"localhost", true},
               {"LocalHost", true},
               {"127.0.0.1", true},
               {"127.255.255.254", true},
               {"[::1]", true},
               {"[0:0:0:0:0:0:0:1]", true},
               {"localhost.", false},
               {"localhost.relay.test", false},
               {"127.0.0.1.relay.test", false},
               {"128.0.0.1", false},
               {"126.255.255.255", false},
               {"10.0.0.1", false},
               {"0.0.0.0", false},
               {"[::]", false},
               {"[::2]", false},
               {"[::ffff:127.0.0.1]", false},
               {"[fe80::1]", false},
               {"relay.test", false},
               {"127.0.0.1@relay.test", false},
               {"localhost:1@relay.test", false}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    static const char *const tails[] = {"", "/v1", ":8080/v1"};
    for (size_t t = 0; t < COUNT_OF(tails); t++) {
      char text[128];
      snprintf(text, sizeof text, "http://%s%s", cases[i].host, tails[t]);
      ck_assert_msg(parsed(text).loopback == cases[i].loopback, "%s", text);
    }
  }
}
END_TEST

START_TEST(test_credentials) {
  ck_assert(!parsed("https://relay.test/v1").credentials);
  ck_assert(parsed("https://user@relay.test/v1").credentials);
  ck_assert(parsed("https://user:word@relay.test/v1").credentials);
  ck_assert(parsed("https://:word@relay.test/v1").credentials);
  ck_assert(!parsed("https://relay.test/@v1").credentials);
}
END_TEST

/* A path is appended, so even an empty query is an error. */
START_TEST(test_queries) {
  ck_assert(!parsed("https://relay.test/v1").query);
  ck_assert(parsed("https://relay.test/v1?a=b").query);
  ck_assert(parsed("https://relay.test?a").query);
  ck_assert(parsed("https://relay.test/v1#a").query);
  ck_assert(parsed("https://relay.test/v1?").query);
  ck_assert(parsed("https://relay.test/v1#").query);
  ck_assert(!parsed("https://relay.test/v1%3Fa").query);
}
END_TEST

int main(void) {
  return UNIT_RUN("url", test_schemes, test_invalid_urls, test_non_ascii_names,
                  test_proxies, test_loopback, test_credentials, test_queries);
}
