#include "host.h"

#include "config/config_settings.h"
#include "config/config_text.h"
#include "state/report.h"
#include "trace.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

double host_time(const struct host *host) {
  return virtual_clock_story(host->clock.now);
}

/* What comes after its end is not seen. */
static bool runs(const struct host *host) {
  return host->clock.now < host->end;
}

/* --- its configuration ---------------------------------------------------- */

/* A story's own affair. */
static void warn(const char *line) { (void)line; }

/* Nobody looks a name up here, and nothing crosses a network. */
static bool take_url(const char *text, struct url *url, struct error *error) {
  *url = (struct url){.loopback = true, .port = true, .ascii = true};
  url->plain = strncmp(text, "http://", 7) == 0;
  return url->plain || strncmp(text, "https://", 8) == 0 ||
         error_set(error, "a URL such as https://api.example.com is needed");
}

static const struct url_rules any_url = {.parse = take_url,
                                         .parse_proxy = take_url};

static bool configure(struct host *host, struct error *error) {
  const char *text = host->entry->config;
  struct config_reader reader = {
      .warn = warn, .files = &host->files.files, .urls = &any_url};
  struct config_node *block =
      config_text_parse("config", text, strlen(text), error);
  host->settings.interval = usec_of(host->entry->interval);
  bool ok = block != NULL &&
            config_settings_read(block, &host->settings, &reader, error);
  config_node_free(block);
  if (host->settings.max_connections == 0)
    host->settings.max_connections = CONNECTIONS_DEFAULT;
  return ok;
}

/* --- what it tells -------------------------------------------------------- */

static void note(struct host *host, const struct report *report) {
  if (runs(host))
    notification_list_add(&host->output->notes, host_time(host),
                          host->entry->name, &report->notification);
}

static void on_ended(void *user, const struct relay_state *relay, size_t probe,
                     const struct probe_result *result,
                     const struct state_change *change) {
  struct host *host = user;
  struct report report;
  bool told = report_result(&report, relay, probe, result, change);
  if (told)
    note(host, &report);
  if (host->observer != NULL)
    host->observer->ended(host->observer->user, host, relay, probe, result,
                          change, told);
}

static void on_held(void *user, const struct relay_state *relay, size_t probe,
                    enum suppress_reason reason) {
  struct host *host = user;
  struct report report;
  report_suppression(&report, relay, probe, reason);
  note(host, &report);
  if (host->observer != NULL)
    host->observer->held(host->observer->user, host, relay, probe, reason);
}

static usec story_time(usec time) { return time - virtual_clock_at(0); }

static void on_incident(void *user, const struct relay_state *relay,
                        enum incident_event event) {
  struct host *host = user;
  struct report report;
  report_incident(&report, relay, event);
  note(host, &report);
  if (host->observer != NULL)
    host->observer->incident(host->observer->user, host, relay, event);
}

static void on_network(void *user, const struct network_watch *network) {
  struct host *host = user;
  struct report report;
  report_network(&report, network);
  note(host, &report);
}

static size_t keep_state(struct host *host, const struct relay_state *relay) {
  usec now = story_time(host->clock.now);
  if (!host->output->traced)
    return exposition_take(&host->exposition, relay, now);
  return trace_add(&host->output->trace, relay, now);
}

static size_t on_state(void *user, const struct relay_state *relay) {
  struct host *host = user;
  if (!runs(host))
    return 0;
  if (host->observer != NULL)
    host->observer->published(host->observer->user, host, relay);
  return keep_state(host, relay);
}

static bool on_arrived(void *user, const struct relay_state *relay) {
  (void)user, (void)relay;
  return true;
}

static void on_sent(void *user, const struct request *request,
                    const struct story_event *event) {
  const struct host *host = user;
  if (host->output->traced && runs(host))
    trace_request(&host->output->trace, request, story_time(host->clock.now));
  if (host->observer != NULL)
    host->observer->sent(host->observer->user, host, request, event);
}

static void on_answered(void *user, const struct relay_settings *relay,
                        size_t probe, const struct probe_result *result) {
  const struct host *host = user;
  if (host->observer != NULL)
    host->observer->answered(host->observer->user, host, relay, probe, result);
}

static void on_saved(void *user, const char *text, size_t length) {
  const struct host *host = user;
  host->observer->saved(host->observer->user, host, text, length);
}

/* --- its life ------------------------------------------------------------- */

static size_t max_headers(const struct settings *settings) {
  size_t most = 0;
  for (size_t i = 0; i < settings->relay_count; i++)
    if (settings->relays[i].header_count > most)
      most = settings->relays[i].header_count;
  return most;
}

/* A host that runs to the story's end has a value at the last sample, too. */
static usec end_of(const struct host *host) {
  return host->entry->to <= host->story->until
             ? virtual_clock_at(host->entry->to)
             : virtual_clock_at(host->story->until) + 1;
}

static void open_host(struct host *host) {
  const struct settings *settings = &host->settings;
  host->end = end_of(host);
  event_matcher_init(&host->script, host->story, host->entry->name, settings);
  wire_init(&host->wire, &host->clock, &host->script, max_headers(settings));
  host->wire.alarm = memory_files_alarm;
  host->wire.alarm_user = &host->files;
  exposition_init(&host->exposition, &host->output->series, &host->clock,
                  usec_of(host->story->sample),
                  engine_state_interval(settings));
  host->wire.sent = on_sent;
  host->wire.answered = on_answered;
  host->wire.user = host;
  if (host->observer == NULL)
    return;
  host->files.saved = on_saved;
  host->files.user = host;
  host->observer->opened(host->observer->user, host);
}

static void close_host(struct host *host) {
  if (host->observer != NULL)
    host->observer->closed(host->observer->user, host);
  exposition_end(&host->exposition, story_time(host->end));
  exposition_free(&host->exposition);
  wire_free(&host->wire);
  event_matcher_free(&host->script);
}

/* Ticks in which nothing is to be done may be left out. */
static usec next_tick(const struct host *host, const struct engine *engine,
                      usec next, bool each_tick) {
  usec tick = engine_tick_length(&host->settings);
  usec due = each_tick ? next : engine_next_due(engine);
  usec standstill = virtual_clock_standstill(&host->clock);
  if (standstill < due)
    due = standstill;
  next += tick;
  if (next < host->clock.now)
    next = host->clock.now;
  if (due > next)
    next += (due - next) / tick * tick;
  return next < host->end ? next : host->end;
}

/* collectd calls at each tick, or as soon as the last call has ended. */
static void tick_on(struct host *host, struct engine *engine, bool each_tick) {
  usec next = host->clock.now;
  while (runs(host)) {
    engine_tick(engine);
    next = next_tick(host, engine, next, each_tick);
    virtual_clock_advance(&host->clock, next);
  }
}

static bool live(struct host *host, bool each_tick, struct error *error) {
  struct engine_listener listener = {.user = host,
                                     .completed = on_ended,
                                     .suppressed = on_held,
                                     .incident = on_incident,
                                     .network = on_network,
                                     .publish = on_state,
                                     .arrived = on_arrived,
                                     .warn = warn};
  struct engine_parts parts = {.settings = &host->settings,
                               .host = host->entry->name,
                               .clock = &host->clock.clock,
                               .transport = &host->wire.transport,
                               .files = &host->files.files,
                               .listener = &listener};
  struct engine *engine = engine_new(&parts);
  if (engine == NULL)
    return error_set(error, "out of memory");
  tick_on(host, engine, each_tick);
  engine_free(engine);
  return true;
}

bool host_run(const struct play *play, const struct story_host *entry,
              struct disk *disk, struct output *output, struct error *error) {
  struct host host = {.story = play->story,
                      .entry = entry,
                      .observer = play->observer,
                      .output = output};
  virtual_clock_init(&host.clock, play->story, entry);
  memory_files_init(&host.files, &host.clock, &host.settings, disk);
  bool ok = configure(&host, error);
  if (ok && entry->from <= play->story->until) {
    open_host(&host);
    ok = live(&host, play->each_tick, error);
    close_host(&host);
  }
  memory_files_free(&host.files);
  virtual_clock_free(&host.clock);
  settings_free(&host.settings);
  return ok;
}
