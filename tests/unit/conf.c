#include "conf.h"

#include "config/config_text.h"
#include "http/url.h"
#include "state/system_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

static struct conf *reading;

static void warn(const char *line) {
  size_t length = strlen(reading->warnings);
  snprintf(reading->warnings + length, sizeof reading->warnings - length,
           "%s\n", line);
}

void conf_open(struct conf *conf) {
  *conf = (struct conf){.settings = {.interval = 10 * USEC_PER_SEC}};
}

void conf_close(struct conf *conf) { settings_free(&conf->settings); }

bool conf_read(struct conf *conf, const char *lines) {
  struct config_reader reader = {.warn = warn,
                                 .files = &system_files,
                                 .urls = &http_url_rules,
                                 .rehearsal = conf->rehearsal};
  reading = conf;
  conf->error.text[0] = '\0';
  struct config_node *block =
      config_text_parse("conf", lines, strlen(lines), &conf->error);
  ck_assert_msg(block != NULL, "%s: %s", lines, conf->error.text);
  bool ok = config_read(block, &conf->settings, &reader, &conf->error);
  conf->line = reader.at->line;
  config_node_free(block);
  return ok;
}
