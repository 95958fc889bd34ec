/* The body of a POST /chat/completions. */
#ifndef HOLYSHEEP_CHAT_REQUEST_H
#define HOLYSHEEP_CHAT_REQUEST_H

#include "model/probe_settings.h"

#include <stddef.h>
#include <time.h>

/* Writes the request as of `now`, terminated, to `text`; if that is NULL, only
 * measures it. Returns its length, which is always the same for a probe. */
size_t chat_request_format(const struct probe_settings *probe, time_t now,
                           char *text);

#endif
