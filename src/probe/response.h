/* Reads the response to one request as it arrives, whatever carries it: its
 * headers line by line, then its body; and says in the end what the probe
 * found. */
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
  const char **secret_values; /* the key as it was sent, then as it is now, */
  struct secrets secrets;     /* then the configured headers' values */
  char key[KEY_MAX];
  bool complete;  /* all that matters has come, though more may follow */
  bool too_large; /* more has come than may; whoever feeds it may say so too */
  struct headers headers;
  struct answer answer; /* last: it is large, and mostly left alone */
};

/* Allocates all that a response needs, so that none fails for it later; the
 * response has to be zeros. False without memory; response_free() is due then
 * as well. `max_headers` is the largest number of configured headers of a
 * relay. */
bool response_init(struct response *response, size_t max_headers);
void response_free(struct response *response);

/* Begins with the response to `request`, which has to outlive it. */
void response_open(struct response *response, const struct request *request);

/* Takes a whole line that came at `wall`, in Unix seconds: a status line, a
 * header, or the empty one. False: they are too large. */
bool response_header(struct response *response, const char *line, size_t length,
                     double wall);

/* Takes the next piece of the body, without the framing of chunks, which came
 * `now` seconds after the request began. False: no more of it is wanted. */
bool response_body(struct response *response, const char *data, size_t length,
                   double now);

/* What became of the request. `http` is what the wire gave; what the headers
 * said is added to it. */
void response_finish(struct response *response, struct http_result *http,
                     struct probe_result *result);

/* Gives up a response that has not ended. */
void response_cancel(struct response *response);

#endif
