/* Checks of results: a response body is parsed whole and in chunks. */
#ifndef HOLYSHEEP_FUZZ_ANSWER_CHECKS_H
#define HOLYSHEEP_FUZZ_ANSWER_CHECKS_H

#include "model/probe_result.h"

#include <stddef.h>
#include <stdint.h>

enum { ANSWER_CHECKS_BODY_MAX = 64 * 1024 }; /* longer bodies are skipped */

/* Parses the body as the response to each kind of probe, with this status. The
 * result must be well-formed, and the same however the body is split. */
void answer_checks_body(const uint8_t *body, size_t size, int http_status);

/* The same with status 200 for a kind alone, a row of probe_kinds: a stream if
 * it has them. The transfer ended with this transport error, if it is not
 * CAUSE_OK. The size must not exceed ANSWER_CHECKS_BODY_MAX. */
void answer_checks_kind(unsigned kind, const uint8_t *body, size_t size,
                        enum cause transport_error,
                        struct probe_result *result);

bool answer_checks_is_json(const uint8_t *body, size_t size);

#endif
