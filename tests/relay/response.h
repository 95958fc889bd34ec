/* A whole HTTP answer, before it is given to a connection. */
#ifndef RELAY_RESPONSE_H
#define RELAY_RESPONSE_H

#include "buffer.h"
#include "faults.h"
#include "timed_body.h"

#include <stddef.h>
#include <stdint.h>

struct answer_header {
  char *name;
  struct buffer value;
};

struct answer {
  unsigned status;
  const char *type; /* Content-Type */
  struct buffer body;
  struct answer_header *headers; /* further ones */
  size_t header_count;
  struct buffer request_id;
  struct pieces pieces; /* of the body, where it leaves in pieces */
};

/* What a fault's texts may name. */
struct fault_context {
  const char *key;     /* as it came, or NULL */
  const char *control; /* http://127.0.0.1:PORT */
  unsigned ms;
  double time; /* seconds since the epoch */
};

/* An empty 200 of JSON, its x-request-id made from n. */
void answer_open(struct answer *answer, uint64_t n);
void answer_close(struct answer *answer);

/* The value of a header, empty, to be written before the next is asked for. */
struct buffer *answer_header(struct answer *answer, const char *name);

/* OpenAI's. The words may be NULL. */
struct api_error {
  unsigned status;
  const char *message;
  const char *type;
  const char *param;
  const char *code;
};

void answer_set_error(struct answer *answer, const struct api_error *error);

/* Turns the answer that would be due into the fault's. */
void answer_spoil(struct answer *answer, const struct fault *fault,
                  const struct fault_context *context);

/* Whether the fault spoils the answer that would be due, in place of bringing
 * one of its own. */
bool fault_needs_answer(const struct fault *fault);

/* The head as it goes over the wire, for a connection that is then closed. */
void answer_write_head(const struct answer *answer, struct buffer *out);

#endif
