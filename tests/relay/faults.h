/* The table of everything that the relay can be told to do wrong. */
#ifndef RELAY_FAULTS_H
#define RELAY_FAULTS_H

#include "certificate.h"
#include "quirks.h"
#include "wire_scripts.h"

#include <stdbool.h>
#include <stddef.h>

enum ms_meaning {
  MS_BEFORE, /* wait before the answer, in place of --delay */
  MS_PAUSE,  /* each pause of the script */
  MS_RETRY,  /* the Retry-After, rounded up to seconds */
  MS_FIRST,  /* the waits of a stream's pace, this and the next three */
  MS_TOKEN,
  MS_MIDDLE,
  MS_BYTE,
};

enum { FAULT_HEADERS = 8 };

struct header {
  const char *name;
  const char *value;
};

/* A piece of JSON too long to be written down: before, `unit` count times,
 * middle, `closing` count times, after. */
struct filler {
  const char *before;
  const char *unit;
  const char *middle;
  const char *closing;
  const char *after;
  size_t count;
};

struct fault {
  const char *name;
  const char *description;
  enum ms_meaning ms_means;
  unsigned ms;          /* unless the fault is set with another */
  const char *endpoint; /* the only one it makes sense for, or NULL */

  /* Answers: no body and no filler is the answer that would be due. In the
   * texts $KEY is the key that came, $CONTROL the control port's address,
   * $RETRY the seconds of Retry-After, $DATE when they are over. */
  unsigned status;
  const char *type;                     /* Content-Type, NULL for JSON */
  struct header headers[FAULT_HEADERS]; /* ended by one without a name */
  const char *request_id;               /* NULL for the usual one */
  const char *body;
  size_t body_size; /* of a body with NULs in it, else 0 */
  struct filler filler;
  bool filler_is_member; /* of the answer that would be due */
  bool cut;              /* half of the answer that would be due */
  struct manner manner;  /* of the answer that would be due */

  /* Scripts, and connections that are held. */
  const struct step *script;

  /* Connections. */
  bool of_connections; /* before any request: of all endpoints and keys */
  bool tls_only;
  bool refuses;
  enum leaf leaf;
};

/* Each ended by one without a name. */
extern const struct fault answer_faults[];
extern const struct fault catalogue_faults[];
extern const struct fault chat_faults[];
extern const struct fault stream_form_faults[];
extern const struct fault stream_faults[];
extern const struct fault limit_faults[];
extern const struct fault wire_faults[];
extern const struct fault connection_faults[];

struct fault_table {
  const char *title;
  const struct fault *faults;
};

/* All of them, ended by one without a title. */
extern const struct fault_table fault_tables[];

const struct fault *fault_find(const char *name);

#endif
