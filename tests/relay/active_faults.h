/* The faults that are switched on, and the requests they apply to. */
#ifndef RELAY_ACTIVE_FAULTS_H
#define RELAY_ACTIVE_FAULTS_H

#include "faults.h"
#include "matcher.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

struct active_fault {
  struct matcher matcher;
  const struct fault *fault;
  unsigned ms;
  TAILQ_ENTRY(active_fault) entry;
};

struct active_faults {
  TAILQ_HEAD(active_fault_list, active_fault) all;
  size_t count;
};

void active_faults_init(struct active_faults *faults);
void active_faults_close(struct active_faults *faults);

/* Replaces an active fault with the same matcher. Returns false if there are
 * already too many. */
bool active_faults_set(struct active_faults *faults,
                       const struct matcher *matcher, const struct fault *fault,
                       unsigned ms);
void active_faults_remove(struct active_faults *faults,
                          const struct matcher *matcher);
void active_faults_clear(struct active_faults *faults);

/* The most specific fault that applies to a request, or NULL. */
const struct active_fault *
active_faults_match(const struct active_faults *faults,
                    const struct request_attributes *request);

/* The fault that applies to a connection before any request, or NULL. */
const struct fault *
active_faults_match_connection(const struct active_faults *faults, bool tls);

#endif
