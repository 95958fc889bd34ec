/* The properties of a URL that the configuration checks. Parsing URLs is up to
 * the transport, whose rules are passed in. */
#ifndef HOLYSHEEP_MODEL_URL_H
#define HOLYSHEEP_MODEL_URL_H

#include "base/error.h"

#include <stdbool.h>

struct url {
  bool plain;    /* http, not https */
  bool loopback; /* 127.0.0.0/8, ::1 or localhost, literally */
  bool credentials;
  bool query; /* has a query or a fragment */
  bool port;  /* has an explicit port */
  bool ascii; /* the host name is ASCII */
};

struct url_rules {
  /* On a mistake, false; the error says what would be right. */
  bool (*parse)(const char *text, struct url *url, struct error *error);

  /* Likewise, for a proxy's URL. */
  bool (*parse_proxy)(const char *text, struct url *url, struct error *error);
};

#endif
