/* The stand-in relay. */
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

/* A port and its HTTP server. */
struct server {
  struct listener listener;
  struct relay *relay;
  struct MHD_Daemon *daemon;
  bool tls;
};

struct options {
  unsigned port, tls_port, control_port; /* 0 for any free port */
  struct account account;
  unsigned delay_ms;
  struct pace pace;
  const char *journal; /* NULL for none */
  const char *dir;     /* NULL for a temporary one */
};

struct relay {
  struct event_loop loop;
  struct raw_connections raw_connections;
  struct active_faults active_faults;
  struct extra_headers extra_headers;
  struct journal journal;
  struct account account;
  unsigned delay_ms;
  struct pace pace;
  struct certificates *certificates;
  char *dir;
  bool own_dir;
  struct server http, https, control;
  char control_url[64];
  unsigned long accepted; /* http and https connections in total */
  unsigned long open;     /* currently open */
};

/* Returns 0 when all ports are listening; otherwise prints the reason to
 * standard error. The caller must call relay_close() in either case. */
int relay_open(struct relay *relay, const struct options *options);
void relay_close(struct relay *relay);

/* Applies connection faults to the ports and the certificate. Returns false if
 * it could not listen again. */
bool relay_apply_active_faults(struct relay *relay);

#endif
