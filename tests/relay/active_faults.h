/* Which faults are switched on, and for whom. */
#ifndef RELAY_ACTIVE_FAULTS_H
#define RELAY_ACTIVE_FAULTS_H

#include "faults.h"
#include "matcher.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

struct rule {
  struct scope scope;
  const struct fault *fault;
  unsigned ms;
  TAILQ_ENTRY(rule) entry;
};

struct rules {
  TAILQ_HEAD(rule_list, rule) all;
  size_t count;
};

void rules_open(struct rules *rules);
void rules_close(struct rules *rules);

/* Takes the place of a rule of the same scope. false when there are too many
 * rules already. */
bool rules_set(struct rules *rules, const struct scope *scope,
               const struct fault *fault, unsigned ms);
void rules_remove(struct rules *rules, const struct scope *scope);
void rules_clear(struct rules *rules);

/* The rule for a request, or NULL. */
const struct rule *rules_match(const struct rules *rules,
                               const struct scope *request);

/* The fault for a connection, before any request, or NULL. */
const struct fault *rules_match_connection(const struct rules *rules, bool tls);

#endif
