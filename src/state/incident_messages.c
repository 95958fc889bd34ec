#include "state/incident_messages.h"

#include <stdint.h>
#include <time.h>

/* --- times ------------------------------------------------------------------
 */

static void add_span(struct strbuf *buf, double seconds) {
  unsigned long long whole = seconds > 0 ? (unsigned long long)seconds : 0;
  if (whole >= 3600)
    strbuf_addf(buf, "%llu h ", whole / 3600);
  if (whole >= 60)
    strbuf_addf(buf, "%llu min ", whole / 60 % 60);
  strbuf_addf(buf, "%llu s", whole % 60);
}

static void add_time(struct strbuf *buf, double wall) {
  time_t seconds = (time_t)wall;
  struct tm tm;
  if (gmtime_r(&seconds, &tm) != NULL)
    strbuf_addf(buf, "%04d-%02d-%02d %02d:%02d UTC", tm.tm_year + 1900,
                tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min);
}

/* --- which probes ------------------------------------------------------------
 */

static bool is_open(const struct relay_state *relay, size_t probe) {
  return relay->incidents.probes[probe].incident.phase == INCIDENT_OPEN;
}

static bool is_concerned(const struct relay_state *relay, size_t probe,
                         enum incident_event event) {
  return event == INCIDENT_ENDED ? relay->incidents.probes[probe].involved
                                 : is_open(relay, probe);
}

static enum cause cause_of(const struct relay_state *relay, size_t probe) {
  return relay->probes[probe].failure.cause;
}

size_t message_incident_probe(const struct relay_state *relay) {
  const struct relay_incidents *incidents = &relay->incidents;
  size_t involved = 0;
  for (size_t i = incidents->count; i-- > 0;)
    if (incidents->probes[i].involved)
      involved = i;
  for (size_t i = 0; i < incidents->count; i++)
    if (is_open(relay, i) &&
        incident_same_problem(incidents->probes[i].incident.problem,
                              incidents->problem))
      return i;
  return involved;
}

/* The next one that is concerned, or the number of probes. */
static size_t next_concerned(const struct relay_state *relay, size_t from,
                             enum incident_event event) {
  while (from < relay->incidents.count && !is_concerned(relay, from, event))
    from++;
  return from;
}

/* `models, billing: upstream; chat/completions m: timeout`, or without causes
 * when it is over. */
static void add_endpoints(struct strbuf *buf, const struct relay_state *relay,
                          enum incident_event event, size_t max) {
  size_t count = relay->incidents.count, listed = 0, next;
  for (size_t i = next_concerned(relay, 0, event); i < count; i = next) {
    next = next_concerned(relay, i + 1, event);
    bool cut = ++listed == max && next < count;
    bool last = next == count || cut;
    message_add_endpoint(buf, relay->probes[i].settings);
    if (event != INCIDENT_ENDED &&
        (last || cause_of(relay, next) != cause_of(relay, i)))
      strbuf_addf(buf, ": %s%s", causes[cause_of(relay, i)].name,
                  last ? "" : "; ");
    else if (!last)
      strbuf_addf(buf, ", ");
    if (!cut)
      continue;
    size_t more = 0;
    for (; next < count; next = next_concerned(relay, next + 1, event))
      more++;
    strbuf_addf(buf, " (and %zu more)", more);
  }
}

/* --- what of the incident ----------------------------------------------------
 */

static void add_headline(struct strbuf *buf, const struct relay_state *relay,
                         enum incident_event event) {
  const struct relay_incidents *incidents = &relay->incidents;
  const char *name = problem_name(incidents->problem);
  if (event == INCIDENT_ENDED) {
    strbuf_addf(buf, "ok again after ");
    add_span(buf,
             seconds_of(incidents->recovered.time - incidents->since.time));
    strbuf_addf(buf, " of failures (%s): ", name);
    return;
  }
  strbuf_addf(buf, "%s%s", event == INCIDENT_CHANGED ? "now " : "", name);
  if (incidents->on_and_off_since > 0) {
    strbuf_addf(buf, ", failing on and off since ");
    add_time(buf, incidents->on_and_off_since);
  }
  strbuf_addf(buf, ": ");
}

static const char *advice_of(const struct probe_result *failure) {
  return failure->advice != NULL ? failure->advice
                                 : causes[failure->cause].advice;
}

/* --- the log
 * ------------------------------------------------------------------ */

static void add_failure(struct strbuf *buf, const struct relay_state *relay,
                        size_t probe) {
  const struct probe_result *failure = &relay->probes[probe].failure;
  message_add_endpoint(buf, relay->probes[probe].settings);
  strbuf_addf(buf, ": %s (fault %s)", causes[failure->cause].name,
              fault_name(failure->fault));
  message_add_answer(buf, failure);
}

/* The first in full, and what to do; then as much of the others as fits. */
static void add_failures(struct strbuf *buf, const struct relay_state *relay) {
  size_t first = message_incident_probe(relay);
  const char *separator = " Also: ";
  add_failure(buf, relay, first);
  strbuf_addf(buf, ". %s", advice_of(&relay->probes[first].failure));
  for (size_t i = 0; i < relay->incidents.count; i++) {
    if (i == first || !is_open(relay, i))
      continue;
    strbuf_addf(buf, "%s", separator);
    add_failure(buf, relay, i);
    separator = "; ";
  }
}

void message_incident(char line[MESSAGE_MAX], const struct relay_state *relay,
                      enum incident_event event) {
  struct strbuf buf = strbuf_wrap(line, MESSAGE_MAX);
  strbuf_addf(&buf, "Relay \"%s\": ", relay->settings->name);
  add_headline(&buf, relay, event);
  if (event == INCIDENT_ENDED)
    add_endpoints(&buf, relay, event, SIZE_MAX);
  else
    add_failures(&buf, relay);
}

static void add_count(struct strbuf *buf, unsigned failures) {
  strbuf_addf(buf, "%u failure%s", failures, failures == 1 ? "" : "s");
}

void message_blip(char line[MESSAGE_MAX], const struct relay_state *relay,
                  size_t probe, const struct blip *blip) {
  const struct probe_result *failure = &relay->probes[probe].failure;
  struct strbuf buf = strbuf_wrap(line, MESSAGE_MAX);
  message_add_probe(&buf, relay, probe);
  strbuf_addf(&buf, "ok again after ");
  add_count(&buf, blip->failures);
  strbuf_addf(&buf, " in ");
  add_span(&buf, blip->seconds);
  if (blip->omitted > 0) {
    strbuf_addf(&buf, " (");
    add_count(&buf, blip->omitted);
    strbuf_addf(&buf, " since ");
    add_time(&buf, blip->omitted_since);
    strbuf_addf(&buf, " not logged)");
  }
  strbuf_addf(&buf, ": %s (fault %s)", causes[failure->cause].name,
              fault_name(failure->fault));
  message_add_answer(&buf, failure);
}

/* --- notifications
 * ------------------------------------------------------------ */

/* What is left out if it does not all fit, one after another. */
static const struct brevity {
  size_t endpoints;
  bool code, id;
} brevities[] = {{SIZE_MAX, true, true},
                 {SIZE_MAX, true, false},
                 {SIZE_MAX, false, false},
                 {3, false, false},
                 {1, false, false}};

static void add_details(struct strbuf *buf, const struct probe_result *failure,
                        const struct brevity *brevity) {
  const struct http_result *http = &failure->http;
  if (http->http_status > 0)
    strbuf_addf(buf, ", HTTP %d", http->http_status);
  if (failure->error_code[0] != '\0' && brevity->code)
    strbuf_addf(buf, ", code %s", failure->error_code);
  if (http->request_id[0] != '\0' && brevity->id)
    strbuf_addf(buf, ", request id %s", http->request_id);
}

static bool notify(struct strbuf *buf, const struct relay_state *relay,
                   enum incident_event event, const struct brevity *brevity) {
  const struct probe_result *failure =
      &relay->probes[message_incident_probe(relay)].failure;
  strbuf_addf(buf, "%s: ", relay->settings->name);
  add_headline(buf, relay, event);
  add_endpoints(buf, relay, event, brevity->endpoints);
  if (event == INCIDENT_ENDED)
    return !buf->truncated;
  strbuf_addf(buf, " (%s", causes[failure->cause].meaning);
  add_details(buf, failure, brevity);
  strbuf_addf(buf, "). %s", advice_of(failure));
  return !buf->truncated;
}

void message_notify_incident(char text[NOTIFICATION_MAX],
                             const struct relay_state *relay,
                             enum incident_event event) {
  for (size_t i = 0; i < sizeof brevities / sizeof *brevities; i++) {
    struct strbuf buf = strbuf_wrap(text, NOTIFICATION_MAX);
    if (notify(&buf, relay, event, &brevities[i]))
      break;
  }
}

void message_network(char text[NOTIFICATION_MAX],
                     const struct network_watch *network) {
  struct strbuf buf = strbuf_wrap(text, NOTIFICATION_MAX);
  if (network->state == NETWORK_LOST) {
    strbuf_addf(&buf,
                "this host's network is lost: %zu of %zu relays cannot be "
                "reached. Check its resolver, route and firewall; the relays "
                "are not blamed meanwhile.",
                network->unreachable, network->relays);
    return;
  }
  strbuf_addf(&buf, "this host's network is back after ");
  add_span(&buf, seconds_of(network->found.time - network->since.time));
}
