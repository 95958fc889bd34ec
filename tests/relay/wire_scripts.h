/* What is done to a connection byte by byte, where a proper HTTP server would
 * not do it. */
#ifndef RELAY_WIRE_SCRIPTS_H
#define RELAY_WIRE_SCRIPTS_H

#include <stdbool.h>
#include <stddef.h>

enum step_kind {
  STEP_END,         /* close the connection */
  STEP_RESET,       /* with a RST */
  STEP_ALERT,       /* of TLS: a certificate is required */
  STEP_HOLD,        /* nothing more, until the client leaves */
  STEP_SEND,        /* data */
  STEP_REPEAT,      /* data, for as long as the client takes it */
  STEP_HEAD,        /* the head of the answer that would be due */
  STEP_FIRST_HALF,  /* of that answer's body */
  STEP_SECOND_HALF, /* of that answer's body */
  STEP_BODY,        /* that answer's body */
  STEP_DRIP,        /* that answer's body, byte by byte, a pause after each */
  STEP_PAUSE,       /* as long as the fault's ms says */
  STEP_BREATH,      /* until what was sent has certainly arrived */
  STEP_READ,        /* wait until the client has sent something */
};

struct step {
  enum step_kind kind;
  const char *data;
  size_t size;
};

/* Whether the script sends some of the answer that would be due. */
bool script_needs_answer(const struct step *script);

extern const struct step script_pause[];

extern const struct step script_hang[];
extern const struct step script_hang_after_headers[];
extern const struct step script_slow_body[];
extern const struct step script_drip[];
extern const struct step script_endless_body[];
extern const struct step script_endless_space[];
extern const struct step script_gzip_bomb[];
extern const struct step script_transfer_gzip_bomb[];

extern const struct step script_reset[];
extern const struct step script_close_early[];
extern const struct step script_truncated[];
extern const struct step script_reset_in_body[];
extern const struct step script_not_http[];
extern const struct step script_http09[];
extern const struct step script_header_flood[];
extern const struct step script_long_header[];
extern const struct step script_endless_100[];
extern const struct step script_long_status[];
extern const struct step script_bad_chunk[];
extern const struct step script_status_999[];
extern const struct step script_status_101[];

extern const struct step script_tls_garbage[];
extern const struct step script_tls_alert[];

#endif
