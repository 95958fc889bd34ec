#include "wire_scripts.h"

#define SEND(text)                                                             \
  { STEP_SEND, text, sizeof(text) - 1 }
#define REPEAT(text)                                                           \
  { STEP_REPEAT, text, sizeof(text) - 1 }
#define STEP(kind)                                                             \
  { kind, NULL, 0 }

#define JSON_HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

#define GZIP_HEADER "\037\213\010\000\000\000\000\000\002\003"
/* 64 KiB of spaces, compressed independently (Z_FULL_FLUSH), so that the block
 * may be repeated any number of times. */
#define DEFLATED_SPACES                                                        \
  "\354\301\201\000\000\000\000\200\040\225\375\051\027\251\012"               \
  "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"   \
  "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"   \
  "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"   \
  "\000\000\000\000\000\000\000\000\000\152\000\000\000\377\377"

_Static_assert(sizeof(GZIP_HEADER) - 1 == 0x0a, "as its chunk says");
_Static_assert(sizeof(DEFLATED_SPACES) - 1 == 0x54, "as its chunk says");

const struct script_step script_delay[] = {STEP(STEP_PAUSE), STEP(STEP_END)};

const struct script_step script_hang[] = {STEP(STEP_HANG)};

const struct script_step script_hang_after_headers[] = {
    SEND(JSON_HEAD "Content-Length: 100\r\n\r\n"), STEP(STEP_HANG)};

const struct script_step script_slow_body[] = {
    STEP(STEP_HEAD), STEP(STEP_FIRST_HALF), STEP(STEP_PAUSE),
    STEP(STEP_SECOND_HALF), STEP(STEP_END)};

const struct script_step script_drip[] = {STEP(STEP_HEAD), STEP(STEP_DRIP),
                                          STEP(STEP_END)};

const struct script_step script_endless_body[] = {
    SEND(JSON_HEAD "Connection: close\r\n\r\n"
                   "{\"object\":\"list\",\"data\":["),
    REPEAT("{\"id\":\"gpt-4o-mini\",\"object\":\"model\"},")};

const struct script_step script_endless_space[] = {
    SEND(JSON_HEAD "Connection: close\r\n\r\n"),
    REPEAT("                                ")};

const struct script_step script_gzip_bomb[] = {
    SEND(JSON_HEAD "Content-Encoding: gzip\r\n"
                   "Connection: close\r\n\r\n" GZIP_HEADER),
    REPEAT(DEFLATED_SPACES)};

const struct script_step script_transfer_gzip_bomb[] = {
    SEND(JSON_HEAD "Transfer-Encoding: gzip, chunked\r\n\r\n"
                   "a\r\n" GZIP_HEADER "\r\n"),
    REPEAT("54\r\n" DEFLATED_SPACES "\r\n")};

const struct script_step script_reset[] = {STEP(STEP_RESET)};

const struct script_step script_close_early[] = {STEP(STEP_END)};

const struct script_step script_truncated[] = {
    STEP(STEP_HEAD), STEP(STEP_FIRST_HALF), STEP(STEP_END)};

const struct script_step script_reset_in_body[] = {
    STEP(STEP_HEAD), STEP(STEP_FIRST_HALF), STEP(STEP_SETTLE),
    STEP(STEP_RESET)};

const struct script_step script_not_http[] = {
    SEND("\000\001SSH-2.0-not_http\r\n\377\376\r\n\r\n"), STEP(STEP_END)};

const struct script_step script_http09[] = {STEP(STEP_BODY), STEP(STEP_END)};

const struct script_step script_header_flood[] = {
    SEND(JSON_HEAD), REPEAT("x-filler: another line of the same header\r\n")};

const struct script_step script_long_header[] = {
    SEND(JSON_HEAD "x-filler: "), REPEAT("one line that never ends ")};

const struct script_step script_endless_100[] = {
    REPEAT("HTTP/1.1 100 Continue\r\n\r\n")};

const struct script_step script_long_status[] = {
    SEND("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 "),
    REPEAT("and a reason that never ends ")};

const struct script_step script_bad_chunk[] = {
    SEND(JSON_HEAD "Transfer-Encoding: chunked\r\n\r\n"
                   "2\r\n{\"\r\nnot hexadecimal\r\n"),
    STEP(STEP_END)};

const struct script_step script_status_999[] = {
    SEND("HTTP/1.1 999 Request Denied\r\nContent-Type: application/json\r\n"
         "Content-Length: 2\r\nConnection: close\r\n\r\n{}"),
    STEP(STEP_END)};

const struct script_step script_status_101[] = {
    SEND("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
         "Connection: Upgrade\r\n\r\n\201\005hello"),
    STEP(STEP_END)};

const struct script_step script_tls_garbage[] = {
    STEP(STEP_READ), SEND("this is not a TLS record, whatever it is\r\n"),
    STEP(STEP_END)};

const struct script_step script_tls_alert[] = {STEP(STEP_TLS_ALERT),
                                               STEP(STEP_END)};

bool script_needs_response(const struct script_step *script) {
  for (const struct script_step *step = script;; step++) {
    switch (step->kind) {
    case STEP_HEAD:
    case STEP_FIRST_HALF:
    case STEP_SECOND_HALF:
    case STEP_BODY:
    case STEP_DRIP:
      return true;
    case STEP_END:
    case STEP_RESET:
    case STEP_HANG:
    case STEP_REPEAT:
      return false;
    default:
      break;
    }
  }
}
