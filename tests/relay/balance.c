#define _GNU_SOURCE 1
#include "balance.h"

#include <math.h>
#include <time.h>

static const double quota_per_dollar = 500000;

static double granted(const struct account *account) {
  return account->balance + account->used;
}

void balance_handle_billing(struct account *account,
                            const struct api_request *request,
                            struct response *response) {
  (void)request;
  buffer_add_format(&response->body, "{\"remaining\":%.10g}", account->balance);
}

void balance_handle_subscription(struct account *account,
                                 const struct api_request *request,
                                 struct response *response) {
  (void)request;
  double limit = account->unlimited ? 1e8 : granted(account);
  buffer_add_format(&response->body,
                    "{\"object\":\"billing_subscription\","
                    "\"has_payment_method\":true,\"soft_limit_usd\":%.10g,"
                    "\"hard_limit_usd\":%.10g,\"system_hard_limit_usd\":%.10g,"
                    "\"access_until\":%.0f}",
                    limit, limit, limit, account->expires);
}

void balance_handle_usage(struct account *account,
                          const struct api_request *request,
                          struct response *response) {
  (void)request;
  buffer_add_format(&response->body,
                    "{\"object\":\"list\",\"total_usage\":%.10g}",
                    account->used * 100);
}

void balance_handle_token_redirect(struct account *account,
                                   const struct api_request *request,
                                   struct response *response) {
  (void)account;
  response->status = 301;
  response->type = "text/html; charset=utf-8";
  buffer_add_format(response_header(response, "Location"), "%s/",
                    request->path);
  buffer_add_format(&response->body,
                    "<a href=\"%s/\">Moved Permanently</a>.\n\n",
                    request->path);
}

void balance_handle_token(struct account *account,
                          const struct api_request *request,
                          struct response *response) {
  (void)request;
  double available = round(account->balance * quota_per_dollar);
  double used = round(account->used * quota_per_dollar);
  buffer_add_format(
      &response->body,
      "{\"code\":true,\"message\":\"ok\",\"data\":{\"object\":\"token_usage\","
      "\"name\":\"stand-in\",\"total_granted\":%.0f,\"total_used\":%.0f,"
      "\"total_available\":%.0f,\"unlimited_quota\":%s,"
      "\"model_limits\":{},\"model_limits_enabled\":false,"
      "\"expires_at\":%.0f}}",
      available + used, used, available, account->unlimited ? "true" : "false",
      account->expires);
}

void balance_handle_credits(struct account *account,
                            const struct api_request *request,
                            struct response *response) {
  (void)request;
  buffer_add_format(
      &response->body,
      "{\"data\":{\"total_credits\":%.10g,\"total_usage\":%.10g}}",
      granted(account), account->used);
}

/* As a string, or null if it never expires. */
static void add_expiry(struct buffer *body, const struct account *account) {
  char text[sizeof("\"9999-12-31T23:59:59Z\"")] = "null";
  const time_t expires = (time_t)account->expires;
  struct tm utc;
  if (expires > 0 && gmtime_r(&expires, &utc) != NULL)
    strftime(text, sizeof(text), "\"%Y-%m-%dT%H:%M:%SZ\"", &utc);
  buffer_add_text(body, text);
}

void balance_handle_key(struct account *account,
                        const struct api_request *request,
                        struct response *response) {
  struct buffer *body = &response->body;
  (void)request;
  buffer_add_text(body, "{\"data\":{\"label\":\"stand-in\",");
  if (account->unlimited)
    buffer_add_text(body, "\"limit\":null,\"limit_remaining\":null");
  else
    buffer_add_format(body, "\"limit\":%.10g,\"limit_remaining\":%.10g",
                      granted(account), account->balance);
  buffer_add_format(body,
                    ",\"limit_reset\":null,\"usage\":%.10g,"
                    "\"byok_usage\":0,\"is_free_tier\":false,"
                    "\"is_provisioning_key\":false,\"rate_limit\":{"
                    "\"requests\":-1,\"interval\":\"10s\"},\"expires_at\":",
                    account->used);
  add_expiry(body, account);
  buffer_add_text(body, "}}");
}

void balance_handle_user_balance(struct account *account,
                                 const struct api_request *request,
                                 struct response *response) {
  (void)request;
  buffer_add_format(
      &response->body,
      "{\"is_available\":%s,\"balance_infos\":[{\"currency\":\"USD\","
      "\"total_balance\":\"%.6f\",\"granted_balance\":\"0.00\","
      "\"topped_up_balance\":\"%.6f\"}]}",
      account->balance > 0 ? "true" : "false", account->balance,
      account->balance);
}

/* A key without its own quota shows the account's balance, or what remains of
 * the subscription's limits: -1 if there are none. */
void balance_handle_sub2api_usage(struct account *account,
                                  const struct api_request *request,
                                  struct response *response) {
  struct buffer *body = &response->body;
  (void)request;
  if (account->unlimited)
    buffer_add_text(body, "{\"mode\":\"unrestricted\",\"isValid\":true,"
                          "\"planName\":\"Pro\",\"remaining\":-1,"
                          "\"subscription\":{\"daily_limit_usd\":null}");
  else
    buffer_add_format(body,
                      "{\"mode\":\"quota_limited\",\"isValid\":true,"
                      "\"status\":\"active\",\"quota\":{\"limit\":%.10g,"
                      "\"used\":%.10g,\"remaining\":%.10g,\"unit\":\"USD\"},"
                      "\"remaining\":%.10g",
                      granted(account), account->used, account->balance,
                      account->balance);
  buffer_add_text(body, ",\"unit\":\"USD\",\"expires_at\":");
  add_expiry(body, account);
  buffer_add_text(body, "}");
}

void balance_handle_user_info(struct account *account,
                              const struct api_request *request,
                              struct response *response) {
  (void)request;
  buffer_add_format(
      &response->body,
      "{\"code\":20000,\"message\":\"OK\",\"status\":true,\"data\":{\"id\":"
      "\"standin\",\"balance\":\"0\",\"status\":\"normal\",\"chargeBalance\":"
      "\"%.6f\",\"totalBalance\":\"%.6f\"}}",
      account->balance, account->balance);
}

void balance_handle_users_me(struct account *account,
                             const struct api_request *request,
                             struct response *response) {
  (void)request;
  buffer_add_format(&response->body,
                    "{\"code\":0,\"data\":{\"available_balance\":%.10g,"
                    "\"voucher_balance\":0,\"cash_balance\":%.10g},"
                    "\"scode\":\"0x0\",\"status\":true}",
                    account->balance, account->balance);
}
