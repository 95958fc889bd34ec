/* What the finish_reason of a completion says. */
#ifndef HOLYSHEEP_FINISH_H
#define HOLYSHEEP_FINISH_H

#include <stdbool.h>
#include <stddef.h>

/* That the completion failed: `error`, `..._error`, `error_...`, and
 * DeepSeek's insufficient_system_resource. */
bool finish_is_failure(const char *reason, size_t length);

/* Why there may be no text though nothing failed: a limit, a filter, a tool. */
bool finish_explains_silence(const char *reason, size_t length);

#endif
