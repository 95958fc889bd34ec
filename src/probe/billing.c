/* GET /billing: what is left on the account. A number that is not one has to
 * be unknown, never 0: an alert reads it. */
#include "base/date.h"
#include "probe/answer.h"
#include "probe/billing_preset.h"
#include "probe/prober.h"

#include <math.h>
#include <string.h>

enum billing_number {
  BILLING_REMAINING,
  BILLING_LIMIT,
  BILLING_USED,
  BILLING_EXPIRES,
  BILLING_NUMBERS
};

struct billing_answer {
  struct json_selector selectors[BILLING_NUMBERS];
  bool known[BILLING_NUMBERS];
  bool null[BILLING_NUMBERS];
  struct json_selector currency, flag, valid;
  bool in_dollars, foreign; /* the currency is named */
  bool invalid;             /* the key, it says */
  bool knows_flag, unlimited;
  double number[BILLING_NUMBERS]; /* as the relay counts */
};

ANSWER_STATE(struct billing_answer)

enum {
  WANT_CURRENCY = API_ERROR_SELECTORS + BILLING_NUMBERS,
  WANT_UNLIMITED,
  WANT_VALID,
};

/* US dollars. What is beyond this is no money: the sum of what was spent would
 * never be right again. */
static const double dollars_max = 1e12;

static unsigned want_id(enum billing_number number) {
  return API_ERROR_SELECTORS + (unsigned)number;
}

static void select_number(struct answer *answer, struct json_reader *json,
                          enum billing_number number, const char *path) {
  struct json_selector *place = &state_of(answer)->selectors[number];
  if (path == NULL)
    return;
  *place = (struct json_selector){path, (int)want_id(number)};
  json_select(json, place);
}

/* Some relays tell in another request what was used. */
static bool asks_twice(const struct answer *answer) {
  return billing_preset_usage_path(answer->probe) != NULL;
}

static void select_word(struct json_reader *json, struct json_selector *place,
                        const char *path, int id) {
  *place = (struct json_selector){path, id};
  if (path != NULL)
    json_select(json, place);
}

/* What a preset knows of its own balance holds for no other number. */
static bool is_presets_balance(const struct probe_settings *probe) {
  const char *key = probe->preset->remaining_key;
  return key != NULL && probe->remaining_key != NULL &&
         strcmp(probe->remaining_key, key) == 0;
}

static void select_fields(struct answer *answer, struct json_reader *json) {
  const struct probe_settings *probe = answer->probe;
  select_word(json, &state_of(answer)->currency,
              is_presets_balance(probe) ? probe->preset->currency_key : NULL,
              WANT_CURRENCY);
  select_word(json, &state_of(answer)->flag, probe->preset->unlimited_key,
              WANT_UNLIMITED);
  select_word(json, &state_of(answer)->valid, probe->preset->valid_key,
              WANT_VALID);
  if (answer->before == NULL) {
    select_number(answer, json, BILLING_REMAINING, probe->remaining_key);
    select_number(answer, json, BILLING_LIMIT, probe->limit_key);
    select_number(answer, json, BILLING_EXPIRES, probe->expires_key);
  }
  if (!asks_twice(answer) || answer->before != NULL)
    select_number(answer, json, BILLING_USED, probe->used_key);
}

static bool is_word(const struct json_value *value, enum json_type type,
                    const char *word) {
  return value->type == type && value->length == strlen(word) &&
         memcmp(value->text, word, value->length) == 0;
}

static void on_currency(struct answer *answer, const struct json_value *value) {
  state_of(answer)->in_dollars = is_word(value, JSON_STRING, "USD");
  state_of(answer)->foreign =
      value->type == JSON_STRING && !state_of(answer)->in_dollars;
}

static void on_flag(struct answer *answer, const struct json_value *value) {
  state_of(answer)->knows_flag = true;
  state_of(answer)->unlimited =
      value->type == JSON_NULL || is_word(value, JSON_BOOLEAN, "true");
}

static void on_field(struct answer *answer, int id,
                     const struct json_value *value) {
  if (id == WANT_CURRENCY) {
    on_currency(answer, value);
    return;
  }
  if (id == WANT_UNLIMITED) {
    on_flag(answer, value);
    return;
  }
  if (id == WANT_VALID) {
    state_of(answer)->invalid = is_word(value, JSON_BOOLEAN, "false");
    return;
  }
  int number = id - API_ERROR_SELECTORS;
  double *place = &state_of(answer)->number[number];
  state_of(answer)->null[number] = value->type == JSON_NULL;
  bool text = value->type == JSON_NUMBER || value->type == JSON_STRING;
  state_of(answer)->known[number] =
      text && (json_parse_number(value->text, value->length, place) ||
               (number == BILLING_EXPIRES &&
                date_parse(value->text, value->length, true, place)));
}

static bool known(const struct answer *answer, enum billing_number number) {
  return state_in(answer)->known[number];
}

static bool is_money(double dollars) { return fabs(dollars) <= dollars_max; }

/* Scale is what makes dollars of another currency. False, and 0: the amount is
 * not known. */
static bool dollars(const struct answer *answer, enum billing_number number,
                    double unit, double *amount) {
  double scale = state_in(answer)->in_dollars ? 1 : answer->probe->scale;
  *amount = state_in(answer)->number[number] * unit * scale;
  if (known(answer, number) && is_money(*amount))
    return true;
  *amount = 0;
  return false;
}

/* 0 and -1, and the year 9999 and later, are never; beyond that a number counts
 * no seconds since 1970, and tells nothing. */
static void evaluate_expiry(const struct answer *answer,
                            struct probe_result *result) {
  static const double year_9999 = 253370764800, no_date = 1e12;
  double seconds = state_in(answer)->number[BILLING_EXPIRES];
  if (state_in(answer)->null[BILLING_EXPIRES])
    result->key_expiry = KEY_EXPIRES_NEVER;
  if (known(answer, BILLING_EXPIRES) && seconds < no_date)
    result->key_expiry = seconds > 0 && seconds < year_9999 ? (int64_t)seconds
                                                            : KEY_EXPIRES_NEVER;
}

/* Whether a number that would say it, where there is no limit, is told; then
 * whether it does. */
static void note_sign(const struct answer *answer, enum billing_number number,
                      double sign, struct probe_result *result) {
  if (sign == 0 || !known(answer, number) ||
      !is_money(state_in(answer)->number[number]))
    return;
  result->has_unlimited = true;
  if (state_in(answer)->number[number] == sign)
    result->unlimited = true;
}

static void evaluate_limit(const struct answer *answer,
                           struct probe_result *result) {
  const struct billing_preset *preset = answer->probe->preset;
  result->has_limit = dollars(answer, BILLING_LIMIT, 1, &result->limit);
  result->has_unlimited = state_in(answer)->knows_flag;
  result->unlimited = state_in(answer)->unlimited;
  note_sign(answer, BILLING_LIMIT, preset->unlimited_limit, result);
  if (is_presets_balance(answer->probe))
    note_sign(answer, BILLING_REMAINING, preset->unlimited_remaining, result);
  if (!result->unlimited)
    return;
  result->has_limit = false;
  result->limit = 0;
}

static void evaluate_used(const struct answer *answer,
                          struct probe_result *result) {
  result->has_used = dollars(answer, BILLING_USED,
                             answer->probe->preset->used_scale, &result->used);
}

static void evaluate_balance(const struct answer *answer,
                             struct probe_result *result) {
  result->has_balance = dollars(answer, BILLING_REMAINING, 1, &result->balance);
  if (answer->probe->remaining_key != NULL)
    return;
  result->balance = result->limit - result->used;
  result->has_balance =
      result->has_limit && result->has_used && is_money(result->balance);
  if (!result->has_balance)
    result->balance = 0;
}

static void copy_before(const struct probe_result *before,
                        struct probe_result *result) {
  result->key_expiry = before->key_expiry;
  result->has_unlimited = before->has_unlimited;
  result->has_limit = before->has_limit;
  result->limit = before->limit;
}

static bool is_foreign(const struct answer *answer) {
  return state_in(answer)->foreign || answer->probe->in_yuan;
}

static enum cause evaluate(const struct answer *answer,
                           struct probe_result *result) {
  if (state_in(answer)->invalid)
    return CAUSE_KEY_REJECTED;
  if (answer->before != NULL) {
    copy_before(answer->before, result);
  } else {
    evaluate_expiry(answer, result);
    evaluate_limit(answer, result);
  }
  if (result->unlimited)
    return CAUSE_OK;
  if (asks_twice(answer) && answer->before == NULL) {
    result->wants_more = true;
    return result->has_limit ? CAUSE_OK : CAUSE_BALANCE_UNKNOWN;
  }
  if (is_foreign(answer) && answer->probe->scale == 1) {
    result->advice = "It is in another currency: set Scale in <Billing> to "
                     "what one of it is worth in US dollars.";
    return CAUSE_BALANCE_UNKNOWN;
  }
  evaluate_used(answer, result);
  evaluate_balance(answer, result);
  return result->has_balance ? CAUSE_OK : CAUSE_BALANCE_UNKNOWN;
}

const struct prober billing_prober = {
    .select = select_fields,
    .on_field = on_field,
    .evaluate = evaluate,
};
