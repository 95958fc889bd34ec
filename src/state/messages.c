#include "state/messages.h"

#include "probe/prober.h"

/* A model's own name may fill the whole line; what stands for it is short. */
static void add_probe(struct line *line, const struct probe_settings *probe) {
  line_add(line, "%s", probe->kind->endpoint);
  if (probe->model != NULL)
    line_add(line, " %s", probe->label != NULL ? probe->label : probe->model);
}

void report_probe(struct line *line, const struct relay_state *relay,
                  size_t probe) {
  line_add(line, "Relay \"%s\": ", relay->settings->name);
  add_probe(line, relay->probes[probe].settings);
  line_add(line, ": ");
}

/* --- at the start -------------------------------------------------------- */

static void add_key_source(struct line *line, const struct key *key) {
  switch (key->source) {
  case KEY_FROM_FILE:
    line_add(line, "; the key from %s", key->name);
    break;
  case KEY_FROM_ENV:
    line_add(line, "; the key from the variable %s", key->name);
    break;
  case KEY_FROM_CONFIG:
    line_add(line, "; the key from APIKey");
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

void report_start(char text[REPORT_MAX], const struct relay_settings *relay) {
  struct line line = line_in(text, REPORT_MAX);
  line_add(&line, "Relay \"%s\": %s", relay->name, relay->base_url);
  for (size_t i = 0; i < relay->probe_count; i++) {
    line_add(&line, i == 0 ? "; " : ", ");
    add_probe(&line, &relay->probes[i]);
    line_add(&line, " every %g s", relay->probes[i].interval);
  }
  add_key_source(&line, &relay->key);
  double tokens = tokens_a_day(relay);
  if (tokens > 0)
    line_add(&line, "; about %.0f tokens a day", tokens);
}

/* --- verdicts ------------------------------------------------------------ */

void report_answer(struct line *line, const struct outcome *outcome) {
  const struct exchange *exchange = &outcome->exchange;
  if (exchange->http_status > 0)
    line_add(line, ", HTTP %d", exchange->http_status);
  if (outcome->error_code[0] != '\0')
    line_add(line, ", code %s", outcome->error_code);
  if (outcome->error_message[0] != '\0')
    line_add(line, ", \"%s\"", outcome->error_message);
  else if (exchange->detail[0] != '\0')
    line_add(line, ", %s", exchange->detail);
  if (exchange->request_id[0] != '\0')
    line_add(line, ", request id %s", exchange->request_id);
}

void report_verdict(char text[REPORT_MAX], const struct relay_state *relay,
                    size_t probe, const struct outcome *outcome) {
  const struct cause_row *cause = &causes[outcome->cause];
  struct line line = line_in(text, REPORT_MAX);
  report_probe(&line, relay, probe);
  line_add(&line, "%s", cause->name);
  if (outcome->cause == CAUSE_OK) {
    line_add(&line, ", %.3f s", outcome->exchange.duration);
    return;
  }
  line_add(&line, " (fault %s)", fault_name(outcome->fault));
  report_answer(&line, outcome);
  line_add(&line, ". %s",
           outcome->advice != NULL ? outcome->advice : cause->advice);
}

static void add_span(struct line *line, double seconds) {
  unsigned long long whole = (unsigned long long)seconds;
  if (whole >= 3600)
    line_add(line, "%llu h ", whole / 3600);
  if (whole >= 60)
    line_add(line, "%llu min ", whole / 60 % 60);
  if (whole >= 60)
    line_add(line, "%llu s", whole % 60);
  else
    line_add(line, "%.1f s", seconds);
}

static void add_recovery(struct line *line, const struct change *change) {
  if (change->released && !change->recovered) {
    line_add(line, "ok again, no longer held back");
    return;
  }
  line_add(line, "ok again, after ");
  add_span(line, change->outage);
  line_add(line, " of failures (%s at last)", causes[change->before].name);
}

void report_recovery(char text[REPORT_MAX], const struct relay_state *relay,
                     size_t probe, const struct change *change) {
  struct line line = line_in(text, REPORT_MAX);
  report_probe(&line, relay, probe);
  add_recovery(&line, change);
}

/* --- limits -------------------------------------------------------------- */

static const char *why_held(enum reason reason) {
  return reason == REASON_DAILY_COST
             ? "MaxCostPerDay is reached, until midnight in UTC"
             : "MaxRequests is reached; it goes on with the next turn that "
               "there is room for";
}

void report_suppressed(char text[REPORT_MAX], const struct relay_state *relay,
                       size_t probe, enum reason reason) {
  struct line line = line_in(text, REPORT_MAX);
  report_probe(&line, relay, probe);
  line_add(&line, "held back: %s", why_held(reason));
}

void report_no_room(char text[REPORT_MAX], const struct relay_state *relay,
                    size_t probe) {
  struct line line = line_in(text, REPORT_MAX);
  report_probe(&line, relay, probe);
  line_add(&line,
           "will never be sent: MaxRequests %u leaves no room beside the "
           "cheaper probes, which need it all at their intervals",
           relay->settings->max_requests);
}

void report_retry_after(char text[REPORT_MAX], const struct relay_state *relay,
                        size_t probe, double wait) {
  struct line line = line_in(text, REPORT_MAX);
  report_probe(&line, relay, probe);
  line_add(&line,
           "the relay's Retry-After of %.0f s is not heeded: it is "
           "longer than hours",
           wait);
}

/* --- notifications ------------------------------------------------------- */

/* What is left out first where it does not all fit. */
enum detail { DETAIL_STATUS, DETAIL_CODE, DETAIL_ID, DETAIL_ALL = DETAIL_ID };

static void add_details(struct line *line, const struct outcome *outcome,
                        enum detail detail) {
  const struct exchange *exchange = &outcome->exchange;
  if (exchange->http_status > 0)
    line_add(line, ", HTTP %d", exchange->http_status);
  if (outcome->error_code[0] != '\0' && detail >= DETAIL_CODE)
    line_add(line, ", code %s", outcome->error_code);
  if (exchange->request_id[0] != '\0' && detail >= DETAIL_ID)
    line_add(line, ", request id %s", exchange->request_id);
}

static bool notify_failure(struct line *line, const struct outcome *outcome,
                           enum detail detail) {
  const struct cause_row *cause = &causes[outcome->cause];
  line_add(line, "%s: %s", cause->name, cause->meaning);
  add_details(line, outcome, detail);
  line_add(line, ". %s",
           outcome->advice != NULL ? outcome->advice : cause->advice);
  return !line->cut;
}

static struct line begin_notification(char text[NOTIFICATION_MAX],
                                      const struct relay_state *relay,
                                      size_t probe) {
  struct line line = line_in(text, NOTIFICATION_MAX);
  line_add(&line, "%s: ", relay->settings->name);
  add_probe(&line, relay->probes[probe].settings);
  line_add(&line, ": ");
  return line;
}

void report_held(char text[NOTIFICATION_MAX], const struct relay_state *relay,
                 size_t probe, enum reason reason) {
  struct line line = begin_notification(text, relay, probe);
  line_add(&line, "%s: %s", causes[CAUSE_SUPPRESSED].name, why_held(reason));
}

void report_notification(char text[NOTIFICATION_MAX],
                         const struct relay_state *relay, size_t probe,
                         const struct outcome *outcome,
                         const struct change *change) {
  struct line start = begin_notification(text, relay, probe);
  struct line line = start;
  if (outcome->cause == CAUSE_OK)
    add_recovery(&line, change);
  else
    for (int detail = DETAIL_ALL; detail >= DETAIL_STATUS; detail--) {
      line = start;
      if (notify_failure(&line, outcome, (enum detail)detail))
        break;
    }
}
