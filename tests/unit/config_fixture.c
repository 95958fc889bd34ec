#include "config_fixture.h"

#include "config/config_text.h"
#include "http/url.h"
#include "state/system_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

static struct config_fixture *reading;

static void warn(const char *line) {
  size_t length = strlen(reading->warnings);
  snprintf(reading->warnings + length, sizeof reading->warnings - length,
           "%s\n", line);
}

void config_fixture_init(struct config_fixture *config) {
  *config =
      (struct config_fixture){.settings = {.interval = 10 * USEC_PER_SEC}};
}

void config_fixture_free(struct config_fixture *config) {
  settings_free(&config->settings);
}

bool config_fixture_read(struct config_fixture *config, const char *lines) {
  struct config_reader reader = {.warn = warn,
                                 .files = &system_files,
                                 .urls = &http_url_rules,
                                 .check_only = config->check_only};
  reading = config;
  config->error.text[0] = '\0';
  struct config_node *block =
      config_text_parse("conf", lines, strlen(lines), &config->error);
  ck_assert_msg(block != NULL, "%s: %s", lines, config->error.text);
  bool ok =
      config_settings_read(block, &config->settings, &reader, &config->error);
  config->line = reader.at->line;
  config_node_free(block);
  return ok;
}

void config_fixture_refuses(const char *lines, const char *message) {
  struct config_fixture config;
  config_fixture_init(&config);
  ck_assert_msg(!config_fixture_read(&config, lines), "%s", lines);
  ck_assert_str_eq(config.error.text, message);
  config_fixture_free(&config);
}

void config_fixture_refuses_in_relay(const struct config_mistake *mistakes,
                                     size_t count, const char *key) {
  for (size_t i = 0; i < count; i++) {
    char lines[1024], message[1024];
    snprintf(lines, sizeof lines, "<Relay \"main\">\n%s%s\n</Relay>\n", key,
             mistakes[i].lines);
    snprintf(message, sizeof message, "Relay \"main\": %s",
             mistakes[i].message);
    config_fixture_refuses(lines, message);
  }
}
