/* Looks up names as applications do, by getaddrinfo(), which may take any time
 * it likes: in threads of their own, which nobody waits for.
 *
 * There is one look-up at a time for each name, which all who ask join, and a
 * bounded number of threads; a name that finds none free waits for one. All
 * memory is there before the first question, and stays until the last thread
 * has let go of it. */
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
struct resolver_name; /* with the family that its addresses are to have */

enum lookup_result {
  LOOKUP_UNDER_WAY,
  LOOKUP_FOUND,
  LOOKUP_FAILED,  /* there is no such name, or nobody who knows */
  LOOKUP_INTERNAL /* this host has no thread, file or memory for it */
};

/* A question to a name, and its answer. */
struct lookup {
  struct resolver_name *name; /* NULL: nothing is asked */
  usec asked;
  unsigned awaited;
  enum lookup_result result;
  double seconds;                         /* until it was answered */
  char addresses[RESOLVER_ADDRESSES_MAX]; /* as CURLOPT_RESOLVE has them */
  char detail[RESOLVER_DETAIL_MAX];       /* of a failure */
};

/* `wake` is called from other threads whenever there may be an answer; not any
 * longer when resolver_free() has returned. NULL without memory. */
struct resolver *resolver_new(void (*wake)(void *user), void *user);

/* No thread is waited for. */
void resolver_free(struct resolver *resolver);

/* Names are made known in the beginning. NULL: it is too long, or there is no
 * memory. */
struct resolver_name *resolver_add(struct resolver *resolver, const char *text,
                                   enum address_family family);

/* Asks; an answer that was found within the last `max_age` is answered at
 * once. */
void resolver_ask(struct resolver *resolver, struct resolver_name *name,
                  usec max_age, struct lookup *lookup);

/* Whether there is an answer; then the question is over. */
bool resolver_look(struct resolver *resolver, struct lookup *lookup);

/* Gives up a question, if there is one. */
void resolver_leave(struct resolver *resolver, struct lookup *lookup);

#endif
