#include "active_faults.h"

#include "api.h"

#include "buffer.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_ACTIVE_FAULTS = 10000 };

void active_faults_init(struct active_faults *faults) {
  TAILQ_INIT(&faults->all);
  faults->count = 0;
}

void active_faults_close(struct active_faults *faults) {
  active_faults_clear(faults);
}

static struct active_fault *
active_faults_find(const struct active_faults *faults,
                   const struct matcher *matcher) {
  struct active_fault *active;
  TAILQ_FOREACH(active, &faults->all, entry) {
    if (matcher_equals(&active->matcher, matcher))
      return active;
  }
  return NULL;
}

static void active_fault_free(struct active_faults *faults,
                              struct active_fault *active) {
  TAILQ_REMOVE(&faults->all, active, entry);
  faults->count--;
  matcher_close(&active->matcher);
  free(active);
}

bool active_faults_set(struct active_faults *faults,
                       const struct matcher *matcher, const struct fault *fault,
                       unsigned ms) {
  struct active_fault *active = active_faults_find(faults, matcher);
  if (active == NULL) {
    if (faults->count == MAX_ACTIVE_FAULTS)
      return false;
    active = xcalloc(sizeof(*active));
    active->matcher = matcher_copy(matcher);
    TAILQ_INSERT_TAIL(&faults->all, active, entry);
    faults->count++;
  }
  active->fault = fault;
  active->ms = ms;
  return true;
}

void active_faults_remove(struct active_faults *faults,
                          const struct matcher *matcher) {
  struct active_fault *active = active_faults_find(faults, matcher);
  if (active != NULL)
    active_fault_free(faults, active);
}

void active_faults_clear(struct active_faults *faults) {
  struct active_fault *active;
  while ((active = TAILQ_FIRST(&faults->all)) != NULL)
    active_fault_free(faults, active);
}

static bool active_fault_applies(const struct active_fault *active,
                                 const struct request_attributes *request) {
  const char *only = active->fault->endpoint;
  return matcher_matches(&active->matcher, request) &&
         (only == NULL || strcmp(only, request->endpoint) == 0) &&
         (!active->fault->completions || endpoint_completes(request->endpoint));
}

const struct active_fault *
active_faults_match(const struct active_faults *faults,
                    const struct request_attributes *request) {
  const struct active_fault *best = NULL;
  const struct active_fault *active;
  TAILQ_FOREACH(active, &faults->all, entry) {
    if (!active->fault->connection_level &&
        active_fault_applies(active, request) &&
        (best == NULL || matcher_specificity(&active->matcher) >
                             matcher_specificity(&best->matcher)))
      best = active;
  }
  return best;
}

const struct fault *
active_faults_match_connection(const struct active_faults *faults, bool tls) {
  const struct active_fault *active =
      active_faults_find(faults, &(struct matcher){NULL, NULL, NULL});
  if (active == NULL || !active->fault->connection_level ||
      (active->fault->tls_only && !tls))
    return NULL;
  return active->fault;
}
