#include "check/config_check.h"

#include "config/config_file.h"
#include "config/config_settings.h"
#include "config/config_value.h"
#include "state/system_files.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Of collectd, where the configuration does not say anything else. */
#define DEFAULT_BASE_DIR "/var/lib/collectd"
static const usec default_interval = 10 * USEC_PER_SEC;

/* As far as collectd has read its configuration. */
struct daemon {
  struct settings *settings;
  const char *base_dir;
  usec interval;                   /* the global one */
  usec plugin_interval;            /* since the plugin is loaded */
  bool loads_itself;               /* AutoLoadPlugin */
  const struct config_node *loads; /* the LoadPlugin to come; NULL: none */
  bool loaded, mentioned;
};

/* --- what is odd --------------------------------------------------------- */

static FILE *warnings;
static struct config_reader reader;

static void warn(const char *text) {
  struct error line;
  error_set(&line, "%s", text);
  if (reader.at != NULL)
    error_prepend(&line, "%s:%u: ", reader.at->file, reader.at->line);
  fprintf(warnings, "holysheep-check: warning: %s\n", line.text);
}

/* --- collectd's own keys ------------------------------------------------- */

static bool is_single(const struct config_node *node, struct error *error) {
  return node->value_count == 1 ||
         error_set(error, "%s: one value is needed", node->key);
}

/* A text that is no number stands for the default, as in collectd. */
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

static bool is_true(const struct config_value *value) {
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
  daemon->loads_itself = is_true(&node->values[0]);
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

static bool is_ours(const struct config_node *node) {
  return node->value_count > 0 && node->values[0].type == VALUE_TEXT &&
         strcasecmp(node->values[0].text, "holysheep") == 0;
}

static bool is_load(const struct config_node *node) {
  return strcasecmp(node->key, "LoadPlugin") == 0 && is_ours(node);
}

static bool set_load_interval(struct daemon *daemon,
                              const struct config_node *node,
                              struct error *error) {
  reader.at = node;
  if (node->value_count != 1 || node->values[0].type != VALUE_NUMBER ||
      node->values[0].number < 0)
    return error_set(error, "LoadPlugin: Interval: a number of seconds, "
                            "without quotes, is needed");
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
  error_set(error, "LoadPlugin: %s: collectd passes over this key", node->key);
  warn(error->text);
  return true;
}

static void load(struct daemon *daemon) {
  daemon->loaded = daemon->mentioned = true;
  daemon->plugin_interval = daemon->interval;
}

/* A second one changes nothing. */
static bool read_load(struct daemon *daemon, const struct config_node *node,
                      struct error *error) {
  if (!is_ours(node) || daemon->loaded)
    return true;
  if (!is_single(node, error))
    return false;
  load(daemon);
  for (const struct config_node *child = node->children; child != NULL;
       child = child->next)
    if (!read_load_option(daemon, child, error))
      return false;
  return true;
}

/* --- the plugin's blocks ------------------------------------------------- */

/* collectd says this at most where nobody looks for it. */
static void warn_passed_over(const struct daemon *daemon,
                             const struct config_node *node) {
  struct error line;
  const char *what = "collectd passes over this <Plugin holysheep>";
  reader.at = node;
  if (daemon->loads != NULL)
    error_set(&line,
              "%s: LoadPlugin holysheep has to come before it, not at "
              "%s:%u",
              what, daemon->loads->file, daemon->loads->line);
  else
    error_set(&line, "%s: LoadPlugin holysheep is missing before it", what);
  warn(line.text);
}

/* One that collectd passes over is checked by itself. Where nothing loads the
 * plugin, the file is one that another is to include. */
static bool read_block(struct daemon *daemon, const struct config_node *node,
                       struct error *error) {
  struct settings alone = {.interval = daemon->interval};
  struct settings *settings = daemon->settings;
  if (!is_ours(node))
    return true;
  if (!daemon->loaded && daemon->loads_itself)
    load(daemon);
  if (!daemon->loaded)
    warn_passed_over(daemon, node);
  if (!daemon->loaded && daemon->loads != NULL)
    settings = &alone;
  settings->interval =
      daemon->loaded ? daemon->plugin_interval : daemon->interval;
  daemon->mentioned = true;
  bool ok = config_read(node, settings, &reader, error);
  settings_free(&alone);
  return ok;
}

/* --- all of it ----------------------------------------------------------- */

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

static bool place_state_file(const struct daemon *daemon, struct error *error) {
  char **path = &daemon->settings->state_file, whole[8192];
  if (*path == NULL || (*path)[0] == '/')
    return true;
  int length = snprintf(whole, sizeof whole, "%s/%s", daemon->base_dir, *path);
  if (length < 0 || (size_t)length >= sizeof whole)
    return error_set(error, "StateFile: the path is too long");
  return config_value_copy(whole, path, error);
}

static bool read_nodes(struct daemon *daemon, const struct config_node *root,
                       const char *path, struct error *error) {
  for (const struct config_node *node = root->children; node != NULL;
       node = node->next)
    if (daemon->loads == NULL && is_load(node))
      daemon->loads = node;
  for (const struct config_node *node = root->children; node != NULL;
       node = node->next)
    if (!read_node(daemon, node, error))
      return false;
  if (!daemon->mentioned)
    return error_set(error,
                     "%s: has neither LoadPlugin holysheep nor <Plugin "
                     "holysheep>, nor does what it includes",
                     path);
  reader.at = NULL;
  if (daemon->settings->relay_count == 0)
    warn("no <Relay> is configured: nothing is probed");
  return place_state_file(daemon, error);
}

bool check_config_read(const char *path, bool rehearsal, FILE *report,
                       struct settings *settings, struct error *error) {
  struct config_file file;
  struct daemon daemon = {.settings = settings,
                          .base_dir = DEFAULT_BASE_DIR,
                          .interval = default_interval};
  warnings = report;
  reader = (struct config_reader){
      .warn = warn, .files = &system_files, .rehearsal = rehearsal};
  bool ok = config_file_read(&file, path, warn, error) &&
            read_nodes(&daemon, file.root, path, error);
  config_file_free(&file);
  return ok;
}
