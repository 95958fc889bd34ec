#define _GNU_SOURCE 1
#include "response.h"

#include <inttypes.h>
#include <math.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

void answer_open(struct answer *answer, uint64_t n) {
  *answer = (struct answer){.status = 200, .type = "application/json"};
  buffer_add_format(&answer->request_id, "req-standin-%08" PRIu64, n);
}

void answer_close(struct answer *answer) {
  buffer_close(&answer->body);
  for (size_t i = 0; i < answer->header_count; i++) {
    free(answer->headers[i].name);
    buffer_close(&answer->headers[i].value);
  }
  free(answer->headers);
  buffer_close(&answer->request_id);
  pieces_close(&answer->pieces);
}

struct buffer *answer_header(struct answer *answer, const char *name) {
  for (size_t i = 0; i < answer->header_count; i++) {
    struct answer_header *header = &answer->headers[i];
    if (strcasecmp(header->name, name) == 0) {
      header->value.size = 0;
      return &header->value;
    }
  }
  size_t count = answer->header_count + 1;
  answer->headers =
      relay_reallocate(answer->headers, count * sizeof(*answer->headers));
  struct answer_header *header = &answer->headers[count - 1];
  *header = (struct answer_header){.name = text_copy(name)};
  answer->header_count = count;
  return &header->value;
}

static void add_word(struct buffer *out, const char *word) {
  if (word == NULL)
    buffer_add_text(out, "null");
  else
    buffer_add_json(out, word, strlen(word));
}

void answer_set_error(struct answer *answer, const struct api_error *error) {
  struct buffer *body = &answer->body;
  answer->status = error->status;
  body->size = 0;
  buffer_add_text(body, "{\"error\":{\"message\":");
  add_word(body, error->message);
  buffer_add_text(body, ",\"type\":");
  add_word(body, error->type);
  buffer_add_text(body, ",\"param\":");
  add_word(body, error->param);
  buffer_add_text(body, ",\"code\":");
  add_word(body, error->code);
  buffer_add_text(body, "}}");
}

/* As HTTP has it, rounded up. */
static void add_date(struct buffer *out, double at) {
  char text[sizeof("Thu, 01 Jan 1970 00:00:00 GMT")];
  const time_t seconds = (time_t)ceil(at);
  struct tm utc;
  gmtime_r(&seconds, &utc);
  strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &utc);
  buffer_add_text(out, text);
}

/* Adds the value of the placeholder that the text begins with. Its length, or
 * 0 if there is none. */
static size_t expand_one(struct buffer *out, const char *text,
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
  if (strncmp(text, "$DATE", 5) == 0) {
    add_date(out, context->time + context->ms / 1e3);
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
    size_t length = expand_one(out, text, context);
    if (length == 0)
      buffer_add(out, text++, 1);
    text += length;
  }
}

static void add_filler(struct buffer *out, const struct filler *filler) {
  buffer_add_text(out, filler->before);
  buffer_add_repeated(out, filler->unit, filler->count);
  buffer_add_text(out, filler->middle);
  buffer_add_repeated(out, filler->closing, filler->count);
  buffer_add_text(out, filler->after);
}

/* {"a":1} becomes {filler,"a":1}; in a stream, its first object. */
static void insert_filler(struct buffer *body, const struct filler *filler) {
  const char *brace = memchr(body->data, '{', body->size);
  size_t before = brace == NULL ? 0 : (size_t)(brace - body->data) + 1;
  struct buffer spoilt = {0};
  buffer_add(&spoilt, body->data, before);
  add_filler(&spoilt, filler);
  buffer_add_text(&spoilt, ",");
  buffer_add(&spoilt, body->data + before, body->size - before);
  buffer_close(body);
  *body = spoilt;
}

static bool spoils_body(const struct fault *fault) {
  return fault->cut || fault->filler.count > 0 || fault->body != NULL;
}

static void spoil_body(struct buffer *body, const struct fault *fault,
                       const struct fault_context *context) {
  if (fault->cut) {
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

void answer_spoil(struct answer *answer, const struct fault *fault,
                  const struct fault_context *context) {
  if (fault->status != 0)
    answer->status = fault->status;
  if (fault->type != NULL)
    answer->type = fault->type;
  for (const struct header *header = fault->headers; header->name != NULL;
       header++)
    expand(answer_header(answer, header->name), header->value, context);
  if (fault->request_id != NULL)
    expand(&answer->request_id, fault->request_id, context);
  if (!spoils_body(fault))
    return;
  pieces_close(&answer->pieces);
  spoil_body(&answer->body, fault, context);
}

bool fault_needs_answer(const struct fault *fault) {
  if (fault->script != NULL)
    return script_needs_answer(fault->script);
  return fault->body == NULL &&
         (fault->filler.count == 0 || fault->filler_is_member);
}

void answer_write_head(const struct answer *answer, struct buffer *out) {
  buffer_add_format(out,
                    "HTTP/1.1 %u %s\r\nContent-Type: %s\r\n"
                    "Content-Length: %zu\r\nConnection: close\r\n",
                    answer->status, MHD_get_reason_phrase_for(answer->status),
                    answer->type, answer->body.size);
  buffer_add_text(out, "x-request-id: ");
  buffer_add(out, answer->request_id.data, answer->request_id.size);
  for (size_t i = 0; i < answer->header_count; i++) {
    const struct answer_header *header = &answer->headers[i];
    buffer_add_format(out, "\r\n%s: ", header->name);
    buffer_add(out, header->value.data, header->value.size);
  }
  buffer_add_text(out, "\r\n\r\n");
}
