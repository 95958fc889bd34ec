/* An HTTP response under construction. */
#ifndef RELAY_RESPONSE_H
#define RELAY_RESPONSE_H

#include "buffer.h"
#include "faults.h"
#include "timed_body.h"

#include <stddef.h>
#include <stdint.h>

struct response_header {
  char *name;
  struct buffer value;
};

struct response {
  unsigned status;
  const char *type; /* Content-Type */
  struct buffer body;
  struct response_header *headers; /* besides Content-Type and x-request-id */
  size_t header_count;
  struct buffer request_id;
  bool anthropic;               /* errors have Anthropic's format */
  struct timed_body timed_body; /* used if the body is sent in timed chunks */
};

/* Values for the placeholders in a fault's texts. */
struct fault_context {
  const char *key;     /* as received, or NULL */
  const char *control; /* http://127.0.0.1:PORT */
  unsigned ms;
  double time; /* seconds since the epoch */
};

/* An empty JSON response with status 200 and an x-request-id made from n. */
void response_init(struct response *response, uint64_t n);
void response_close(struct response *response);

/* Returns the emptied value of a header. It is valid until the next call. */
struct buffer *response_header(struct response *response, const char *name);

/* An error in OpenAI's format, or with a type by status in Anthropic's. The
 * strings may be NULL. */
struct api_error {
  unsigned status;
  const char *message;
  const char *type;
  const char *param;
  const char *code;
};

void response_set_error(struct response *response,
                        const struct api_error *error);

/* Changes the normal response as the fault requires. */
void response_apply_fault(struct response *response, const struct fault *fault,
                          const struct fault_context *context);

/* Whether the fault modifies the normal response (or else has its own). */
bool fault_needs_response(const struct fault *fault);

/* Appends the status line and headers, for a connection that is then closed. */
void response_write_head(const struct response *response, struct buffer *out);

#endif
