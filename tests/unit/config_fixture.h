/* Reads a configuration like the plugin, without collectd. */
#ifndef HOLYSHEEP_UNIT_CONFIG_FIXTURE_H
#define HOLYSHEEP_UNIT_CONFIG_FIXTURE_H

#include "config/config_settings.h"

struct config_fixture {
  struct settings settings; /* with an interval of 10 s */
  struct error error;
  char warnings[1024]; /* one per line */
  bool check_only;     /* an unset variable is not an error */
  unsigned line;       /* of the last warning or error */
};

void config_fixture_init(struct config_fixture *config);
void config_fixture_free(struct config_fixture *config);

/* Reads another <Plugin holysheep> block with these lines. */
bool config_fixture_read(struct config_fixture *config, const char *lines);

/* Fails the test unless such a block is refused with this message. */
void config_fixture_refuses(const char *lines, const char *message);

struct config_mistake {
  const char *lines, *message;
};

/* The same for lines in <Relay "main">, after those of the key; the messages
 * are what follows the block's name. */
void config_fixture_refuses_in_relay(const struct config_mistake *mistakes,
                                     size_t count, const char *key);

#endif
