/* The error object that OpenAI-compatible relays send, read for its cause:
 * {"error":{"message","type","code"}}, {"error":"text"}, and the bare
 * {"code","message"} or {"detail"} of some. */
#ifndef HOLYSHEEP_API_ERROR_H
#define HOLYSHEEP_API_ERROR_H

#include "cause.h"
#include "json.h"
#include "text.h"

#include <stdbool.h>
#include <stdint.h>

struct api_error {
  bool present;            /* there is a member `error`, and it is not null */
  uint64_t words;          /* which rows of the table of words were met */
  bool refuses_max_tokens; /* it asks for max_completion_tokens */
  int number;              /* a code that is a number, 0 without */
  char code[48];           /* fit for a log line, empty when there is none */
  char message[160];       /* likewise; the first words of it */
};

/* The places of the error object come with identifiers of 0 and above; those
 * of a probe begin at API_ERROR_WANTS. */
enum { API_ERROR_WANTS = 8 };

void api_error_want(struct json_reader *reader);

/* Takes a value at one of these places. The first of each kind counts. */
void api_error_take(struct api_error *error, int id,
                    const struct json_value *value,
                    const struct secrets *secrets);

/* What an answer means that is not a success: by its status and the words of
 * its error. `html` says that the body is a page, not the API's own. */
enum cause api_error_cause(const struct api_error *error, int http_status,
                           bool html);

/* What helps against an error of ours, where its words tell; else NULL. */
const char *api_error_advice(const struct api_error *error);

#endif
