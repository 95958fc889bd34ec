#include "rules.h"

#include "buffer.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_RULES = 10000 };

void rules_open(struct rules *rules) {
  TAILQ_INIT(&rules->all);
  rules->count = 0;
}

void rules_close(struct rules *rules) { rules_clear(rules); }

static char *text_copy(const char *text) {
  if (text == NULL)
    return NULL;
  size_t size = strlen(text) + 1;
  return memcpy(relay_allocate(size), text, size);
}

static bool same(const char *one, const char *other) {
  if (one == NULL || other == NULL)
    return one == other;
  return strcmp(one, other) == 0;
}

static struct rule *rules_find(const struct rules *rules,
                               const struct scope *scope) {
  struct rule *rule;
  TAILQ_FOREACH(rule, &rules->all, entry) {
    if (same(rule->endpoint, scope->endpoint) && same(rule->key, scope->key))
      return rule;
  }
  return NULL;
}

static void rule_free(struct rules *rules, struct rule *rule) {
  TAILQ_REMOVE(&rules->all, rule, entry);
  rules->count--;
  free(rule->endpoint);
  free(rule->key);
  free(rule);
}

bool rules_set(struct rules *rules, const struct scope *scope,
               const struct fault *fault, unsigned ms) {
  struct rule *rule = rules_find(rules, scope);
  if (rule == NULL) {
    if (rules->count == MOST_RULES)
      return false;
    rule = relay_allocate(sizeof(*rule));
    rule->endpoint = text_copy(scope->endpoint);
    rule->key = text_copy(scope->key);
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
  return (rule->endpoint == NULL || same(rule->endpoint, request->endpoint)) &&
         (rule->key == NULL || same(rule->key, request->key)) &&
         (only == NULL || same(only, request->endpoint));
}

static int rule_weight(const struct rule *rule) {
  return (rule->key != NULL ? 2 : 0) + (rule->endpoint != NULL ? 1 : 0);
}

const struct rule *rules_match(const struct rules *rules,
                               const struct scope *request) {
  const struct rule *best = NULL;
  const struct rule *rule;
  TAILQ_FOREACH(rule, &rules->all, entry) {
    if (!rule->fault->of_connections && rule_is_for(rule, request) &&
        (best == NULL || rule_weight(rule) > rule_weight(best)))
      best = rule;
  }
  return best;
}

const struct fault *rules_match_connection(const struct rules *rules,
                                           bool tls) {
  const struct rule *rule = rules_find(rules, &(struct scope){NULL, NULL});
  if (rule == NULL || !rule->fault->of_connections ||
      (rule->fault->tls_only && !tls))
    return NULL;
  return rule->fault;
}
