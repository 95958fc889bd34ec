#include "probe/response.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECRET_MIN = 4 }; /* bytes of a header's value */

bool response_init(struct response *response, size_t max_headers) {
  response->secret_values =
      calloc(max_headers + 2, sizeof *response->secret_values);
  return response->secret_values != NULL;
}

void response_free(struct response *response) {
  free(response->secret_values);
  response->secret_values = NULL;
  memset(response->key, 0, sizeof response->key);
}

/* The key may have been replaced by the time the response quotes this one. */
static void collect_secrets(struct response *response,
                            const struct request *request) {
  const struct relay_settings *relay = request->relay;
  size_t count = 0;
  strncpy(response->key, request->key, sizeof response->key - 1);
  response->secret_values[count++] = response->key;
  response->secret_values[count++] = request->key;
  for (size_t i = 0; i < relay->header_count; i++) {
    const char *value = header_value(relay->headers[i]);
    if (strlen(value) >=
        SECRET_MIN) /* a version number, say, is in every text */
      response->secret_values[count++] = value;
  }
  response->secrets = (struct secrets){response->secret_values, count};
}

void response_open(struct response *response, const struct request *request) {
  response->complete = response->too_large = false;
  collect_secrets(response, request);
  headers_open(&response->headers, &response->secrets);
  answer_open(&response->answer, request->probe, request->previous,
              &response->secrets);
  answer_expect(&response->answer, request->expected);
}

bool response_header(struct response *response, const char *line, size_t length,
                     double wall) {
  answer_header(&response->answer, line, length);
  return headers_feed(&response->headers, line, length, wall);
}

/* A body with a coding that was not requested is not read at all. After the end
 * of a stream, the connection may stay open forever. */
bool response_body(struct response *response, const char *data, size_t length,
                   double now) {
  if (response->headers.encoded) {
    response->complete = true;
    return false;
  }
  bool more = answer_feed(&response->answer, data, length, now);
  response->complete = response->answer.body.done;
  return more;
}

bool response_awaits_token(const struct response *response) {
  const struct answer *answer = &response->answer;
  return answer->probe->first_token_timeout > 0 &&
         !answer->completion.has_token;
}

void response_silence_text(const struct response *response, char *text,
                           size_t size) {
  snprintf(text, size, "no token within %g s",
           seconds_of(response->answer.probe->first_token_timeout));
}

void response_finish(struct response *response, struct http_result *http,
                     struct probe_result *result) {
  const struct headers *headers = &response->headers;
  http->encoded = headers->encoded;
  http->retry_after = headers->retry_after;
  memcpy(http->ratelimit, headers->ratelimit, sizeof http->ratelimit);
  memcpy(http->request_id, headers->request_id, sizeof http->request_id);
  if (response->too_large || headers->too_large)
    response->answer.too_large = true;
  answer_close(&response->answer, http, result);
}

void response_cancel(struct response *response) {
  struct http_result http;
  struct probe_result unused;
  http_result_init(&http);
  answer_close(&response->answer, &http, &unused);
}
