#include "host.h"

#include "config/config_settings.h"
#include "config/config_text.h"
#include "engine/engine.h"
#include "exposition.h"
#include "script.h"
#include "state/report.h"
#include "virtual_clock.h"
#include "wire.h"

#include <stdio.h>
#include <string.h>

struct host {
  const struct story *story;
  const struct story_host *entry;
  struct output *output;
  struct settings settings;
  struct virtual_clock clock;
  struct script script;
  struct wire wire;
  struct exposition exposition;
  usec end; /* it stops then */
};

/* --- its configuration ---------------------------------------------------- */

static const char *warned; /* of which host */

static void warn(const char *line) {
  fprintf(stderr, "%s: %s\n", warned, line);
}

/* Nobody looks a name up here, and nothing crosses a network. */
static bool take_url(const char *text, struct url *url, struct error *error) {
  (void)text, (void)error;
  *url = (struct url){.loopback = true, .port = true, .ascii = true};
  return true;
}

static const struct url_rules any_url = {.parse = take_url,
                                         .parse_proxy = take_url};

static bool configure(struct host *host, struct error *error) {
  const char *text = host->entry->config;
  struct config_reader reader = {.warn = warn, .urls = &any_url};
  struct config_node *block =
      config_text_parse("config", text, strlen(text), error);
  warned = host->entry->name;
  host->settings.interval = usec_of(host->entry->interval);
  bool ok =
      block != NULL && config_read(block, &host->settings, &reader, error);
  config_node_free(block);
  if (host->settings.max_connections == 0)
    host->settings.max_connections = CONNECTIONS_DEFAULT;
  return ok || error_prepend(error, "host \"%s\": ", host->entry->name);
}

/* --- what the engine tells ------------------------------------------------ */

static bool runs(const struct host *host) {
  return host->clock.now < host->end;
}

static void note(struct host *host, const struct report *report) {
  if (runs(host))
    notes_add(&host->output->notes, virtual_clock_story(host->clock.now),
              host->entry->name, &report->notification);
}

static void on_ended(void *user, const struct relay_state *relay, size_t probe,
                     const struct probe_result *result,
                     const struct state_change *change) {
  struct report report;
  if (report_result(&report, relay, probe, result, change))
    note(user, &report);
}

static void on_held(void *user, const struct relay_state *relay, size_t probe,
                    enum suppress_reason reason) {
  struct report report;
  report_suppression(&report, relay, probe, reason);
  note(user, &report);
}

static usec story_time(usec time) { return time - virtual_clock_at(0); }

static size_t on_state(void *user, const struct relay_state *relay) {
  struct host *host = user;
  return runs(host) ? exposition_take(&host->exposition, relay,
                                      story_time(host->clock.now))
                    : 0;
}

static bool on_arrived(void *user, const struct relay_state *relay) {
  (void)user, (void)relay;
  return true;
}

/* --- its life ------------------------------------------------------------- */

static size_t max_headers(const struct settings *settings) {
  size_t most = 0;
  for (size_t i = 0; i < settings->relay_count; i++)
    if (settings->relays[i].header_count > most)
      most = settings->relays[i].header_count;
  return most;
}

static usec no_alarm(void *user) {
  (void)user;
  return INT64_MAX;
}

static void open_host(struct host *host) {
  const struct story *story = host->story;
  virtual_clock_init(&host->clock, story, host->entry);
  double end = host->entry->to < story->until ? host->entry->to : story->until;
  host->end = virtual_clock_at(end) + (end == story->until);
  script_init(&host->script, story, host->entry->name, &host->settings);
  wire_init(&host->wire, &host->clock, &host->script,
            max_headers(&host->settings));
  host->wire.alarm = no_alarm;
  exposition_init(&host->exposition, &host->output->series, host->entry->name,
                  usec_of(story->sample),
                  engine_state_interval(&host->settings));
}

static void close_host(struct host *host) {
  exposition_end(&host->exposition, story_time(host->end));
  exposition_free(&host->exposition);
  wire_free(&host->wire);
  script_free(&host->script);
  virtual_clock_free(&host->clock);
}

/* collectd calls at each tick, or as soon as the last call has ended. */
static void tick_on(struct host *host, struct engine *engine) {
  usec tick = engine_tick_length(&host->settings);
  usec next = host->clock.now;
  while (host->clock.now < host->end) {
    engine_tick(engine);
    next += tick;
    if (next < host->clock.now)
      next = host->clock.now;
    virtual_clock_advance(&host->clock, next);
  }
}

static bool live(struct host *host, struct error *error) {
  struct engine_listener listener = {.user = host,
                                     .ended = on_ended,
                                     .held = on_held,
                                     .state = on_state,
                                     .arrived = on_arrived,
                                     .warn = warn};
  struct engine_parts parts = {.settings = &host->settings,
                               .host = host->entry->name,
                               .clock = &host->clock.clock,
                               .transport = &host->wire.transport,
                               .listener = &listener};
  struct engine *engine = engine_new(&parts);
  if (engine == NULL)
    return error_set(error, "out of memory");
  tick_on(host, engine);
  engine_free(engine);
  return true;
}

bool host_run(const struct story *story, const struct story_host *entry,
              struct output *output, struct error *error) {
  struct host host = {.story = story, .entry = entry, .output = output};
  bool ok = configure(&host, error);
  if (ok && entry->from <= story->until) {
    open_host(&host);
    ok = live(&host, error);
    close_host(&host);
  }
  settings_free(&host.settings);
  return ok;
}
