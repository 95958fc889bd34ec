/* Checks of a response with status 200 to a streaming request. */
#ifndef HOLYSHEEP_FUZZ_STREAM_CHECKS_H
#define HOLYSHEEP_FUZZ_STREAM_CHECKS_H

#include <stddef.h>
#include <stdint.h>

/* Reads it as the answer to a probe of this kind, a row of probe_kinds. Its
 * events are compared with those of a reference parser that follows the HTML
 * Standard. */
void stream_checks(unsigned kind, const uint8_t *data, size_t size);

#endif
