/* Whether libcurl or OpenSSL ran out of memory. Their error codes do not say:
 * some blame the peer, and the one for lack of memory has other meanings. */
#ifndef HOLYSHEEP_MEMORY_H
#define HOLYSHEEP_MEMORY_H

#include <stdbool.h>

/* Replaces curl_global_init(). False: libcurl cannot be used. If another plugin
 * has used one of the libraries before, failures in it go unnoticed. */
bool memory_init(void);

/* Starts over, in this thread. */
void memory_reset(void);

/* Whether an allocation of theirs has failed since. */
bool memory_ran_out(void);

/* Notes whether an allocation failed, and returns the block. */
void *memory_noted(void *block);

#endif
