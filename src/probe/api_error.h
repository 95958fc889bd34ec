/* The error that a relay reports, found wherever relays put it and classified
 * by its words as it arrives. */
#ifndef HOLYSHEEP_API_ERROR_H
#define HOLYSHEEP_API_ERROR_H

#include "base/json_value.h"
#include "base/text.h"
#include "probe/classify.h"

#include <stdbool.h>

struct json_reader;

struct api_error {
  const char *model;       /* the requested model, or NULL */
  bool present;            /* the answer itself says that it is an error */
  bool refuses_max_tokens; /* it asks for max_completion_tokens */
  int number;              /* a code that is an HTTP status; 0: none */
  findings found;          /* in all its words */
  unsigned text_count;     /* how many texts were searched */
  unsigned nesting;        /* current depth of documents within texts */
  char parameter[64];      /* the name of a member of the request; or empty */
  char code[48];           /* printable; empty if there is none */
  char message[160];       /* printable; the beginning of the first message */
};

/* The selectors of an error have identifiers below API_ERROR_SELECTORS; those
 * of a probe start there. Each path takes one of JSON_SELECTORS_MAX. */
enum { API_ERROR_SELECTORS = 16, API_ERROR_PATHS = 32 };

/* Adds the selectors of an error to `reader`. */
void api_error_select(struct json_reader *reader);

/* Reads a value that one of these selectors matched. The first code and message
 * are kept; the words of all of them count, up to a limit. */
void api_error_on_field(struct api_error *error, int id,
                        const struct json_value *value,
                        const struct secrets *secrets);

/* Reads text that is not JSON: a body, or an event named `error`. */
void api_error_on_text(struct api_error *error, const char *text, size_t length,
                       const struct secrets *secrets);

#endif
