/* Errors in how a relay is reached: URLs, proxies, headers and the key. */
#include "config_fixture.h"

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY "  APIKey \"sk-test\"\n"

/* --- URLs ----------------------------------------------------------------- */

#define CLEAR                                                                  \
  ": the API key would cross the network unencrypted: use https://, or set "   \
  "AllowPlainHTTP true"

#define ASCII                                                                  \
  ": the host name must be in its ASCII form, such as "                        \
  "https://xn--mnchen-3ya.example: the command idn2 prints it"

#define PROXY                                                                  \
  ": must be an HTTP proxy with its port, such as http://proxy.example:3128"

START_TEST(test_urls) {
  static const struct config_mistake mistakes[] = {
      {"BaseURL \"http://relay.test/v1\"",
       "BaseURL \"http://relay.test/v1\"" CLEAR},
      {"BaseURL \"http://localhost.relay.test/v1\"",
       "BaseURL \"http://localhost.relay.test/v1\"" CLEAR},
      {"BaseURL \"http://127.0.0.1/v1\"\nProxy \"http://proxy.test:3128\"",
       "BaseURL \"http://127.0.0.1/v1\"" CLEAR},
      {"BaseURL \"ftp://relay.test/\"",
       "BaseURL \"ftp://relay.test/\": must be a URL that starts with https:// "
       "or http://"},
      {"BaseURL \"https://relay.test/v1?a=b\"",
       "BaseURL: must be a URL without ? and #"},
      {"BaseURL \"https://relay.test/v1#\"",
       "BaseURL: must be a URL without ? and #"},
      {"BaseURL 5", "BaseURL 5: must be a string in quotes"},
      {"BaseURL \"https://hid:den@relay.test/v1\"",
       "BaseURL: must not contain a user or password; put the API key in the "
       "file that APIKeyFile names"},
      {"BaseURL \"https://m\303\274nchen.test/v1\"",
       "BaseURL \"https://m\303\274nchen.test/v1\"" ASCII},
      {"BaseURL \"https://m%C3%BCnchen.test/v1\"",
       "BaseURL \"https://m%C3%BCnchen.test/v1\"" ASCII}};
  config_fixture_refuses_in_relay(mistakes, COUNT_OF(mistakes), KEY);
}
END_TEST

/* TLS errors of the proxy would be blamed on the relay, and 1080 is not an HTTP
 * proxy's port. */
START_TEST(test_proxies) {
  static const struct config_mistake mistakes[] = {
      {"Proxy \"ftp://hid:den@proxy.test\"", "Proxy" PROXY},
      {"Proxy \"https://proxy.test:3128\"",
       "Proxy \"https://proxy.test:3128\"" PROXY},
      {"Proxy \"socks5://proxy.test:1080\"",
       "Proxy \"socks5://proxy.test:1080\"" PROXY},
      {"Proxy \"http://proxy.test\"", "Proxy \"http://proxy.test\"" PROXY},
      {"Proxy \"http://m\303\274nchen.test:1\"",
       "Proxy \"http://m\303\274nchen.test:1\"" PROXY},
      {"Proxy \"http://proxy.test:1/?a\"", "Proxy" PROXY},
      {"Proxy \"proxy.test:3128\"", "Proxy" PROXY},
      {"Proxy 5", "Proxy 5: must be a string in quotes"}};
  config_fixture_refuses_in_relay(mistakes, COUNT_OF(mistakes), KEY);
}
END_TEST

START_TEST(test_headers) {
  static const struct config_mistake mistakes[] = {
      {"Header \"X-Token\"", "Header: must be \"Name: value\""},
      {"Header \": hidden\"", "Header: must be \"Name: value\""},
      {"Header \"X Token: hidden\"", "Header: must be \"Name: value\""},
      {"Header \"X-T\xC3\xB6ken: hidden\"", "Header: must be \"Name: value\""},
      {"Header \"X-Token:  \"",
       "Header: must be \"Name: value\", with a value and on one line"},
      {"Header \"X-Token: hid\nden\"",
       "Header: must be \"Name: value\", with a value and on one line"},
      {"Header \"authorization: hidden\"",
       "Header: authorization is set by the plugin itself"},
      {"Header true", "Header: must be a string in quotes"}};
  config_fixture_refuses_in_relay(mistakes, COUNT_OF(mistakes), KEY);
}
END_TEST

/* If one of these is duplicated, client and server may disagree about where a
 * request ends or whose it is. */
START_TEST(test_reserved_headers) {
  static const char *const names[] = {"Authorization",
                                      "Host",
                                      "Content-Type",
                                      "Content-Length",
                                      "Accept-Encoding",
                                      "Connection",
                                      "Transfer-Encoding",
                                      "Expect",
                                      "TE",
                                      "host",
                                      "TRANSFER-ENCODING"};
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    char line[64], wanted[80];
    snprintf(line, sizeof line, "Header \"%s: hidden\"", names[i]);
    snprintf(wanted, sizeof wanted, "Header: %s is set by the plugin itself",
             names[i]);
    const struct config_mistake mistake = {line, wanted};
    config_fixture_refuses_in_relay(&mistake, 1, KEY);
  }
}
END_TEST

/* --- keys ----------------------------------------------------------------- */

START_TEST(test_keys) {
  static const struct config_mistake mistakes[] = {
      {"", "no API key: set APIKeyFile \"/path\", or the variable "
           "HOLYSHEEP_API_KEY in collectd's environment"},
      {"APIKeyEnv \"gsk_hidden0\"",
       "no API key: set APIKeyFile \"/path\", or the variable that APIKeyEnv "
       "names in collectd's environment"},
      {"APIKey \"hidden\"\nAPIKeyEnv \"OTHER\"",
       "only one of APIKeyFile, APIKeyEnv and APIKey is allowed"},
      {"APIKey 5", "APIKey: must be a string in quotes"},
      {"APIKey \"\"", "APIKey: must not be empty"},
      {"APIKey \"hid den\"", "APIKey contains a space, a quote, a line break "
                             "or another character that no API key has"},
      {"APIKeyFile \"/nowhere/key\"",
       "APIKeyFile \"/nowhere/key\": cannot be read: No such file or "
       "directory"},
      {"APIKeyFile \"/\"", "APIKeyFile \"/\": is not a regular file"},
      {"APIKeyFile \"/dev/null\"",
       "APIKeyFile \"/dev/null\": is not a regular file"}};
  ck_assert_int_eq(unsetenv("HOLYSHEEP_API_KEY"), 0);
  config_fixture_refuses_in_relay(mistakes, COUNT_OF(mistakes), "");
}
END_TEST

START_TEST(test_key_that_is_too_long) {
  char lines[4096], key[2049];
  memset(key, 'k', sizeof key);
  snprintf(lines, sizeof lines,
           "<Relay \"main\">\n  APIKey \"%.2048s\"\n</Relay>\n", key);
  config_fixture_refuses(
      lines,
      "Relay \"main\": APIKey: is too long: at most 2047 bytes are allowed");
}
END_TEST

int main(void) {
  return UNIT_RUN("config_access", test_urls, test_proxies, test_headers,
                  test_reserved_headers, test_keys, test_key_that_is_too_long);
}
