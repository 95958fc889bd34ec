/* The body of a POST /chat/completions. */
#ifndef HOLYSHEEP_CHAT_REQUEST_H
#define HOLYSHEEP_CHAT_REQUEST_H

#include "model/settings.h"

#include <stddef.h>
#include <time.h>

/* Writes the request of this moment, and its end, to `text`; with NULL it is
 * only measured. Returns its length: always the same for a probe. */
size_t chat_request(const struct probe_settings *probe, time_t now, char *text);

#endif
