#include "active_faults.h"

#include "buffer.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_RULES = 10000 };

void rules_open(struct rules *rules) {
  TAILQ_INIT(&rules->all);
  rules->count = 0;
}

void rules_close(struct rules *rules) { rules_clear(rules); }

static struct rule *rules_find(const struct rules *rules,
                               const struct scope *scope) {
  struct rule *rule;
  TAILQ_FOREACH(rule, &rules->all, entry) {
    if (scope_is(&rule->scope, scope))
      return rule;
  }
  return NULL;
}

static void rule_free(struct rules *rules, struct rule *rule) {
  TAILQ_REMOVE(&rules->all, rule, entry);
  rules->count--;
  scope_close(&rule->scope);
  free(rule);
}

bool rules_set(struct rules *rules, const struct scope *scope,
               const struct fault *fault, unsigned ms) {
  struct rule *rule = rules_find(rules, scope);
  if (rule == NULL) {
    if (rules->count == MOST_RULES)
      return false;
    rule = relay_allocate(sizeof(*rule));
    rule->scope = scope_copy(scope);
    TAILQ_INSERT_TAIL(&rules->all, rule, entry);
    rules->count++;
  }
  rule->fault = fault;
  rule->ms = ms;
  return true;
}

void rules_remove(struct rules *rules, const struct scope *scope) {
  struct rule *rule = rules_find(rules, scope);
  if (rule != NULL)
    rule_free(rules, rule);
}

void rules_clear(struct rules *rules) {
  struct rule *rule;
  while ((rule = TAILQ_FIRST(&rules->all)) != NULL)
    rule_free(rules, rule);
}

static bool rule_is_for(const struct rule *rule, const struct scope *request) {
  const char *only = rule->fault->endpoint;
  return scope_has(&rule->scope, request) &&
         (only == NULL || strcmp(only, request->endpoint) == 0);
}

const struct rule *rules_match(const struct rules *rules,
                               const struct scope *request) {
  const struct rule *best = NULL;
  const struct rule *rule;
  TAILQ_FOREACH(rule, &rules->all, entry) {
    if (!rule->fault->of_connections && rule_is_for(rule, request) &&
        (best == NULL ||
         scope_weight(&rule->scope) > scope_weight(&best->scope)))
      best = rule;
  }
  return best;
}

const struct fault *rules_match_connection(const struct rules *rules,
                                           bool tls) {
  const struct rule *rule =
      rules_find(rules, &(struct scope){NULL, NULL, NULL});
  if (rule == NULL || !rule->fault->of_connections ||
      (rule->fault->tls_only && !tls))
    return NULL;
  return rule->fault;
}
