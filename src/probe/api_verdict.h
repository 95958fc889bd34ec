/* The cause of an error: by its words where they decide, else by the HTTP
 * status. */
#ifndef HOLYSHEEP_API_VERDICT_H
#define HOLYSHEEP_API_VERDICT_H

#include "model/cause.h"
#include "probe/api_error.h"

#include <stdbool.h>

/* What kind of body the answer has. */
enum api_body { API_BODY_EMPTY, API_BODY_HTML, API_BODY_TEXT, API_BODY_JSON };

struct api_verdict {
  enum cause cause;
  enum fault fault;
  const char *advice; /* more specific than the cause's, or NULL */
};

/* The verdict on an answer that is not a success. */
struct api_verdict api_verdict_of(const struct api_error *error,
                                  int http_status, enum api_body body);

/* Whether the words of a 2xx answer determine its cause, although it does not
 * say that it is an error. Only for answers that are not as expected. */
bool api_verdict_is_conclusive(const struct api_error *error);

#endif
