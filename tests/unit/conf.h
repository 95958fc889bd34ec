/* Reads a configuration as the plugin does, without the daemon. */
#ifndef HOLYSHEEP_UNIT_CONF_H
#define HOLYSHEEP_UNIT_CONF_H

#include "config/config_settings.h"

struct conf {
  struct settings settings; /* with an interval of 10 s */
  struct error error;
  char warnings[1024]; /* a line each */
  bool rehearsal;      /* a variable that is not set is no mistake */
  unsigned line;       /* what the last warning or mistake is about */
};

void conf_open(struct conf *conf);
void conf_close(struct conf *conf);

/* One more <Plugin holysheep> block with these lines. */
bool conf_read(struct conf *conf, const char *lines);

#endif
