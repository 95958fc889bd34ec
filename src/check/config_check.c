#include "check/config_check.h"

#include "config/config_file.h"
#include "config/config_settings.h"
#include "config/config_value.h"
#include "http/url.h"
#include "state/system_files.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* collectd's defaults. */
#define DEFAULT_BASE_DIR "/var/lib/collectd"
static const usec default_interval = 10 * USEC_PER_SEC;

/* collectd's state while it reads its configuration. */
struct daemon {
  struct settings *settings;
  const char *base_dir;
  usec interval;                        /* the global one */
  usec plugin_interval;                 /* once the plugin is loaded */
  bool auto_load;                       /* AutoLoadPlugin */
  const struct config_node *first_load; /* the first LoadPlugin; NULL: none */
  bool loaded, found;
};

/* --- warnings ------------------------------------------------------------ */

static FILE *warnings;
static struct config_reader reader;

static void warn(const char *text) {
  struct error message;
  error_set(&message, "%s", text);
  if (reader.at != NULL)
    error_prepend(&message, "%s:%u: ", reader.at->file, reader.at->line);
  fprintf(warnings, "holysheep-check: warning: %s\n", message.text);
}

/* --- collectd's own keys ------------------------------------------------- */

static bool is_single(const struct config_node *node, struct error *error) {
  return node->value_count == 1 ||
         error_set(error, "%s: takes one value", node->key);
}

/* Like collectd, replaces text that is not a number by the default. */
static usec interval_of(const struct config_value *value) {
  double seconds = value->type == VALUE_NUMBER ? value->number : 0;
  if (value->type == VALUE_TEXT) {
    char *end;
    seconds = strtod(value->text, &end);
    if (*end != '\0')
      seconds = 0;
  }
  return seconds > 0 ? usec_of(seconds) : default_interval;
}

static bool to_boolean(const struct config_value *value) {
  return value->type == VALUE_BOOLEAN
             ? value->boolean
             : value->type == VALUE_TEXT &&
                   (strcasecmp(value->text, "true") == 0 ||
                    strcasecmp(value->text, "yes") == 0 ||
                    strcasecmp(value->text, "on") == 0);
}

static bool read_interval(struct daemon *daemon, const struct config_node *node,
                          struct error *error) {
  if (node->children != NULL)
    return true;
  if (!is_single(node, error))
    return false;
  daemon->interval = interval_of(&node->values[0]);
  return true;
}

static bool read_auto_load(struct daemon *daemon,
                           const struct config_node *node,
                           struct error *error) {
  if (node->children != NULL)
    return true;
  if (!is_single(node, error))
    return false;
  daemon->auto_load = to_boolean(&node->values[0]);
  return true;
}

static bool read_base_dir(struct daemon *daemon, const struct config_node *node,
                          struct error *error) {
  if (node->children != NULL)
    return true;
  if (!is_single(node, error))
    return false;
  if (node->values[0].type == VALUE_TEXT)
    daemon->base_dir = node->values[0].text;
  return true;
}

/* --- loading the plugin -------------------------------------------------- */

static bool names_plugin(const struct config_node *node) {
  return node->value_count > 0 && node->values[0].type == VALUE_TEXT &&
         strcasecmp(node->values[0].text, "holysheep") == 0;
}

static bool is_load_plugin(const struct config_node *node) {
  return strcasecmp(node->key, "LoadPlugin") == 0 && names_plugin(node);
}

static bool set_load_interval(struct daemon *daemon,
                              const struct config_node *node,
                              struct error *error) {
  reader.at = node;
  if (node->value_count != 1 || node->values[0].type != VALUE_NUMBER ||
      node->values[0].number < 0)
    return error_set(
        error,
        "LoadPlugin: Interval: must be a number of seconds without quotes");
  if (node->values[0].number > 0)
    daemon->plugin_interval = usec_of(node->values[0].number);
  return true;
}

static bool read_load_option(struct daemon *daemon,
                             const struct config_node *node,
                             struct error *error) {
  static const char *const others[] = {"Globals", "FlushInterval",
                                       "FlushTimeout"};
  if (strcasecmp(node->key, "Interval") == 0)
    return set_load_interval(daemon, node, error);
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    if (strcasecmp(node->key, others[i]) == 0)
      return true;
  reader.at = node;
  error_set(error, "LoadPlugin: %s: collectd ignores this key", node->key);
  warn(error->text);
  return true;
}

static void load_plugin(struct daemon *daemon) {
  daemon->loaded = daemon->found = true;
  daemon->plugin_interval = daemon->interval;
}

/* A second LoadPlugin has no effect. */
static bool read_load(struct daemon *daemon, const struct config_node *node,
                      struct error *error) {
  if (!names_plugin(node) || daemon->loaded)
    return true;
  if (!is_single(node, error))
    return false;
  load_plugin(daemon);
  for (const struct config_node *child = node->children; child != NULL;
       child = child->next)
    if (!read_load_option(daemon, child, error))
      return false;
  return true;
}

/* --- the plugin's blocks ------------------------------------------------- */

/* collectd itself hardly mentions it. */
static void warn_ignored(const struct daemon *daemon,
                         const struct config_node *node) {
  struct error message;
  const char *what = "collectd ignores this <Plugin holysheep>";
  reader.at = node;
  if (daemon->first_load != NULL)
    error_set(&message,
              "%s: LoadPlugin holysheep must come before it, not at %s:%u",
              what, daemon->first_load->file, daemon->first_load->line);
  else
    error_set(&message, "%s: LoadPlugin holysheep is missing before it", what);
  warn(message.text);
}

/* A block that collectd ignores is checked all the same, by itself. If nothing
 * loads the plugin, the file is presumably included by another. */
static bool read_block(struct daemon *daemon, const struct config_node *node,
                       struct error *error) {
  struct settings scratch = {.interval = daemon->interval};
  struct settings *settings = daemon->settings;
  if (!names_plugin(node))
    return true;
  if (!daemon->loaded && daemon->auto_load)
    load_plugin(daemon);
  if (!daemon->loaded)
    warn_ignored(daemon, node);
  if (!daemon->loaded && daemon->first_load != NULL)
    settings = &scratch;
  settings->interval =
      daemon->loaded ? daemon->plugin_interval : daemon->interval;
  daemon->found = true;
  bool ok = config_settings_read(node, settings, &reader, error);
  settings_free(&scratch);
  return ok;
}

/* --- the whole configuration --------------------------------------------- */

static bool read_node(struct daemon *daemon, const struct config_node *node,
                      struct error *error) {
  static const struct {
    const char *key;
    bool (*read)(struct daemon *daemon, const struct config_node *node,
                 struct error *error);
  } keys[] = {{"Interval", read_interval},
              {"AutoLoadPlugin", read_auto_load},
              {"BaseDir", read_base_dir},
              {"LoadPlugin", read_load},
              {"Plugin", read_block}};
  reader.at = node;
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    if (strcasecmp(node->key, keys[i].key) == 0)
      return keys[i].read(daemon, node, error) ||
             error_prepend(error, "%s:%u: ", reader.at->file, reader.at->line);
  return true;
}

static bool resolve_state_file(const struct daemon *daemon,
                               struct error *error) {
  char **path = &daemon->settings->state_file, absolute[8192];
  if (*path == NULL || (*path)[0] == '/')
    return true;
  int length =
      snprintf(absolute, sizeof absolute, "%s/%s", daemon->base_dir, *path);
  if (length < 0 || (size_t)length >= sizeof absolute)
    return error_set(error, "StateFile: the path is too long");
  return config_value_copy(absolute, path, error);
}

static bool read_tree(struct daemon *daemon, const struct config_node *root,
                      const char *path, struct error *error) {
  for (const struct config_node *node = root->children; node != NULL;
       node = node->next)
    if (daemon->first_load == NULL && is_load_plugin(node))
      daemon->first_load = node;
  for (const struct config_node *node = root->children; node != NULL;
       node = node->next)
    if (!read_node(daemon, node, error))
      return false;
  if (!daemon->found)
    return error_set(error,
                     "%s: neither this file nor the files it includes contain "
                     "LoadPlugin holysheep or <Plugin holysheep>",
                     path);
  reader.at = NULL;
  if (daemon->settings->relay_count == 0)
    warn("no <Relay> is configured, so nothing is probed");
  return resolve_state_file(daemon, error);
}

bool config_check_read(const char *path, bool check_only, FILE *report,
                       struct settings *settings, struct error *error) {
  struct config_file file;
  struct daemon daemon = {.settings = settings,
                          .base_dir = DEFAULT_BASE_DIR,
                          .interval = default_interval};
  warnings = report;
  reader = (struct config_reader){.warn = warn,
                                  .files = &system_files,
                                  .urls = &http_url_rules,
                                  .check_only = check_only};
  bool ok = config_file_read(&file, path, warn, error) &&
            read_tree(&daemon, file.root, path, error);
  config_file_free(&file);
  return ok;
}
