/* What is odd about a key that may be good all the same. */
#ifndef HOLYSHEEP_HINTS_H
#define HOLYSHEEP_HINTS_H

#include "model/key.h"

#include <stddef.h>

enum { CHECK_HINTS_MAX = 3 };

/* How many there are; they live for ever and never quote the key. */
size_t check_hints(const struct key *key, const char *hints[CHECK_HINTS_MAX]);

#endif
