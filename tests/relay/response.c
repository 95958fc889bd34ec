#define _GNU_SOURCE 1
#include "response.h"

#include <inttypes.h>
#include <math.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

void response_init(struct response *response, uint64_t n) {
  *response = (struct response){.status = 200, .type = "application/json"};
  buffer_add_format(&response->request_id, "req-standin-%08" PRIu64, n);
}

void response_close(struct response *response) {
  buffer_close(&response->body);
  for (size_t i = 0; i < response->header_count; i++) {
    free(response->headers[i].name);
    buffer_close(&response->headers[i].value);
  }
  free(response->headers);
  buffer_close(&response->request_id);
  timed_body_clear(&response->timed_body);
}

struct buffer *response_header(struct response *response, const char *name) {
  for (size_t i = 0; i < response->header_count; i++) {
    struct response_header *header = &response->headers[i];
    if (strcasecmp(header->name, name) == 0) {
      header->value.size = 0;
      return &header->value;
    }
  }
  size_t count = response->header_count + 1;
  response->headers =
      xrealloc(response->headers, count * sizeof(*response->headers));
  struct response_header *header = &response->headers[count - 1];
  *header = (struct response_header){.name = xstrdup(name)};
  response->header_count = count;
  return &header->value;
}

static void add_string_or_null(struct buffer *out, const char *word) {
  if (word == NULL)
    buffer_add_text(out, "null");
  else
    buffer_add_json(out, word, strlen(word));
}

static const char *anthropic_type(unsigned status) {
  switch (status) {
  case 401:
    return "authentication_error";
  case 404:
    return "not_found_error";
  case 429:
    return "rate_limit_error";
  default:
    return "invalid_request_error";
  }
}

static void add_anthropic_error(struct buffer *body,
                                const struct api_error *error) {
  buffer_add_format(body,
                    "{\"type\":\"error\",\"error\":{\"type\":\"%s\","
                    "\"message\":",
                    anthropic_type(error->status));
  add_string_or_null(body, error->message);
  buffer_add_text(body, "},\"request_id\":\"req_standin\"}");
}

void response_set_error(struct response *response,
                        const struct api_error *error) {
  struct buffer *body = &response->body;
  response->status = error->status;
  body->size = 0;
  if (response->anthropic) {
    add_anthropic_error(body, error);
    return;
  }
  buffer_add_text(body, "{\"error\":{\"message\":");
  add_string_or_null(body, error->message);
  buffer_add_text(body, ",\"type\":");
  add_string_or_null(body, error->type);
  buffer_add_text(body, ",\"param\":");
  add_string_or_null(body, error->param);
  buffer_add_text(body, ",\"code\":");
  add_string_or_null(body, error->code);
  buffer_add_text(body, "}}");
}

/* Rounded up to seconds. */
static void add_date(struct buffer *out, const char *format, double expires) {
  char text[sizeof("Thu, 01 Jan 1970 00:00:00 GMT")];
  const time_t seconds = (time_t)ceil(expires);
  struct tm utc;
  gmtime_r(&seconds, &utc);
  strftime(text, sizeof(text), format, &utc);
  buffer_add_text(out, text);
}

/* Appends the value of the placeholder at the start of the text. Returns the
 * placeholder's length, or 0 if there is none. */
static size_t expand_placeholder(struct buffer *out, const char *text,
                                 const struct fault_context *context) {
  if (strncmp(text, "$KEY", 4) == 0) {
    buffer_add_text(out, context->key == NULL ? "" : context->key);
    return 4;
  }
  if (strncmp(text, "$CONTROL", 8) == 0) {
    buffer_add_text(out, context->control);
    return 8;
  }
  if (strncmp(text, "$RETRY", 6) == 0) {
    buffer_add_format(out, "%u", (context->ms + 999) / 1000);
    return 6;
  }
  if (strncmp(text, "$RFC3339", 8) == 0) {
    add_date(out, "%Y-%m-%dT%H:%M:%SZ", context->time + context->ms / 1e3);
    return 8;
  }
  if (strncmp(text, "$DATE", 5) == 0) {
    add_date(out, "%a, %d %b %Y %H:%M:%S GMT",
             context->time + context->ms / 1e3);
    return 5;
  }
  return 0;
}

static void expand(struct buffer *out, const char *text,
                   const struct fault_context *context) {
  out->size = 0;
  while (*text != '\0') {
    size_t plain = strcspn(text, "$");
    buffer_add(out, text, plain);
    text += plain;
    if (*text == '\0')
      return;
    size_t length = expand_placeholder(out, text, context);
    if (length == 0)
      buffer_add(out, text++, 1);
    text += length;
  }
}

static void add_filler(struct buffer *out, const struct filler *filler) {
  buffer_add_text(out, filler->before);
  buffer_add_repeated(out, filler->unit, filler->count);
  buffer_add_text(out, filler->middle);
  buffer_add_repeated(out, filler->closing_unit, filler->count);
  buffer_add_text(out, filler->after);
}

/* Turns {"a":1} into {filler,"a":1}. In a stream, the first object. */
static void insert_filler(struct buffer *body, const struct filler *filler) {
  const char *brace = memchr(body->data, '{', body->size);
  size_t before = brace == NULL ? 0 : (size_t)(brace - body->data) + 1;
  struct buffer padded = {0};
  buffer_add(&padded, body->data, before);
  add_filler(&padded, filler);
  buffer_add_text(&padded, ",");
  buffer_add(&padded, body->data + before, body->size - before);
  buffer_close(body);
  *body = padded;
}

static bool replaces_body(const struct fault *fault) {
  return fault->halves_body || fault->filler.count > 0 || fault->body != NULL;
}

static void replace_body(struct buffer *body, const struct fault *fault,
                         const struct fault_context *context) {
  if (fault->halves_body) {
    body->size /= 2;
  } else if (fault->filler_is_member) {
    insert_filler(body, &fault->filler);
  } else if (fault->filler.count > 0) {
    body->size = 0;
    add_filler(body, &fault->filler);
  } else if (fault->body_size > 0) {
    body->size = 0;
    buffer_add(body, fault->body, fault->body_size);
  } else {
    expand(body, fault->body, context);
  }
}

void response_apply_fault(struct response *response, const struct fault *fault,
                          const struct fault_context *context) {
  if (fault->status != 0)
    response->status = fault->status;
  if (fault->type != NULL)
    response->type = fault->type;
  for (const struct header *header = fault->headers; header->name != NULL;
       header++)
    expand(response_header(response, header->name), header->value, context);
  if (fault->request_id != NULL)
    expand(&response->request_id, fault->request_id, context);
  if (!replaces_body(fault))
    return;
  timed_body_clear(&response->timed_body);
  replace_body(&response->body, fault, context);
}

bool fault_needs_response(const struct fault *fault) {
  if (fault->script != NULL)
    return script_needs_response(fault->script);
  return fault->body == NULL &&
         (fault->filler.count == 0 || fault->filler_is_member);
}

void response_write_head(const struct response *response, struct buffer *out) {
  buffer_add_format(out,
                    "HTTP/1.1 %u %s\r\nContent-Type: %s\r\n"
                    "Content-Length: %zu\r\nConnection: close\r\n",
                    response->status,
                    MHD_get_reason_phrase_for(response->status), response->type,
                    response->body.size);
  buffer_add_text(out, "x-request-id: ");
  buffer_add(out, response->request_id.data, response->request_id.size);
  for (size_t i = 0; i < response->header_count; i++) {
    const struct response_header *header = &response->headers[i];
    buffer_add_format(out, "\r\n%s: ", header->name);
    buffer_add(out, header->value.data, header->value.size);
  }
  buffer_add_text(out, "\r\n\r\n");
}
