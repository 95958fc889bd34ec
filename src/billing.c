/* GET /billing: what is left on the account. A number that is not one has to
 * be unknown, never 0: an alert reads it. */
#include "answer.h"
#include "probe.h"

#include <math.h>

enum { WANT_REMAINING = API_ERROR_WANTS };

static char *request(const struct probe_settings *probe, bool *ok) {
  (void)probe;
  *ok = true;
  return NULL;
}

static void want(struct answer *answer) {
  answer->of.billing.want =
      (struct json_want){answer->probe->remaining_key, WANT_REMAINING};
  json_want(&answer->json, &answer->of.billing.want);
}

static void take(struct answer *answer, int id,
                 const struct json_value *value) {
  (void)id;
  answer->of.billing.known =
      (value->type == JSON_NUMBER || value->type == JSON_STRING) &&
      json_number(value->text, value->length, &answer->of.billing.remaining);
}

static enum cause judge(const struct answer *answer, struct outcome *outcome) {
  double balance = answer->of.billing.remaining * answer->probe->scale;
  if (!answer->of.billing.known || !isfinite(balance))
    return CAUSE_BALANCE_UNKNOWN;
  outcome->has_balance = true;
  outcome->balance = balance;
  return CAUSE_OK;
}

const struct probe_kind billing_probe = {
    .endpoint = "billing",
    .block = "Billing",
    .path = "/billing",
    .timeout_ms = 10000,
    .least_default_interval = 60,
    .request = request,
    .want = want,
    .take = take,
    .judge = judge,
};
