#include "report.h"

#include "probe.h"
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A line that is written piece by piece, and cut where it is full. A name in
 * it may hold anything; it is shown fit for a line. */
struct line {
  char *text;
  size_t length;
};

__attribute__((format(printf, 2, 3))) static void add(struct line *line,
                                                      const char *format, ...) {
  char *piece = line->text + line->length;
  size_t room = REPORT_MAX - line->length;
  va_list args;
  va_start(args, format);
  vsnprintf(piece, room, format, args);
  va_end(args);
  text_printable(piece, room, piece, strlen(piece), NULL);
  line->length += strlen(piece);
}

/* A model's own name may fill the whole line; what stands for it is short. */
static void add_probe(struct line *line, const struct probe_settings *probe) {
  add(line, "%s", probe->kind->endpoint);
  if (probe->model != NULL)
    add(line, " %s", probe->label != NULL ? probe->label : probe->model);
}

static void begin(struct line *line, const struct relay_state *relay,
                  size_t probe) {
  add(line, "Relay \"%s\": ", relay->settings->name);
  add_probe(line, relay->probes[probe].settings);
  add(line, ": ");
}

/* --- at the start -------------------------------------------------------- */

static void add_key_source(struct line *line, const struct key *key) {
  switch (key->source) {
  case KEY_FROM_FILE:
    add(line, "; the key from %s", key->name);
    break;
  case KEY_FROM_ENV:
    add(line, "; the key from the variable %s", key->name);
    break;
  case KEY_FROM_CONFIG:
    add(line, "; the key from APIKey");
  }
}

static double tokens_a_day(const struct relay_settings *relay) {
  double tokens = 0;
  for (size_t i = 0; i < relay->probe_count; i++)
    if (relay->probes[i].kind->completion)
      tokens += 86400 / relay->probes[i].interval *
                probe_settings_tokens(&relay->probes[i]);
  return tokens;
}

void report_start(char text[REPORT_MAX], const struct relay_settings *relay) {
  struct line line = {.text = text};
  add(&line, "Relay \"%s\": %s", relay->name, relay->base_url);
  for (size_t i = 0; i < relay->probe_count; i++) {
    add(&line, i == 0 ? "; " : ", ");
    add_probe(&line, &relay->probes[i]);
    add(&line, " every %g s", relay->probes[i].interval);
  }
  add_key_source(&line, &relay->key);
  double tokens = tokens_a_day(relay);
  if (tokens > 0)
    add(&line, "; about %.0f tokens a day", tokens);
}

/* --- verdicts ------------------------------------------------------------ */

static void add_answer(struct line *line, const struct outcome *outcome) {
  const struct exchange *exchange = &outcome->exchange;
  if (exchange->http_status > 0)
    add(line, ", HTTP %d", exchange->http_status);
  if (outcome->error_code[0] != '\0')
    add(line, ", code %s", outcome->error_code);
  if (outcome->error_message[0] != '\0')
    add(line, ", \"%s\"", outcome->error_message);
  else if (exchange->detail[0] != '\0')
    add(line, ", %s", exchange->detail);
  if (exchange->request_id[0] != '\0')
    add(line, ", request id %s", exchange->request_id);
}

void report_verdict(char text[REPORT_MAX], const struct relay_state *relay,
                    size_t probe, const struct outcome *outcome) {
  const struct cause_row *cause = &causes[outcome->cause];
  struct line line = {.text = text};
  begin(&line, relay, probe);
  add(&line, "%s", cause->name);
  if (outcome->cause == CAUSE_OK) {
    add(&line, ", %.3f s", outcome->exchange.duration);
    return;
  }
  add(&line, " (fault %s)", fault_name(outcome->fault));
  add_answer(&line, outcome);
  add(&line, ". %s", cause->advice);
}

static void add_span(struct line *line, double seconds) {
  unsigned long long whole = (unsigned long long)seconds;
  if (whole >= 3600)
    add(line, "%llu h ", whole / 3600);
  if (whole >= 60)
    add(line, "%llu min ", whole / 60 % 60);
  if (whole >= 60)
    add(line, "%llu s", whole % 60);
  else
    add(line, "%.1f s", seconds);
}

void report_recovery(char text[REPORT_MAX], const struct relay_state *relay,
                     size_t probe, const struct change *change) {
  struct line line = {.text = text};
  begin(&line, relay, probe);
  add(&line, "ok again, after ");
  add_span(&line, change->outage);
  add(&line, " of failures (%s at last)", causes[change->before].name);
}
