/* Reads the response to a request as it arrives, independent of the transport:
 * its headers line by line, then its body. At the end it makes the probe
 * result. */
#ifndef HOLYSHEEP_RESPONSE_H
#define HOLYSHEEP_RESPONSE_H

#include "base/text.h"
#include "model/key.h"
#include "model/request.h"
#include "probe/answer.h"
#include "probe/headers.h"

#include <stdbool.h>
#include <stddef.h>

struct response {
  const char **secret_values; /* the key that was sent, the current key, */
  struct secrets secrets;     /* and the values of the configured headers */
  char key[KEY_MAX];
  bool complete;  /* everything that matters has arrived */
  bool too_large; /* may be set by the transport, too */
  struct headers headers;
  struct answer answer; /* last, because it is large and need not be cleared */
};

/* Allocates everything that a response needs, so that none can fail later. The
 * response must be all zero. `max_headers` is the largest number of configured
 * headers of any relay. False if out of memory; call response_free() even
 * then. */
bool response_init(struct response *response, size_t max_headers);
void response_free(struct response *response);

/* Starts reading the response to `request`, which must outlive it. */
void response_open(struct response *response, const struct request *request);

/* Reads a whole line that was received at `wall` (Unix seconds): a status line,
 * a header, or the empty line. False: the headers are too large. */
bool response_header(struct response *response, const char *line, size_t length,
                     double wall);

/* Reads the next piece of the body, already de-chunked, received `now` seconds
 * after the request's start. False: the rest is not needed. */
bool response_body(struct response *response, const char *data, size_t length,
                   double now);

/* Whether a stream's first token has a timeout of its own, and has not come.
 * Comments, pings and events without text are no tokens. */
bool response_awaits_token(const struct response *response);

/* What to say of that timeout. */
void response_silence_text(const struct response *response, char *text,
                           size_t size);

/* Makes the result. `http` is the transport's; the headers' values are added to
 * it. */
void response_finish(struct response *response, struct http_result *http,
                     struct probe_result *result);

/* Discards a response that has not ended. */
void response_cancel(struct response *response);

#endif
