/* Durations as relays write them into headers. */
#ifndef HOLYSHEEP_DURATION_H
#define HOLYSHEEP_DURATION_H

#include <stdbool.h>
#include <stddef.h>

#define DURATION_MAX (366 * 86400) /* seconds; more is none */

/* `1s`, `6m0s`, `1h2m3.5s`, `12ms`, `2d` or plain seconds, from 0 to
 * DURATION_MAX; nothing else. */
bool duration_read(const char *text, size_t length, double *seconds);

#endif
