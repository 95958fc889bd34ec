/* The error that a relay reports: found wherever relays put it, and read for
 * its cause by its words first and by the status where they do not tell. */
#ifndef HOLYSHEEP_API_ERROR_H
#define HOLYSHEEP_API_ERROR_H

#include "base/json.h"
#include "base/text.h"
#include "model/cause.h"
#include "probe/classify.h"

#include <stdbool.h>

struct api_error {
  const char *model;       /* the one that was asked for, or NULL */
  bool present;            /* the answer says itself that it is an error */
  bool refuses_max_tokens; /* it asks for max_completion_tokens */
  int number;              /* a code that is an HTTP status, 0 without */
  findings found;          /* by all its words */
  unsigned texts;          /* how many of them were read */
  unsigned nesting;        /* documents within texts, at the moment */
  char code[48];           /* fit for a log line, empty when there is none */
  char message[160];       /* likewise; the first words of it */
};

/* The places of an error come with identifiers of 0 and above; those of a
 * probe begin at API_ERROR_SELECTORS. */
enum { API_ERROR_SELECTORS = 16 };

void api_error_select(struct json_reader *reader);

/* Takes a value at one of these places. The first code and message are kept;
 * all words count, up to a bound. */
void api_error_on_field(struct api_error *error, int id,
                        const struct json_value *value,
                        const struct secrets *secrets);

/* Takes text that is not JSON: of a body, or of an event named `error`. */
void api_error_on_text(struct api_error *error, const char *text, size_t length,
                       const struct secrets *secrets);

/* What the body of the answer is. */
enum api_body { API_BODY_NONE, API_BODY_PAGE, API_BODY_TEXT, API_BODY_JSON };

struct api_verdict {
  enum cause cause;
  enum fault fault;
  const char *advice; /* a better one than the cause's, or NULL */
};

/* What an answer means that is not a success. */
struct api_verdict api_error_verdict(const struct api_error *error,
                                     int http_status, enum api_body body);

/* Whether a 2xx, which is not what it should be and does not say that it is an
 * error, tells by its words what is wrong. */
bool api_error_tells(const struct api_error *error);

#endif
