/* Headers that answers are to have on request. */
#ifndef RELAY_EXTRA_HEADERS_H
#define RELAY_EXTRA_HEADERS_H

#include "matcher.h"
#include "response.h"

#include <stdbool.h>
#include <sys/queue.h>

struct extra {
  struct scope scope;
  char *name;
  char *value;
  TAILQ_ENTRY(extra) entry;
};

struct extras {
  TAILQ_HEAD(extra_list, extra) all; /* the heaviest scopes last */
  size_t count;
};

void extras_open(struct extras *extras);
void extras_clear(struct extras *extras);

/* Takes the place of one of the same name and scope. false when there are too
 * many already. */
bool extras_set(struct extras *extras, const struct scope *scope,
                const char *name, const char *value);

/* Gives the answer to a request what is for it, in place of headers of the
 * same name. */
void extras_apply(const struct extras *extras, const struct scope *request,
                  struct answer *answer);

#endif
