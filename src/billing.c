/* GET /billing: what is left on the account. A number that is not one has to
 * be unknown, never 0: an alert reads it. */
#define _GNU_SOURCE 1 /* strptime, timegm */
#include "answer.h"
#include "billing_preset.h"
#include "limit.h"
#include "probe.h"

#include <math.h>
#include <string.h>
#include <time.h>

enum { WANT_CURRENCY = API_ERROR_WANTS + BILLING_NUMBERS };

static unsigned want_id(enum billing_number number) {
  return API_ERROR_WANTS + (unsigned)number;
}

static void want_number(struct answer *answer, struct json_reader *json,
                        enum billing_number number, const char *path) {
  struct json_want *place = &answer->of.billing.wants[number];
  if (path == NULL)
    return;
  *place = (struct json_want){path, (int)want_id(number)};
  json_want(json, place);
}

/* Some relays tell in another request what was used. */
static bool asks_twice(const struct answer *answer) {
  return billing_preset_second(answer->probe) != NULL;
}

/* Scale is what makes dollars of another currency. */
static void want_currency(struct answer *answer, struct json_reader *json) {
  const char *path = answer->probe->preset->currency_key;
  answer->of.billing.currency = (struct json_want){path, WANT_CURRENCY};
  if (path != NULL && answer->probe->scale == 1)
    json_want(json, &answer->of.billing.currency);
}

static void want(struct answer *answer, struct json_reader *json) {
  const struct probe_settings *probe = answer->probe;
  want_currency(answer, json);
  if (answer->before == NULL) {
    want_number(answer, json, BILLING_REMAINING, probe->remaining_key);
    want_number(answer, json, BILLING_LIMIT, probe->limit_key);
    want_number(answer, json, BILLING_EXPIRES, probe->expires_key);
  }
  if (!asks_twice(answer) || answer->before != NULL)
    want_number(answer, json, BILLING_USED, probe->used_key);
}

/* RFC 3339's date and time in UTC, or its date alone. */
static bool read_date(const struct json_value *value, double *seconds) {
  char text[40];
  struct tm tm = {0};
  if (value->length >= sizeof text)
    return false;
  memcpy(text, value->text, value->length);
  text[value->length] = '\0';
  const char *end = strptime(text, "%Y-%m-%d", &tm);
  if (end != NULL && *end == 'T')
    end = strptime(end, "T%H:%M:%S", &tm);
  if (end == NULL || strspn(end, ".0123456789Z") != strlen(end))
    return false;
  *seconds = (double)timegm(&tm);
  return true;
}

static void take(struct answer *answer, int id,
                 const struct json_value *value) {
  if (id == WANT_CURRENCY) {
    answer->of.billing.foreign =
        value->type == JSON_STRING &&
        (value->length != 3 || memcmp(value->text, "USD", 3) != 0);
    return;
  }
  int number = id - API_ERROR_WANTS;
  double *place = &answer->of.billing.number[number];
  answer->of.billing.null[number] = value->type == JSON_NULL;
  bool text = value->type == JSON_NUMBER || value->type == JSON_STRING;
  answer->of.billing.known[number] =
      text && (json_number(value->text, value->length, place) ||
               (number == BILLING_EXPIRES && read_date(value, place)));
}

static bool known(const struct answer *answer, enum billing_number number) {
  return answer->of.billing.known[number];
}

/* In US dollars. */
static double dollars(const struct answer *answer, enum billing_number number) {
  return answer->of.billing.number[number] * answer->probe->scale;
}

/* 0 and -1, and the year 9999 and later, are never; beyond that a number counts
 * no seconds since 1970, and tells nothing. */
static void judge_expiry(const struct answer *answer, struct outcome *outcome) {
  static const double year_9999 = 253370764800, no_date = 1e12;
  double seconds = answer->of.billing.number[BILLING_EXPIRES];
  if (answer->of.billing.null[BILLING_EXPIRES])
    outcome->key_expiry = KEY_EXPIRES_UNTOLD;
  if (known(answer, BILLING_EXPIRES) && seconds < no_date)
    outcome->key_expiry = seconds > 0 && seconds < year_9999
                              ? (int64_t)seconds
                              : KEY_EXPIRES_NEVER;
}

static void judge_limit(const struct answer *answer, struct outcome *outcome) {
  double unlimited = answer->probe->preset->unlimited_limit;
  double limit = dollars(answer, BILLING_LIMIT);
  if (!known(answer, BILLING_LIMIT) || !isfinite(limit))
    return;
  outcome->knows_limits = unlimited > 0;
  outcome->unlimited =
      unlimited > 0 && answer->of.billing.number[BILLING_LIMIT] >= unlimited;
  outcome->has_limit = !outcome->unlimited;
  outcome->limit = outcome->has_limit ? limit : 0;
}

static void judge_used(const struct answer *answer, struct outcome *outcome) {
  double used =
      dollars(answer, BILLING_USED) * answer->probe->preset->used_scale;
  outcome->has_used = known(answer, BILLING_USED) && isfinite(used);
  outcome->used = outcome->has_used ? used : 0;
}

static void judge_balance(const struct answer *answer,
                          struct outcome *outcome) {
  double balance = dollars(answer, BILLING_REMAINING);
  if (answer->probe->remaining_key == NULL) {
    outcome->has_balance = outcome->has_limit && outcome->has_used;
    balance = outcome->limit - outcome->used;
  } else {
    outcome->has_balance = known(answer, BILLING_REMAINING);
  }
  outcome->has_balance = outcome->has_balance && isfinite(balance);
  outcome->balance = outcome->has_balance ? balance : 0;
}

static void copy_before(const struct outcome *before, struct outcome *outcome) {
  outcome->key_expiry = before->key_expiry;
  outcome->knows_limits = before->knows_limits;
  outcome->has_limit = before->has_limit;
  outcome->limit = before->limit;
}

static enum cause judge(const struct answer *answer, struct outcome *outcome) {
  if (answer->before != NULL)
    copy_before(answer->before, outcome);
  judge_expiry(answer, outcome);
  judge_limit(answer, outcome);
  if (outcome->unlimited)
    return CAUSE_OK;
  if (asks_twice(answer) && answer->before == NULL) {
    outcome->wants_more = true;
    return outcome->has_limit ? CAUSE_OK : CAUSE_BALANCE_UNKNOWN;
  }
  if (answer->of.billing.foreign) {
    outcome->advice = "It is in another currency: set Scale in <Billing> to "
                      "what one of it is worth in US dollars.";
    return CAUSE_BALANCE_UNKNOWN;
  }
  judge_used(answer, outcome);
  judge_balance(answer, outcome);
  return outcome->has_balance ? CAUSE_OK : CAUSE_BALANCE_UNKNOWN;
}

const struct probe_kind billing_probe = {
    .endpoint = "billing",
    .block = "Billing",
    .path = "/billing",
    .timeout_ms = 10000,
    .least_default_interval = 60,
    .rank = RANK_BILLING,
    .want = want,
    .take = take,
    .judge = judge,
};
