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

/* A name may hold a line end, and the exec plugin writes a line for each. */
static void add_meta(notification_t *to, const char *name, const char *value) {
  char shown[DATA_MAX_NAME_LEN];
  text_sanitize(shown, sizeof shown, value, strlen(value), NULL);
  plugin_notification_meta_add_string(to, name, shown);
}

static void add_labels(notification_t *to,
                       const struct notification *notification) {
  const struct probe_settings *probe = notification->probe;
  add_meta(to, "relay", notification->relay->name);
  add_meta(to, "endpoint", probe->kind->endpoint);
  if (probe->model != NULL)
    add_meta(to, "model", probe->model);
  add_meta(to, "cause", causes[notification->cause].name);
}

void dispatch_notification(const struct notification *notification) {
  notification_t to = {.severity = severities[notification->severity],
                       .time = DOUBLE_TO_CDTIME_T(notification->time),
                       .plugin = "holysheep",
                       .type = "holysheep_verdict"};
  sstrncpy(to.host, hostname_g, sizeof to.host);
  sstrncpy(to.plugin_instance, notification->relay->label,
           sizeof to.plugin_instance);
  sstrncpy(to.message, notification->text, sizeof to.message);
  add_labels(&to, notification);
  plugin_dispatch_notification(&to);
  plugin_notification_meta_free(to.meta);
}
