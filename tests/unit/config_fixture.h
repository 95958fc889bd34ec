/* Reads a configuration as the plugin does, without the daemon. */
#ifndef HOLYSHEEP_UNIT_CONFIG_FIXTURE_H
#define HOLYSHEEP_UNIT_CONFIG_FIXTURE_H

#include "config/config_settings.h"

struct config_fixture {
  struct settings settings; /* with an interval of 10 s */
  struct error error;
  char warnings[1024]; /* a line each */
  bool rehearsal;      /* a variable that is not set is no mistake */
  unsigned line;       /* what the last warning or mistake is about */
};

void config_fixture_init(struct config_fixture *config);
void config_fixture_free(struct config_fixture *config);

/* One more <Plugin holysheep> block with these lines. */
bool config_fixture_read(struct config_fixture *config, const char *lines);

#endif
