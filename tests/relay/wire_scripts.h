/* Scripts that write raw bytes to a connection, for what a proper HTTP server
 * would never send. */
#ifndef RELAY_WIRE_SCRIPTS_H
#define RELAY_WIRE_SCRIPTS_H

#include <stdbool.h>
#include <stddef.h>

enum step_kind {
  STEP_END,         /* close the connection */
  STEP_RESET,       /* close the connection with RST */
  STEP_TLS_ALERT,   /* TLS alert: certificate required */
  STEP_HANG,        /* send nothing more until the client leaves */
  STEP_SEND,        /* send data */
  STEP_REPEAT,      /* send data repeatedly until the client leaves */
  STEP_HEAD,        /* status line and headers of the normal response */
  STEP_FIRST_HALF,  /* of the normal response's body */
  STEP_SECOND_HALF, /* of the normal response's body */
  STEP_BODY,        /* the normal response's body */
  STEP_DRIP,        /* the normal response's body, byte by byte with pauses */
  STEP_PAUSE,       /* wait for the fault's ms */
  STEP_SETTLE,      /* wait until everything sent has certainly arrived */
  STEP_READ,        /* wait until the client sends something */
};

struct script_step {
  enum step_kind kind;
  const char *data;
  size_t size;
};

/* Whether the script sends a part of the normal response. */
bool script_needs_response(const struct script_step *script);

extern const struct script_step script_delay[];

extern const struct script_step script_hang[];
extern const struct script_step script_hang_after_headers[];
extern const struct script_step script_slow_body[];
extern const struct script_step script_drip[];
extern const struct script_step script_endless_body[];
extern const struct script_step script_endless_space[];
extern const struct script_step script_gzip_bomb[];
extern const struct script_step script_transfer_gzip_bomb[];

extern const struct script_step script_reset[];
extern const struct script_step script_close_early[];
extern const struct script_step script_truncated[];
extern const struct script_step script_reset_in_body[];
extern const struct script_step script_not_http[];
extern const struct script_step script_http09[];
extern const struct script_step script_header_flood[];
extern const struct script_step script_long_header[];
extern const struct script_step script_endless_100[];
extern const struct script_step script_long_status[];
extern const struct script_step script_bad_chunk[];
extern const struct script_step script_status_999[];
extern const struct script_step script_status_101[];

extern const struct script_step script_tls_garbage[];
extern const struct script_step script_tls_alert[];

#endif
