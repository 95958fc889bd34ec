#include "state/messages.h"

#include "probe/billing_preset.h"
#include "probe/probe_kind.h"
#include "probe/vendor_trace.h"

/* A model's name may be as long as the line; its Label is short. */
void message_add_endpoint(struct strbuf *buf,
                          const struct probe_settings *probe) {
  strbuf_addf(buf, "%s", probe->kind->endpoint);
  if (probe->model != NULL)
    strbuf_addf(buf, " %s", probe->label != NULL ? probe->label : probe->model);
}

void message_add_probe(struct strbuf *buf, const struct relay_state *relay,
                       size_t probe) {
  strbuf_addf(buf, "Relay \"%s\": ", relay->settings->name);
  message_add_endpoint(buf, relay->probes[probe].settings);
  strbuf_addf(buf, ": ");
}

/* --- startup ------------------------------------------------------------- */

static void add_key_source(struct strbuf *buf, const struct key_source *key) {
  switch (key->kind) {
  case KEY_FROM_FILE:
    strbuf_addf(buf, "; API key from %s", key->name);
    break;
  case KEY_FROM_ENV:
    strbuf_addf(buf, "; API key from the variable %s", key->name);
    break;
  case KEY_FROM_CONFIG:
    strbuf_addf(buf, "; API key from APIKey");
  }
}

static double tokens_per_day(const struct relay_settings *relay) {
  double tokens = 0;
  for (size_t i = 0; i < relay->probe_count; i++)
    if (probe_kind_has(relay->probes[i].kind, PROBE_USES_TOKENS))
      tokens += 86400 / seconds_of(relay->probes[i].interval) *
                (probe_settings_prompt_tokens(&relay->probes[i]) +
                 probe_settings_answer_tokens(&relay->probes[i]));
  return tokens;
}

void message_startup(char text[MESSAGE_MAX],
                     const struct relay_settings *relay) {
  struct strbuf buf = strbuf_wrap(text, MESSAGE_MAX);
  strbuf_addf(&buf, "Relay \"%s\": %s", relay->name, relay->base_url);
  for (size_t i = 0; i < relay->probe_count; i++) {
    strbuf_addf(&buf, i == 0 ? "; " : ", ");
    message_add_endpoint(&buf, &relay->probes[i]);
    strbuf_addf(&buf, " every %g s", seconds_of(relay->probes[i].interval));
    if (relay->probes[i].share > 1)
      strbuf_addf(&buf, " (Share %u)", relay->probes[i].share);
  }
  add_key_source(&buf, &relay->key);
  double tokens = tokens_per_day(relay);
  if (tokens > 0)
    strbuf_addf(&buf, "; about %.0f tokens per day", tokens);
}

/* --- verdicts ------------------------------------------------------------ */

void message_add_answer(struct strbuf *buf, const struct probe_result *result) {
  const struct http_result *http = &result->http;
  if (http->http_status > 0)
    strbuf_addf(buf, ", HTTP %d", http->http_status);
  if (result->error_code[0] != '\0')
    strbuf_addf(buf, ", code %s", result->error_code);
  if (result->error_message[0] != '\0')
    strbuf_addf(buf, ", \"%s\"", result->error_message);
  else if (http->detail[0] != '\0')
    strbuf_addf(buf, ", %s", http->detail);
  if (http->request_id[0] != '\0')
    strbuf_addf(buf, ", request id %s", http->request_id);
}

void message_verdict(char text[MESSAGE_MAX], const struct relay_state *relay,
                     size_t probe, const struct probe_result *result) {
  const struct cause_row *cause = &causes[result->cause];
  struct strbuf buf = strbuf_wrap(text, MESSAGE_MAX);
  message_add_probe(&buf, relay, probe);
  strbuf_addf(&buf, "%s", cause->name);
  if (result->cause == CAUSE_OK) {
    strbuf_addf(&buf, ", %.3f s", result->http.duration);
    return;
  }
  strbuf_addf(&buf, " (fault %s)", fault_name(result->fault));
  message_add_answer(&buf, result);
  strbuf_addf(&buf, ". %s",
              result->advice != NULL ? result->advice : cause->advice);
}

void message_add_vendors(struct strbuf *buf, unsigned vendors) {
  const char *before = "traces of another vendor: ";
  for (enum vendor v = 0; v < VENDORS; v++)
    if ((vendors & VENDOR_BIT(v)) != 0) {
      strbuf_addf(buf, "%s%s", before, vendor_name(v));
      before = ", ";
    }
}

void message_add_place(struct strbuf *buf,
                       const struct billing_preset *preset) {
  strbuf_addf(buf, "balance as %s, GET %s", preset->name, preset->path);
}

void message_found_place(char text[MESSAGE_MAX],
                         const struct relay_state *relay, size_t probe,
                         const struct billing_preset *preset) {
  struct strbuf buf = strbuf_wrap(text, MESSAGE_MAX);
  message_add_probe(&buf, relay, probe);
  message_add_place(&buf, preset);
}

/* --- limits -------------------------------------------------------------- */

static const char *suppression_text(enum suppress_reason reason) {
  return reason == REASON_DAILY_COST
             ? "MaxCostPerDay is reached; it resumes at midnight UTC"
             : "MaxRequests is reached; it resumes when the limit allows";
}

void message_suppressed(char text[MESSAGE_MAX], const struct relay_state *relay,
                        size_t probe, enum suppress_reason reason) {
  struct strbuf buf = strbuf_wrap(text, MESSAGE_MAX);
  message_add_probe(&buf, relay, probe);
  strbuf_addf(&buf, "suppressed: %s", suppression_text(reason));
}

void message_never_sent(char text[MESSAGE_MAX], const struct relay_state *relay,
                        size_t probe) {
  struct strbuf buf = strbuf_wrap(text, MESSAGE_MAX);
  message_add_probe(&buf, relay, probe);
  strbuf_addf(&buf,
              "will never be sent: at their intervals, the cheaper probes use "
              "up MaxRequests %u",
              relay->settings->max_requests);
}

void message_retry_after_ignored(char text[MESSAGE_MAX],
                                 const struct relay_state *relay, size_t probe,
                                 double wait) {
  struct strbuf buf = strbuf_wrap(text, MESSAGE_MAX);
  message_add_probe(&buf, relay, probe);
  strbuf_addf(&buf,
              "the relay's Retry-After of %.0f s is ignored: it is too long",
              wait);
}

static const char resumed[] = "ok again, no longer suppressed";

void message_resumed(char text[MESSAGE_MAX], const struct relay_state *relay,
                     size_t probe) {
  struct strbuf buf = strbuf_wrap(text, MESSAGE_MAX);
  message_add_probe(&buf, relay, probe);
  strbuf_addf(&buf, "%s", resumed);
}

/* --- notifications ------------------------------------------------------- */

static struct strbuf begin_notification(char text[NOTIFICATION_MAX],
                                        const struct relay_state *relay,
                                        size_t probe) {
  struct strbuf buf = strbuf_wrap(text, NOTIFICATION_MAX);
  strbuf_addf(&buf, "%s: ", relay->settings->name);
  message_add_endpoint(&buf, relay->probes[probe].settings);
  strbuf_addf(&buf, ": ");
  return buf;
}

void message_notify_suppressed(char text[NOTIFICATION_MAX],
                               const struct relay_state *relay, size_t probe,
                               enum suppress_reason reason) {
  struct strbuf buf = begin_notification(text, relay, probe);
  strbuf_addf(&buf, "%s: %s", causes[CAUSE_SUPPRESSED].name,
              suppression_text(reason));
}

void message_notify_resumed(char text[NOTIFICATION_MAX],
                            const struct relay_state *relay, size_t probe) {
  struct strbuf buf = begin_notification(text, relay, probe);
  strbuf_addf(&buf, "%s", resumed);
}
