/* Looks up names as applications do, with getaddrinfo(). That may block for any
 * time, so it runs in detached threads that are never joined.
 *
 * Each name is looked up once at a time, for all who ask, and the number of
 * threads is limited; further names are queued. All memory is allocated before
 * the first look-up, and freed when the last thread is done with it. */
#ifndef HOLYSHEEP_RESOLVER_H
#define HOLYSHEEP_RESOLVER_H

#include "base/clock.h"
#include "model/settings.h"

#include <stdbool.h>
#include <stddef.h>

enum {
  RESOLVER_THREADS = 64,
  RESOLVER_NAME_MAX = 256,
  RESOLVER_ADDRESSES_MAX = 1024,
  RESOLVER_DETAIL_MAX = 128,
};

struct resolver;
struct resolver_name; /* and the family of its addresses */

enum lookup_result {
  LOOKUP_UNDER_WAY,
  LOOKUP_FOUND,
  LOOKUP_FAILED,  /* there is no such name, or no answer */
  LOOKUP_INTERNAL /* this host lacks a thread, a file or memory */
};

/* A look-up for one request. */
struct lookup {
  struct resolver_name *name; /* NULL: none is under way */
  usec asked;
  unsigned awaited;
  enum lookup_result result;
  double seconds;                         /* how long it took */
  char addresses[RESOLVER_ADDRESSES_MAX]; /* as in CURLOPT_RESOLVE */
  char detail[RESOLVER_DETAIL_MAX];       /* of a failure */
};

/* `wake` is called from other threads whenever a look-up may be done, but not
 * after resolver_free() has returned. NULL without memory. */
struct resolver *resolver_new(void (*wake)(void *user), void *user);

/* Does not wait for threads. */
void resolver_free(struct resolver *resolver);

/* Registers a name before it is looked up. NULL: it is too long, or there is no
 * memory. */
struct resolver_name *resolver_add_name(struct resolver *resolver,
                                        const char *text,
                                        enum address_family family);

/* Starts a look-up, or uses addresses found within the last `max_age`. */
void resolver_start(struct resolver *resolver, struct resolver_name *name,
                    usec max_age, struct lookup *lookup);

/* Whether the look-up is done; then its result is filled in. */
bool resolver_poll(struct resolver *resolver, struct lookup *lookup);

/* Gives up a look-up, if one is under way. */
void resolver_cancel(struct resolver *resolver, struct lookup *lookup);

#endif
