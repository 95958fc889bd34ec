/* What the configuration has to know of a URL. Whoever sends requests knows how
 * a URL is read: the configuration is handed its rules. */
#ifndef HOLYSHEEP_MODEL_URL_H
#define HOLYSHEEP_MODEL_URL_H

#include "base/error.h"

#include <stdbool.h>

struct url {
  bool plain;    /* http, not https */
  bool loopback; /* 127.0.0.0/8, ::1 or localhost, literally */
  bool credentials;
  bool query; /* has a query or a fragment */
  bool port;  /* has one of its own */
  bool ascii; /* the host's name is */
};

struct url_rules {
  /* False, with an error that says what would be right. */
  bool (*parse)(const char *text, struct url *url, struct error *error);

  /* The same for a proxy's. */
  bool (*parse_proxy)(const char *text, struct url *url, struct error *error);
};

#endif
