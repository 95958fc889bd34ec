/* GET /billing: the remaining balance. If it is not a valid number, it must be
 * unknown rather than 0, because there is an alert on it. */
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
  bool in_dollars, foreign_currency; /* if the answer names the currency */
  bool invalid;                      /* the key, according to the answer */
  bool has_flag, unlimited;
  double number[BILLING_NUMBERS]; /* in the relay's unit */
};

ANSWER_STATE(struct billing_answer)

enum {
  FIELD_CURRENCY = API_ERROR_SELECTORS + BILLING_NUMBERS,
  FIELD_UNLIMITED,
  FIELD_VALID,
};

/* US dollars. A larger number is not a balance: it would distort the sum of
 * what was spent for good. */
static const double dollars_max = 1e12;

static unsigned field_id(enum billing_number number) {
  return API_ERROR_SELECTORS + (unsigned)number;
}

static void select_number(struct answer *answer, struct json_reader *json,
                          enum billing_number number, const char *path) {
  struct json_selector *selector = &state_of(answer)->selectors[number];
  if (path == NULL)
    return;
  *selector = (struct json_selector){path, (int)field_id(number)};
  json_select(json, selector);
}

/* Some relays report the usage in a second request. */
static bool needs_usage_request(const struct answer *answer) {
  return billing_preset_usage_path(answer->probe) != NULL;
}

static void select_path(struct json_reader *json,
                        struct json_selector *selector, const char *path,
                        int id) {
  *selector = (struct json_selector){path, id};
  if (path != NULL)
    json_select(json, selector);
}

/* A preset's currency and sentinel values only apply to its own balance key. */
static bool uses_preset_balance(const struct probe_settings *probe) {
  const char *key = probe->preset->remaining_key;
  return key != NULL && probe->remaining_key != NULL &&
         strcmp(probe->remaining_key, key) == 0;
}

static void select_fields(struct answer *answer, struct json_reader *json) {
  const struct probe_settings *probe = answer->probe;
  select_path(json, &state_of(answer)->currency,
              uses_preset_balance(probe) ? probe->preset->currency_key : NULL,
              FIELD_CURRENCY);
  select_path(json, &state_of(answer)->flag, probe->preset->unlimited_key,
              FIELD_UNLIMITED);
  select_path(json, &state_of(answer)->valid, probe->preset->valid_key,
              FIELD_VALID);
  if (answer->previous == NULL) {
    select_number(answer, json, BILLING_REMAINING, probe->remaining_key);
    select_number(answer, json, BILLING_LIMIT, probe->limit_key);
    select_number(answer, json, BILLING_EXPIRES, probe->expires_key);
  }
  if (!needs_usage_request(answer) || answer->previous != NULL)
    select_number(answer, json, BILLING_USED, probe->used_key);
}

static bool is_boolean(const struct json_value *value, const char *word) {
  return value->type == JSON_BOOLEAN &&
         text_equals(value->text, value->length, word);
}

static void on_currency(struct answer *answer, const struct json_value *value) {
  state_of(answer)->in_dollars = json_value_is(value, "USD");
  state_of(answer)->foreign_currency =
      value->type == JSON_STRING && !state_of(answer)->in_dollars;
}

static void on_flag(struct answer *answer, const struct json_value *value) {
  state_of(answer)->has_flag = true;
  state_of(answer)->unlimited =
      value->type == JSON_NULL || is_boolean(value, "true");
}

static void on_field(struct answer *answer, int id,
                     const struct json_value *value) {
  if (id == FIELD_CURRENCY) {
    on_currency(answer, value);
    return;
  }
  if (id == FIELD_UNLIMITED) {
    on_flag(answer, value);
    return;
  }
  if (id == FIELD_VALID) {
    state_of(answer)->invalid = is_boolean(value, "false");
    return;
  }
  int number = id - API_ERROR_SELECTORS;
  double *stored = &state_of(answer)->number[number];
  state_of(answer)->null[number] = value->type == JSON_NULL;
  bool text = value->type == JSON_NUMBER || value->type == JSON_STRING;
  state_of(answer)->known[number] =
      text && (json_parse_number(value->text, value->length, stored) ||
               (number == BILLING_EXPIRES &&
                date_parse(value->text, value->length, true, stored)));
}

static bool known(const struct answer *answer, enum billing_number number) {
  return const_state_of(answer)->known[number];
}

static bool is_money(double dollars) { return fabs(dollars) <= dollars_max; }

/* Scale converts another currency to dollars. False, with an amount of 0: it is
 * unknown. */
static bool read_dollars(const struct answer *answer,
                         enum billing_number number, double unit,
                         double *amount) {
  double scale = const_state_of(answer)->in_dollars ? 1 : answer->probe->scale;
  *amount = const_state_of(answer)->number[number] * unit * scale;
  if (known(answer, number) && is_money(*amount))
    return true;
  *amount = 0;
  return false;
}

/* 0, -1, and dates from the year 9999 on mean never. Still larger numbers are
 * not seconds since 1970, and are ignored. */
static void evaluate_expiry(const struct answer *answer,
                            struct probe_result *result) {
  static const double year_9999 = 253370764800, no_date = 1e12;
  double seconds = const_state_of(answer)->number[BILLING_EXPIRES];
  if (const_state_of(answer)->null[BILLING_EXPIRES])
    result->key_expiry = KEY_EXPIRES_NEVER;
  if (known(answer, BILLING_EXPIRES) && seconds < no_date)
    result->key_expiry = seconds > 0 && seconds < year_9999 ? (int64_t)seconds
                                                            : KEY_EXPIRES_NEVER;
}

/* If the number whose value `sign` means "no limit" is known, sets whether
 * there is none. */
static void detect_unlimited(const struct answer *answer,
                             enum billing_number number, double sign,
                             struct probe_result *result) {
  if (sign == 0 || !known(answer, number) ||
      !is_money(const_state_of(answer)->number[number]))
    return;
  result->has_unlimited = true;
  if (const_state_of(answer)->number[number] == sign)
    result->unlimited = true;
}

static void evaluate_limit(const struct answer *answer,
                           struct probe_result *result) {
  const struct billing_preset *preset = answer->probe->preset;
  result->has_limit = read_dollars(answer, BILLING_LIMIT, 1, &result->limit);
  result->has_unlimited = const_state_of(answer)->has_flag;
  result->unlimited = const_state_of(answer)->unlimited;
  detect_unlimited(answer, BILLING_LIMIT, preset->unlimited_limit, result);
  if (uses_preset_balance(answer->probe))
    detect_unlimited(answer, BILLING_REMAINING, preset->unlimited_remaining,
                     result);
  if (!result->unlimited)
    return;
  result->has_limit = false;
  result->limit = 0;
}

static void evaluate_used(const struct answer *answer,
                          struct probe_result *result) {
  result->has_used = read_dollars(
      answer, BILLING_USED, answer->probe->preset->used_scale, &result->used);
}

static void evaluate_balance(const struct answer *answer,
                             struct probe_result *result) {
  result->has_balance =
      read_dollars(answer, BILLING_REMAINING, 1, &result->balance);
  if (answer->probe->remaining_key != NULL)
    return;
  result->balance = result->limit - result->used;
  result->has_balance =
      result->has_limit && result->has_used && is_money(result->balance);
  if (!result->has_balance)
    result->balance = 0;
}

static void copy_previous(const struct probe_result *previous,
                          struct probe_result *result) {
  result->key_expiry = previous->key_expiry;
  result->has_unlimited = previous->has_unlimited;
  result->has_limit = previous->has_limit;
  result->limit = previous->limit;
}

static bool in_foreign_currency(const struct answer *answer) {
  return const_state_of(answer)->foreign_currency || answer->probe->in_yuan;
}

static enum cause evaluate(const struct answer *answer,
                           struct probe_result *result) {
  if (const_state_of(answer)->invalid)
    return CAUSE_KEY_REJECTED;
  if (answer->previous != NULL) {
    copy_previous(answer->previous, result);
  } else {
    evaluate_expiry(answer, result);
    evaluate_limit(answer, result);
  }
  if (result->unlimited)
    return CAUSE_OK;
  if (needs_usage_request(answer) && answer->previous == NULL) {
    result->needs_second_request = true;
    return result->has_limit ? CAUSE_OK : CAUSE_BALANCE_UNKNOWN;
  }
  if (in_foreign_currency(answer) && answer->probe->scale == 1) {
    result->needs_scale = known(answer, BILLING_REMAINING);
    if (result->needs_scale)
      result->advice = "The balance is in another currency: set Scale in "
                       "<Billing> to the value of one unit in US dollars.";
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
