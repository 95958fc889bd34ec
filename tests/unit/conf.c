#include "conf.h"

#include "../fuzz/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct conf *reading;

static void warn(const char *line) {
  size_t length = strlen(reading->warnings);
  snprintf(reading->warnings + length, sizeof reading->warnings - length,
           "%s\n", line);
}

static char *as_it_is(const char *key, const char *text) {
  (void)key;
  return strdup(text);
}

void conf_open(struct conf *conf) {
  *conf = (struct conf){.settings = {.interval = 10}};
}

void conf_close(struct conf *conf) { settings_free(&conf->settings); }

bool conf_read(struct conf *conf, const char *lines) {
  struct tree_text text = {lines, lines + strlen(lines), as_it_is};
  reading = conf;
  conf->error.text[0] = '\0';
  struct config_node *block = tree_read(&text);
  bool ok = config_read(block, &conf->settings, warn, &conf->error);
  config_node_free(block);
  return ok;
}
