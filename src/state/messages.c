#include "state/messages.h"

#include "probe/prober.h"

/* A model's own name may fill the whole line; what stands for it is short. */
static void add_probe(struct strbuf *line, const struct probe_settings *probe) {
  strbuf_add(line, "%s", probe->kind->endpoint);
  if (probe->model != NULL)
    strbuf_add(line, " %s", probe->label != NULL ? probe->label : probe->model);
}

void message_probe(struct strbuf *line, const struct relay_state *relay,
                   size_t probe) {
  strbuf_add(line, "Relay \"%s\": ", relay->settings->name);
  add_probe(line, relay->probes[probe].settings);
  strbuf_add(line, ": ");
}

/* --- at the start -------------------------------------------------------- */

static void add_key_source(struct strbuf *line, const struct key *key) {
  switch (key->source) {
  case KEY_FROM_FILE:
    strbuf_add(line, "; the key from %s", key->name);
    break;
  case KEY_FROM_ENV:
    strbuf_add(line, "; the key from the variable %s", key->name);
    break;
  case KEY_FROM_CONFIG:
    strbuf_add(line, "; the key from APIKey");
  }
}

static double tokens_a_day(const struct relay_settings *relay) {
  double tokens = 0;
  for (size_t i = 0; i < relay->probe_count; i++)
    if (relay->probes[i].kind->completion)
      tokens += 86400 / relay->probes[i].interval *
                (probe_settings_prompt_tokens(&relay->probes[i]) +
                 probe_settings_answer_tokens(&relay->probes[i]));
  return tokens;
}

void message_start(char text[MESSAGE_MAX], const struct relay_settings *relay) {
  struct strbuf line = strbuf_in(text, MESSAGE_MAX);
  strbuf_add(&line, "Relay \"%s\": %s", relay->name, relay->base_url);
  for (size_t i = 0; i < relay->probe_count; i++) {
    strbuf_add(&line, i == 0 ? "; " : ", ");
    add_probe(&line, &relay->probes[i]);
    strbuf_add(&line, " every %g s", relay->probes[i].interval);
  }
  add_key_source(&line, &relay->key);
  double tokens = tokens_a_day(relay);
  if (tokens > 0)
    strbuf_add(&line, "; about %.0f tokens a day", tokens);
}

/* --- verdicts ------------------------------------------------------------ */

void message_answer(struct strbuf *line, const struct probe_result *result) {
  const struct http_result *http = &result->http;
  if (http->http_status > 0)
    strbuf_add(line, ", HTTP %d", http->http_status);
  if (result->error_code[0] != '\0')
    strbuf_add(line, ", code %s", result->error_code);
  if (result->error_message[0] != '\0')
    strbuf_add(line, ", \"%s\"", result->error_message);
  else if (http->detail[0] != '\0')
    strbuf_add(line, ", %s", http->detail);
  if (http->request_id[0] != '\0')
    strbuf_add(line, ", request id %s", http->request_id);
}

void message_verdict(char text[MESSAGE_MAX], const struct relay_state *relay,
                     size_t probe, const struct probe_result *result) {
  const struct cause_row *cause = &causes[result->cause];
  struct strbuf line = strbuf_in(text, MESSAGE_MAX);
  message_probe(&line, relay, probe);
  strbuf_add(&line, "%s", cause->name);
  if (result->cause == CAUSE_OK) {
    strbuf_add(&line, ", %.3f s", result->http.duration);
    return;
  }
  strbuf_add(&line, " (fault %s)", fault_name(result->fault));
  message_answer(&line, result);
  strbuf_add(&line, ". %s",
             result->advice != NULL ? result->advice : cause->advice);
}

static void add_span(struct strbuf *line, double seconds) {
  unsigned long long whole = (unsigned long long)seconds;
  if (whole >= 3600)
    strbuf_add(line, "%llu h ", whole / 3600);
  if (whole >= 60)
    strbuf_add(line, "%llu min ", whole / 60 % 60);
  if (whole >= 60)
    strbuf_add(line, "%llu s", whole % 60);
  else
    strbuf_add(line, "%.1f s", seconds);
}

static void add_recovery(struct strbuf *line, const struct change *change) {
  if (change->released && !change->recovered) {
    strbuf_add(line, "ok again, no longer held back");
    return;
  }
  strbuf_add(line, "ok again, after ");
  add_span(line, change->outage);
  strbuf_add(line, " of failures (%s at last)", causes[change->before].name);
}

void message_recovery(char text[MESSAGE_MAX], const struct relay_state *relay,
                      size_t probe, const struct change *change) {
  struct strbuf line = strbuf_in(text, MESSAGE_MAX);
  message_probe(&line, relay, probe);
  add_recovery(&line, change);
}

/* --- limits -------------------------------------------------------------- */

static const char *why_held(enum suppress_reason reason) {
  return reason == REASON_DAILY_COST
             ? "MaxCostPerDay is reached, until midnight in UTC"
             : "MaxRequests is reached; it goes on with the next turn that "
               "there is room for";
}

void message_suppressed(char text[MESSAGE_MAX], const struct relay_state *relay,
                        size_t probe, enum suppress_reason reason) {
  struct strbuf line = strbuf_in(text, MESSAGE_MAX);
  message_probe(&line, relay, probe);
  strbuf_add(&line, "held back: %s", why_held(reason));
}

void message_no_room(char text[MESSAGE_MAX], const struct relay_state *relay,
                     size_t probe) {
  struct strbuf line = strbuf_in(text, MESSAGE_MAX);
  message_probe(&line, relay, probe);
  strbuf_add(&line,
             "will never be sent: MaxRequests %u leaves no room beside the "
             "cheaper probes, which need it all at their intervals",
             relay->settings->max_requests);
}

void message_retry_after(char text[MESSAGE_MAX],
                         const struct relay_state *relay, size_t probe,
                         double wait) {
  struct strbuf line = strbuf_in(text, MESSAGE_MAX);
  message_probe(&line, relay, probe);
  strbuf_add(&line,
             "the relay's Retry-After of %.0f s is not heeded: it is "
             "longer than hours",
             wait);
}

/* --- notifications ------------------------------------------------------- */

/* What is left out first where it does not all fit. */
enum detail { DETAIL_STATUS, DETAIL_CODE, DETAIL_ID, DETAIL_ALL = DETAIL_ID };

static void add_details(struct strbuf *line, const struct probe_result *result,
                        enum detail detail) {
  const struct http_result *http = &result->http;
  if (http->http_status > 0)
    strbuf_add(line, ", HTTP %d", http->http_status);
  if (result->error_code[0] != '\0' && detail >= DETAIL_CODE)
    strbuf_add(line, ", code %s", result->error_code);
  if (http->request_id[0] != '\0' && detail >= DETAIL_ID)
    strbuf_add(line, ", request id %s", http->request_id);
}

static bool notify_failure(struct strbuf *line,
                           const struct probe_result *result,
                           enum detail detail) {
  const struct cause_row *cause = &causes[result->cause];
  strbuf_add(line, "%s: %s", cause->name, cause->meaning);
  add_details(line, result, detail);
  strbuf_add(line, ". %s",
             result->advice != NULL ? result->advice : cause->advice);
  return !line->truncated;
}

static struct strbuf begin_notification(char text[NOTIFICATION_MAX],
                                        const struct relay_state *relay,
                                        size_t probe) {
  struct strbuf line = strbuf_in(text, NOTIFICATION_MAX);
  strbuf_add(&line, "%s: ", relay->settings->name);
  add_probe(&line, relay->probes[probe].settings);
  strbuf_add(&line, ": ");
  return line;
}

void message_held(char text[NOTIFICATION_MAX], const struct relay_state *relay,
                  size_t probe, enum suppress_reason reason) {
  struct strbuf line = begin_notification(text, relay, probe);
  strbuf_add(&line, "%s: %s", causes[CAUSE_SUPPRESSED].name, why_held(reason));
}

void message_notification(char text[NOTIFICATION_MAX],
                          const struct relay_state *relay, size_t probe,
                          const struct probe_result *result,
                          const struct change *change) {
  struct strbuf start = begin_notification(text, relay, probe);
  struct strbuf line = start;
  if (result->cause == CAUSE_OK)
    add_recovery(&line, change);
  else
    for (int detail = DETAIL_ALL; detail >= DETAIL_STATUS; detail--) {
      line = start;
      if (notify_failure(&line, result, (enum detail)detail))
        break;
    }
}
