#include "collectd/notifications.h"

#include "base/text.h"
#include "probe/probe_kind.h"

#include <collectd.h>

#include <plugin.h>
#include <utils/common/common.h>

#include <string.h>

static const int severities[] = {[SEVERITY_OKAY] = NOTIF_OKAY,
                                 [SEVERITY_WARNING] = NOTIF_WARNING,
                                 [SEVERITY_FAILURE] = NOTIF_FAILURE};

_Static_assert(NOTIFICATION_MAX == NOTIF_MAX_MSG_LEN,
               "a notification's text is as long as collectd's");

/* A name may contain a line break, and the exec plugin writes one line for each
 * value. */
static void add_metadata(notification_t *to, const char *name,
                         const char *value) {
  char printable[DATA_MAX_NAME_LEN];
  text_sanitize(printable, sizeof printable, value, strlen(value), NULL);
  plugin_notification_meta_add_string(to, name, printable);
}

static void add_labels(notification_t *to,
                       const struct notification *notification) {
  const struct probe_settings *probe = notification->probe;
  if (notification->problem != PROBLEM_NONE)
    add_metadata(to, "problem", problem_name(notification->problem));
  if (notification->relay == NULL)
    return;
  add_metadata(to, "relay", notification->relay->name);
  add_metadata(to, "endpoint", probe->kind->endpoint);
  if (probe->model != NULL)
    add_metadata(to, "model", probe->model);
  add_metadata(to, "cause", causes[notification->cause].name);
}

void notifications_dispatch(const struct notification *notification) {
  notification_t to = {.severity = severities[notification->severity],
                       .time = DOUBLE_TO_CDTIME_T(notification->time),
                       .plugin = "holysheep",
                       .type = "holysheep_verdict"};
  sstrncpy(to.host, hostname_g, sizeof to.host);
  if (notification->relay != NULL)
    sstrncpy(to.plugin_instance, notification->relay->label,
             sizeof to.plugin_instance);
  sstrncpy(to.message, notification->text, sizeof to.message);
  add_labels(&to, notification);
  plugin_dispatch_notification(&to);
  plugin_notification_meta_free(to.meta);
}
