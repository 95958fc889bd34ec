#include "collectd/notifications.h"

#include "probe/prober.h"
#include "base/text.h"

#include <collectd.h>

#include <plugin.h>
#include <utils/common/common.h>

#include <string.h>

static const int severities[] = {[SEVERITY_OKAY] = NOTIF_OKAY,
                                 [SEVERITY_WARNING] = NOTIF_WARNING,
                                 [SEVERITY_FAILURE] = NOTIF_FAILURE};

_Static_assert(NOTIFICATION_MAX == NOTIF_MAX_MSG_LEN,
               "a letter's text is as long as collectd's");

/* A name may hold a line end, and the exec plugin writes a line for each. */
static void add_meta(notification_t *notification, const char *name,
                     const char *value) {
  char shown[DATA_MAX_NAME_LEN];
  text_printable(shown, sizeof shown, value, strlen(value), NULL);
  plugin_notification_meta_add_string(notification, name, shown);
}

static void add_labels(notification_t *notification,
                       const struct letter *letter) {
  const struct probe_settings *probe = letter->probe;
  add_meta(notification, "relay", letter->relay->name);
  add_meta(notification, "endpoint", probe->kind->endpoint);
  if (probe->model != NULL)
    add_meta(notification, "model", probe->model);
  add_meta(notification, "cause", causes[letter->cause].name);
}

void notify(const struct letter *letter) {
  notification_t notification = {.severity = severities[letter->severity],
                                 .time = DOUBLE_TO_CDTIME_T(letter->time),
                                 .plugin = "holysheep",
                                 .type = "holysheep_verdict"};
  sstrncpy(notification.host, hostname_g, sizeof notification.host);
  sstrncpy(notification.plugin_instance, letter->relay->label,
           sizeof notification.plugin_instance);
  sstrncpy(notification.message, letter->text, sizeof notification.message);
  add_labels(&notification, letter);
  plugin_dispatch_notification(&notification);
  plugin_notification_meta_free(notification.meta);
}
