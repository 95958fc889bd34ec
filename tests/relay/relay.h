/* The stand-in relay as a whole. */
#ifndef RELAY_RELAY_H
#define RELAY_RELAY_H

#include "active_faults.h"
#include "api.h"
#include "certificate.h"
#include "event_loop.h"
#include "extra_headers.h"
#include "journal.h"
#include "listener.h"
#include "raw_connection.h"

#include <microhttpd.h>
#include <stdbool.h>

struct relay;

/* A port and the HTTP server behind it. */
struct server {
  struct listener listener;
  struct relay *relay;
  struct MHD_Daemon *daemon;
  bool tls;
};

struct options {
  unsigned port, tls_port, control_port; /* 0 takes a free one */
  struct account account;
  unsigned delay_ms;
  struct pace pace;
  const char *journal; /* NULL for none */
  const char *dir;     /* NULL for one of our own */
};

struct relay {
  struct loop loop;
  struct raw raw;
  struct rules rules;
  struct extras extras;
  struct journal journal;
  struct account account;
  unsigned delay_ms;
  struct pace pace;
  struct certificates *certificates;
  char *dir;
  bool own_dir;
  struct server http, https, control;
  char control_url[64];
  unsigned long accepted; /* connections of http and https, ever */
  unsigned long open;     /* and now */
};

/* Listens on all ports when it returns 0; else it has said on standard error
 * why not. relay_close() is due in either case. */
int relay_open(struct relay *relay, const struct options *options);
void relay_close(struct relay *relay);

/* Makes what the rules say true of ports and certificates. false if a port
 * could not be listened on again. */
bool relay_apply_rules(struct relay *relay);

#endif
