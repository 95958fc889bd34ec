/* Whether libcurl or OpenSSL ran out of memory. Their codes do not tell: some
 * blame the other end, and the one for a want of memory has other reasons. */
#ifndef HOLYSHEEP_MEMORY_H
#define HOLYSHEEP_MEMORY_H

#include <stdbool.h>

/* In place of curl_global_init(). False: libcurl cannot be used. Where another
 * plugin has used one of the libraries before, nothing is told of it. */
bool memory_init(void);

/* From now on, in this thread. */
void memory_watch(void);

/* Whether an allocation of theirs has failed since. */
bool memory_ran_out(void);

/* Takes note of what an allocation gave. */
void *memory_noted(void *block);

#endif
