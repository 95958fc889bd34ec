/* An answer's body, read in one piece and in many. */
#ifndef HOLYSHEEP_FUZZ_ANSWERS_H
#define HOLYSHEEP_FUZZ_ANSWERS_H

#include "model/probe_result.h"

#include <stddef.h>
#include <stdint.h>

enum { ANSWERS_BODY_MAX = 64 * 1024 }; /* longer ones are left alone */

/* Reads the body as the answer of each probe with this status. What comes out
 * has to be well-formed, and the same however the body was cut. */
void answers_check(const uint8_t *body, size_t size, int http_status);

/* The same of a 200 that was to be a stream, and that broke off so (CAUSE_OK:
 * it did not); it must not be longer than ANSWERS_BODY_MAX. */
void answers_check_stream(const uint8_t *body, size_t size,
                          enum cause transport_error,
                          struct probe_result *result);

bool answers_is_json(const uint8_t *body, size_t size);

#endif
