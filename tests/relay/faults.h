/* The table of all faults that can be switched on. */
#ifndef RELAY_FAULTS_H
#define RELAY_FAULTS_H

#include "certificate.h"
#include "quirks.h"
#include "wire_scripts.h"

#include <stdbool.h>
#include <stddef.h>

enum ms_role {
  MS_DELAY,       /* delay before the response, instead of --delay */
  MS_PAUSE,       /* length of each pause in the script */
  MS_RETRY_AFTER, /* Retry-After, rounded up to seconds */
  MS_FIRST_TOKEN, /* this and the rest: one member of struct pace */
  MS_TOKEN_INTERVAL,
  MS_MIDDLE_GAP,
  MS_BYTE_INTERVAL,
};

enum { MAX_FAULT_HEADERS = 8 };

struct header {
  const char *name;
  const char *value;
};

/* JSON too long to spell out: before, `count` times `unit`, middle, `count`
 * times `closing_unit`, after. */
struct filler {
  const char *before;
  const char *unit;
  const char *middle;
  const char *closing_unit;
  const char *after;
  size_t count;
};

struct fault {
  const char *name;
  const char *description;
  enum ms_role ms_role;
  unsigned ms;          /* default, if the fault is set without ms */
  const char *endpoint; /* the only endpoint it applies to, or NULL */
  bool completions;     /* it only applies to completions, by any API */

  /* The response. Without body and filler it is the normal response.
   * Placeholders in texts: $KEY is the request's key, $CONTROL the address of
   * the control port, $RETRY the seconds of Retry-After, $DATE the time at
   * which they are over, $RFC3339 the same in that form. */
  unsigned status;
  const char *type; /* Content-Type, NULL for JSON */
  /* Terminated by one without a name. */
  struct header headers[MAX_FAULT_HEADERS];
  const char *request_id; /* NULL for the normal one */
  const char *body;
  size_t body_size; /* set if the body contains NULs, else 0 */
  struct filler filler;
  bool filler_is_member; /* of the normal response */
  bool halves_body;      /* sends half of the normal response */
  struct quirks quirks;  /* of the normal response */

  /* What is sent on a connection taken from the HTTP server, or NULL. */
  const struct script_step *script;

  /* Faults of connections, not of requests. */
  bool connection_level; /* before any request: for all endpoints and keys */
  bool tls_only;
  bool refuses_connections;
  enum leaf leaf;
};

/* Each is terminated by a fault without a name. */
extern const struct fault response_faults[];
extern const struct fault model_list_faults[];
extern const struct fault chat_faults[];
extern const struct fault embeddings_faults[];
extern const struct fault messages_faults[];
extern const struct fault responses_faults[];
extern const struct fault stream_variants[];
extern const struct fault stream_faults[];
extern const struct fault rate_limit_faults[];
extern const struct fault wire_faults[];
extern const struct fault connection_faults[];

struct fault_table {
  const char *title;
  const struct fault *faults;
};

/* All tables, terminated by one without a title. */
extern const struct fault_table fault_tables[];

const struct fault *fault_find(const char *name);

#endif
