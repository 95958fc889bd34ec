/* Hints about a key that looks odd, but may be valid. */
#ifndef HOLYSHEEP_HINTS_H
#define HOLYSHEEP_HINTS_H

#include "model/key.h"

#include <stddef.h>

enum { HINTS_MAX = 3 };

/* Returns how many hints there are. They are static strings, and never quote
 * the key. */
size_t hints_collect(const struct key *key, const char *hints[HINTS_MAX]);

#endif
