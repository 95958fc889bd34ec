/* The meaning of a completion's finish_reason. */
#ifndef HOLYSHEEP_FINISH_REASON_H
#define HOLYSHEEP_FINISH_REASON_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the completion failed: `error`, `..._error`, `error_...`, and
 * DeepSeek's insufficient_system_resource. */
bool finish_reason_is_failure(const char *reason, size_t length);

/* Whether a completion without text is still a success: a limit, a filter or a
 * tool call ended it. */
bool finish_reason_explains_empty(const char *reason, size_t length);

/* Whether the limit on the answer's tokens ended the completion. */
bool finish_reason_is_limit(const char *reason, size_t length);

#endif
