/* The plugin: collectd's callbacks. */
#include "base/clock.h"
#include "collectd/dispatch.h"
#include "collectd/notifications.h"
#include "collectd/oconfig_tree.h"
#include "config/config_settings.h"
#include "engine/engine.h"
#include "http/http_transport.h"
#include "http/system_clock.h"
#include "http/url.h"
#include "state/incident_messages.h"
#include "state/messages.h"
#include "state/report.h"
#include "state/system_files.h"

#include <collectd.h>

#include <plugin.h>

#include <locale.h>
#include <string.h>
#include <sys/resource.h>

#define LOG_PREFIX "holysheep plugin: "

static struct settings settings;
static struct transport *transport;
static struct engine *engine;
static struct notification_queue *queue;
static locale_t c_locale;
static bool round_only;  /* collectd -T */
static bool loss_logged; /* that notifications were dropped */

/* --- the engine's callbacks ---------------------------------------------- */

/* Under collectd -T, someone is testing a configuration: nobody should be
 * notified, let alone paged. */
static void send_notification(const struct notification *notification) {
  if (round_only)
    return;
  bool fits = notification_queue_push(queue, notification);
  if (!fits && !loss_logged)
    WARNING(LOG_PREFIX "notifications were lost, because the notification "
                       "plugins are too slow");
  loss_logged = !fits;
}

static void send_report(const struct report *report) {
  bool ok = report->notification.severity == SEVERITY_OKAY;
  if (round_only)
    return;
  plugin_log(ok ? LOG_NOTICE : LOG_WARNING, LOG_PREFIX "%s", report->line);
  send_notification(&report->notification);
}

static void log_verdict(const struct relay_state *relay, size_t probe,
                        const struct probe_result *result) {
  char line[MESSAGE_MAX];
  message_verdict(line, relay, probe, result);
  plugin_log(result->cause == CAUSE_OK ? LOG_INFO : LOG_WARNING,
             LOG_PREFIX "%s", line);
}

/* Not for notifications: nobody has to do anything. */
static void log_blip(const struct relay_state *relay, size_t probe,
                     const struct blip *blip) {
  char line[MESSAGE_MAX];
  if (blip->failures == 0)
    return;
  message_blip(line, relay, probe, blip);
  INFO(LOG_PREFIX "%s", line);
}

static void log_place(const struct relay_state *relay, size_t probe,
                      const struct billing_preset *preset) {
  char line[MESSAGE_MAX];
  message_found_place(line, relay, probe, preset);
  INFO(LOG_PREFIX "%s", line);
}

static void on_ended(void *user, const struct relay_state *relay, size_t probe,
                     const struct probe_result *result,
                     const struct state_change *change) {
  struct report report;
  (void)user;
  if (result->found_preset != NULL)
    log_place(relay, probe, result->found_preset);
  if (round_only)
    log_verdict(relay, probe, result);
  else if (report_result(&report, relay, probe, result, change))
    send_report(&report);
  log_blip(relay, probe, &change->blip);
}

static void on_held(void *user, const struct relay_state *relay, size_t probe,
                    enum suppress_reason reason) {
  struct report report;
  (void)user;
  report_suppression(&report, relay, probe, reason);
  WARNING(LOG_PREFIX "%s", report.line);
  send_notification(&report.notification);
}

static void on_incident(void *user, const struct relay_state *relay,
                        enum incident_event event) {
  struct report report;
  (void)user;
  report_incident(&report, relay, event);
  send_report(&report);
}

static void on_network(void *user, const struct network_watch *network) {
  struct report report;
  (void)user;
  report_network(&report, network);
  send_report(&report);
}

static size_t on_state(void *user, const struct relay_state *relay) {
  (void)user;
  return dispatch_relay(relay, engine_state_interval(&settings));
}

static bool on_arrived(void *user, const struct relay_state *relay) {
  (void)user;
  return dispatch_has_arrived(relay);
}

static void warn(const char *line) { WARNING(LOG_PREFIX "%s", line); }

static const struct engine_listener listener = {.completed = on_ended,
                                                .suppressed = on_held,
                                                .incident = on_incident,
                                                .network = on_network,
                                                .publish = on_state,
                                                .arrived = on_arrived,
                                                .warn = warn};

/* --- collectd's callbacks ------------------------------------------------ */

/* Another plugin may set a locale for the whole process, with a decimal comma
 * or other rules for upper and lower case. The callbacks switch to the C locale
 * for parsing and formatting, and back again: the threads are collectd's. */

static int configure(oconfig_item_t *block) {
  struct error error;
  struct config_reader reader = {
      .warn = warn, .files = &system_files, .urls = &http_url_rules};
  struct config_node *tree = oconfig_tree(block, &error);
  settings.interval = (usec)CDTIME_T_TO_US(plugin_get_interval());
  bool ok =
      tree != NULL && config_settings_read(tree, &settings, &reader, &error);
  config_node_free(tree);
  if (ok)
    return 0;
  ERROR(LOG_PREFIX "%s", error.text);
  settings_free(&settings);
  return -1;
}

static int on_config(oconfig_item_t *block) {
  locale_t caller_locale = uselocale(c_locale);
  int status = configure(block);
  uselocale(caller_locale);
  return status;
}

static size_t count_probes(void) {
  size_t count = 0;
  for (size_t i = 0; i < settings.relay_count; i++)
    count += settings.relays[i].probe_count;
  return count;
}

/* A reduced default only matters if there are more probes than that. */
static void warn_few_connections(unsigned max, unsigned long long files) {
  unsigned configured = settings.max_connections;
  size_t probes = count_probes();
  if (configured > max)
    WARNING(LOG_PREFIX "MaxConnections %u: reduced to %u, because the "
                       "process's limit on open files is %llu",
            configured, max, files);
  else if (configured == 0 && CONNECTIONS_DEFAULT > max && probes > max)
    WARNING(
        LOG_PREFIX
        "%zu probes, but at most %u requests in flight, because the process's "
        "limit on open files is %llu (LimitNOFILE in collectd's systemd unit)",
        probes, max, files);
}

/* Leaves file descriptors for collectd's other plugins. */
static void limit_connections(void) {
  struct rlimit files = {.rlim_cur = RLIM_INFINITY};
  unsigned max = FD_SETSIZE - 256 - 1;
  if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur / 4 < max)
    max = files.rlim_cur / 4 > 0 ? (unsigned)(files.rlim_cur / 4) : 1;
  warn_few_connections(max, files.rlim_cur);
  if (settings.max_connections == 0)
    settings.max_connections = CONNECTIONS_DEFAULT;
  if (settings.max_connections > max)
    settings.max_connections = max;
}

static int on_read(user_data_t *user) {
  (void)user;
  locale_t caller_locale = uselocale(c_locale);
  if (round_only)
    engine_round(engine);
  else
    engine_tick(engine);
  uselocale(caller_locale);
  return 0;
}

/* In the caller's locale, which notification plugins may rely on; no number is
 * formatted here. A notification may block this thread, but not for longer than
 * that one takes: the rest wait for the next call, as collectd cannot shut down
 * before this returns. */
static int on_read_notifications(user_data_t *user) {
  (void)user;
  struct notification notification;
  usec until = system_now() + USEC_PER_SEC / 2;
  while (system_now() < until && notification_queue_pop(queue, &notification))
    notifications_dispatch(&notification);
  return 0;
}

static struct engine *new_engine(void) {
  const struct engine_parts parts = {.settings = &settings,
                                     .host = hostname_g,
                                     .clock = &system_clock,
                                     .transport = transport,
                                     .files = &system_files,
                                     .listener = &listener};
  return engine_new(&parts);
}

static int start(void) {
  if (!http_init()) {
    ERROR(LOG_PREFIX "libcurl could not be initialized");
    return -1;
  }
  transport = http_transport_new(&settings);
  if (transport != NULL)
    engine = new_engine();
  queue = notification_queue_new();
  if (engine == NULL || queue == NULL) {
    ERROR(LOG_PREFIX "out of memory");
    return -1;
  }
  for (size_t i = 0; i < settings.relay_count; i++) {
    char line[MESSAGE_MAX];
    message_startup(line, &settings.relays[i]);
    INFO(LOG_PREFIX "%s", line);
  }
  cdtime_t tick = US_TO_CDTIME_T(engine_tick_length(&settings));
  return plugin_register_complex_read(NULL, "holysheep", on_read, tick, NULL) +
         plugin_register_complex_read(NULL, "holysheep-notify",
                                      on_read_notifications, tick, NULL);
}

static int init(void) {
  /* collectd -T sets this before it initializes plugins. */
  const char *threads = global_option_get("ReadThreads");
  round_only = threads != NULL && strcmp(threads, "-1") == 0;
  if (settings.relay_count == 0) {
    WARNING(LOG_PREFIX
            "no <Relay> is configured, so nothing is probed (collectd ignores "
            "a <Plugin holysheep> that comes before its LoadPlugin)");
    return 0;
  }
  limit_connections();
  return start();
}

static int on_init(void) {
  locale_t caller_locale = uselocale(c_locale);
  int status = init();
  uselocale(caller_locale);
  return status;
}

static int on_shutdown(void) {
  locale_t caller_locale = uselocale(c_locale);
  engine_free(engine);
  http_transport_free(transport);
  notification_queue_free(queue);
  settings_free(&settings);
  uselocale(caller_locale);
  return 0;
}

void module_register(void) {
  c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  dispatch_register_types();
  plugin_register_complex_config("holysheep", on_config);
  plugin_register_init("holysheep", on_init);
  plugin_register_shutdown("holysheep", on_shutdown);
}
