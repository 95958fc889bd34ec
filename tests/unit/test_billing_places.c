/* The places where a balance is searched for, and what an answer says of the
 * one that was asked. */
#include "billing_fixture.h"

#include "probe/probe_kind.h"
#include "unit.h"

static const char base_url[] = "https://relay.example.com/v1";

/* --- the settings for a place -------------------------------------------- */

static void search(double scale) {
  billing_use_preset("auto");
  probe.interval = 60 * (usec)USEC_PER_SEC;
  probe.timeout = 8 * (usec)USEC_PER_SEC;
  probe.share = 3;
  probe.scale = scale;
}

static size_t index_of(const char *preset) {
  size_t index = 0;
  while (billing_preset_at(index) != billing_preset_find(preset))
    index++;
  return index;
}

/* The same as with that preset in the configuration. */
START_TEST(test_place_of_each_preset) {
  static struct probe_settings place;
  unsigned requests = 0;
  search(0.5);
  ck_assert(billing_preset_is_searched(&probe));
  for (size_t i = 0; billing_preset_at(i) != NULL; i++) {
    const struct billing_preset *preset = billing_preset_at(i);
    ck_assert(billing_preset_place(&probe, i, base_url, &place));
    ck_assert_ptr_eq(place.preset, preset);
    ck_assert(!billing_preset_is_searched(&place));
    ck_assert_ptr_eq(place.kind, probe.kind);
    ck_assert_str_eq(place.path, preset->path);
    ck_assert_pstr_eq(place.remaining_key, preset->remaining_key);
    ck_assert_pstr_eq(place.limit_key, preset->limit_key);
    ck_assert_pstr_eq(place.used_key, preset->used_key);
    ck_assert_pstr_eq(place.expires_key, preset->expires_key);
    ck_assert_pstr_eq(billing_preset_usage_path(&place), preset->used_path);
    ck_assert_int_eq(place.interval, probe.interval);
    ck_assert_int_eq(place.timeout, probe.timeout);
    ck_assert_uint_eq(place.share, probe.share);
    ck_assert_double_eq(place.scale, 0.5);
    requests += billing_preset_requests(&place);
    probe_settings_free(&place);
  }
  ck_assert_uint_eq(billing_preset_requests(&probe), requests);
  billing_reset();
}
END_TEST

/* At a Chinese site, some of the places are in yuan. */
START_TEST(test_place_in_yuan) {
  static const struct {
    const char *preset, *url;
    bool yuan;
  } cases[] = {{"moonshot", "https://api.moonshot.cn/v1", true},
               {"siliconflow", "https://api.moonshot.cn/v1", true},
               {"new-api", "https://api.moonshot.cn/v1", false},
               {"moonshot", "https://api.moonshot.ai/v1", false}};
  search(1);
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    struct probe_settings place;
    ck_assert(billing_preset_place(&probe, index_of(cases[i].preset),
                                   cases[i].url, &place));
    ck_assert_msg(place.in_yuan == cases[i].yuan, "%s", cases[i].preset);
    probe_settings_free(&place);
  }
  billing_reset();
}
END_TEST

/* --- what an answer says of it ------------------------------------------- */

static enum billing_place place_of(int http_status, const char *body) {
  result = unit_probe_result(&probe, http_status, body);
  return billing_place_of(&result);
}

START_TEST(test_answers) {
  static const struct {
    const char *preset;
    int http_status;
    const char *body;
    enum billing_place place;
  } cases[] = {
      {"holysheep", 200, "{\"remaining\":0}", BILLING_PLACE_FOUND},
      {"openrouter", 200, "{\"data\":{\"limit\":null}}", BILLING_PLACE_FOUND},
      {"deepseek", 200,
       "{\"balance_infos\":[{\"currency\":\"CNY\",\"total_balance\":\"1\"}]}",
       BILLING_PLACE_FOUND},
      {"deepseek", 200, "{\"balance_infos\":[{\"currency\":\"CNY\"}]}",
       BILLING_PLACE_MISSING},
      {"holysheep", 200, "{}", BILLING_PLACE_MISSING},
      {"holysheep", 200, "<!doctype html><title>Welcome</title>",
       BILLING_PLACE_MISSING},
      {"holysheep", 302, "", BILLING_PLACE_MISSING},
      {"holysheep", 404, "", BILLING_PLACE_MISSING},
      {"holysheep", 405, "", BILLING_PLACE_MISSING},
      {"holysheep", 401, "", BILLING_PLACE_REFUSED},
      {"holysheep", 403, "", BILLING_PLACE_REFUSED},
      {"holysheep", 401, "{\"error\":{\"message\":\"The API key expired\"}}",
       BILLING_PLACE_REFUSED},
      {"sub2api", 200, "{\"isValid\":false,\"remaining\":1}",
       BILLING_PLACE_REFUSED},
      {"holysheep", 429, "", BILLING_PLACE_UNDECIDED},
      {"holysheep", 402,
       "{\"error\":{\"code\":\"insufficient_quota\",\"message\":\"m\"}}",
       BILLING_PLACE_UNDECIDED},
      {"holysheep", 500, "", BILLING_PLACE_UNDECIDED},
      {"holysheep", 503, "", BILLING_PLACE_UNDECIDED}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    billing_use_preset(cases[i].preset);
    ck_assert_msg(place_of(cases[i].http_status, cases[i].body) ==
                      cases[i].place,
                  "%zu: %d %s", i, cases[i].http_status, cases[i].body);
  }
  billing_reset();
}
END_TEST

/* One that asks to wait may not have looked, nor one that broke off. */
START_TEST(test_answers_that_say_nothing) {
  billing_use_preset("holysheep");
  ck_assert_int_eq(place_of(404, ""), BILLING_PLACE_MISSING);
  result.http.retry_after = 5;
  ck_assert_int_eq(billing_place_of(&result), BILLING_PLACE_UNDECIDED);
  result.http.retry_after = 0;
  result.http.transport_error = CAUSE_CONNECTION;
  ck_assert_int_eq(billing_place_of(&result), BILLING_PLACE_UNDECIDED);
  billing_reset();
}
END_TEST

int main(void) {
  return UNIT_RUN("billing_places", test_place_of_each_preset,
                  test_place_in_yuan, test_answers,
                  test_answers_that_say_nothing);
}
