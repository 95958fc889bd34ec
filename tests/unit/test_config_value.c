/* Single values, also items that no file can contain. */
#include "config/config_value.h"

#include "http/url.h"
#include "model/settings.h"
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct relay_settings relay;
static struct error error;

static bool store(const char *name, struct config_value *values, size_t count) {
  const struct config_item *key = config_item_find(name, SCOPE_RELAY);
  struct config_node item = {
      .key = name, .values = values, .value_count = count};
  ck_assert_ptr_nonnull(key);
  error.text[0] = '\0';
  return config_value_store(key, &item, &http_url_rules, &relay, &error);
}

static bool store_number(const char *name, double number) {
  struct config_value value = {.type = VALUE_NUMBER};
  value.number = number;
  return store(name, &value, 1);
}

static bool store_text(const char *name, const char *text) {
  struct config_value value = {.type = VALUE_TEXT};
  value.text = text;
  return store(name, &value, 1);
}

static bool store_boolean(const char *name, int boolean) {
  struct config_value value = {.type = VALUE_BOOLEAN};
  value.boolean = boolean;
  return store(name, &value, 1);
}

START_TEST(test_numbers_at_the_bounds) {
  ck_assert(store_number("Timeout", 100) &&
            relay.timeout == 100 * USEC_PER_MSEC);
  ck_assert(store_number("Timeout", 600000) &&
            relay.timeout == 600000 * USEC_PER_MSEC);
  ck_assert(store_number("Interval", 0.1));
  ck_assert_int_eq(relay.interval, usec_of(0.1));
  ck_assert(store_number("Interval", 86400));
  ck_assert_int_eq(relay.interval, usec_of(86400));
}
END_TEST

/* A rejected value leaves the number unchanged. */
START_TEST(test_invalid_numbers) {
  static const double odd[] = {NAN,      INFINITY, -INFINITY,
                               1e300,    -1e300,   4294967296.0 + 1000,
                               600000.5, -0.0};
  ck_assert(store_number("Timeout", 5000));
  for (size_t i = 0; i < COUNT_OF(odd); i++) {
    ck_assert(!store_number("Timeout", odd[i]));
    ck_assert_int_eq(relay.timeout, 5000 * USEC_PER_MSEC);
  }
  ck_assert(!store_number("Timeout", NAN));
  ck_assert_str_eq(error.text, "Timeout nan: must be a number without quotes");
}
END_TEST

static bool store_rate(double count, double seconds) {
  struct config_value values[2] = {{.type = VALUE_NUMBER},
                                   {.type = VALUE_NUMBER}};
  values[0].number = count;
  values[1].number = seconds;
  relay = (struct relay_settings){.name = NULL};
  return store("MaxRequests", values, 2);
}

START_TEST(test_rates) {
  ck_assert(store_rate(10000, 86400));
  ck_assert_uint_eq(relay.max_requests, 10000);
  ck_assert_int_eq(relay.max_requests_span, usec_of(86400));
  ck_assert(store_rate(1, 1) && !store_rate(1, 0.999));
  ck_assert(!store_rate(10001, 60) && !store_rate(10, 86400.5));
  ck_assert(!store_rate(NAN, 60) && !store_rate(10, NAN));
  ck_assert(!store_rate(INFINITY, 60) && !store_rate(10, INFINITY));
  ck_assert_int_eq(relay.max_requests_span, usec_of(0));
}
END_TEST

START_TEST(test_booleans) {
  ck_assert(store_boolean("KeepAlive", 1) && relay.keep_alive);
  ck_assert(store_boolean("KeepAlive", 0) && !relay.keep_alive);
  ck_assert(store_boolean("KeepAlive", 256) && relay.keep_alive);
}
END_TEST

START_TEST(test_texts) {
  relay = (struct relay_settings){.name = NULL};
  ck_assert(store_text("APIKeyEnv", "ONE"));
  ck_assert(store_text("APIKeyEnv", "TWO")); /* the first one is freed */
  ck_assert_str_eq(relay.key_env, "TWO");
  char text[300];
  memset(text, 'A', sizeof text);
  text[256] = '\0';
  ck_assert(!store_text("APIKeyEnv", text));
  ck_assert_ptr_nonnull(
      strstr(error.text, "is too long: at most 255 bytes are allowed"));
  text[255] = '\0';
  ck_assert(store_text("APIKeyEnv", text));
  relay_settings_free(&relay);
}
END_TEST

START_TEST(test_addresses) {
  ck_assert(store_text("AddressFamily", "ipv4"));
  ck_assert_int_eq(relay.address_family, ADDRESS_IPV4);
  ck_assert(store_text("AddressFamily", "IPV6"));
  ck_assert_int_eq(relay.address_family, ADDRESS_IPV6);
  ck_assert(store_text("AddressFamily", "Any"));
  ck_assert_int_eq(relay.address_family, ADDRESS_ANY);
}
END_TEST

static char file[] = "/tmp/holysheep-file-XXXXXX";

static bool is_refused(void) {
  char wanted[128];
  snprintf(wanted, sizeof wanted,
           "CACert \"%s\": cannot be read: Permission denied", file);
  return !store_text("CACert", file) && strcmp(error.text, wanted) == 0;
}

/* Existence is not enough. */
START_TEST(test_unreadable_files) {
  int opened = mkstemp(file);
  ck_assert_int_ge(opened, 0);
  close(opened);
  ck_assert(store_text("CACert", file));
  ck_assert_int_eq(chmod(file, 0), 0);
  ck_assert(unit_as_nobody(is_refused));
  unlink(file);
  relay_settings_free(&relay);
}
END_TEST

START_TEST(test_dates) {
  ck_assert(store_text("KeyExpires", "1970-01-02"));
  ck_assert_int_eq(relay.key_expires, 86400);
  ck_assert(store_text("KeyExpires", "2028-02-29"));
  ck_assert_int_eq(relay.key_expires, 1835395200);
  ck_assert(store_text("KeyExpires", "9999-12-31"));
  ck_assert_int_eq(relay.key_expires, INT64_C(253402214400));
}
END_TEST

START_TEST(test_missing_values) {
  ck_assert(!store("Timeout", NULL, 0));
  ck_assert_str_eq(error.text, "Timeout: takes one value, not 0");
}
END_TEST

/* Each row accepts its default. */
START_TEST(test_defaults_are_valid) {
  struct probe_settings probe = {.kind = NULL};
  struct url url;
  relay = (struct relay_settings){.name = NULL};
  ck_assert_msg(config_value_defaults(SCOPE_RELAY, &relay, &error), "%s",
                error.text);
  ck_assert_int_eq(relay.retry_interval, usec_of(2));
  ck_assert(relay.verify_peer);
  ck_assert(http_url_rules.parse(relay.base_url, &url, &error));
  relay_settings_free(&relay);
  ck_assert(config_value_defaults(config_probe_scopes(&probe_kinds[KIND_CHAT]),
                                  &probe, &error));
  ck_assert_uint_eq(probe.max_tokens, 16);
  ck_assert_double_eq(probe.scale, 0);
  probe_settings_free(&probe);
}
END_TEST

int main(void) {
  return UNIT_RUN("config_value", test_numbers_at_the_bounds,
                  test_invalid_numbers, test_rates, test_booleans, test_texts,
                  test_addresses, test_unreadable_files, test_dates,
                  test_missing_values, test_defaults_are_valid);
}
