/* Durations as relays write them in headers. */
#ifndef HOLYSHEEP_DURATION_H
#define HOLYSHEEP_DURATION_H

#include <stdbool.h>
#include <stddef.h>

#define DURATION_MAX (366 * 86400) /* seconds; anything longer is refused */

/* Parses `1s`, `6m0s`, `1h2m3.5s`, `12ms`, `2d` or a plain number of seconds,
 * from 0 to DURATION_MAX. */
bool duration_parse(const char *text, size_t length, double *seconds);

#endif
