#include "config/config_tree.h"

#include <stdlib.h>
#include <string.h>

struct config_node *config_node_new(const char *key) {
  struct config_node *node = calloc(1, sizeof *node);
  if (node != NULL && (node->key = strdup(key)) == NULL) {
    free(node);
    return NULL;
  }
  return node;
}

/* The capacity is the next power of two. */
static bool reserve_value(struct config_node *node) {
  size_t count = node->value_count;
  if ((count & (count - 1)) != 0)
    return true;
  struct config_value *more =
      realloc(node->values, (count > 0 ? 2 * count : 1) * sizeof *more);
  if (more != NULL)
    node->values = more;
  return more != NULL;
}

bool config_node_add_value(struct config_node *node,
                           const struct config_value *value) {
  struct config_value copy = *value;
  if (!reserve_value(node))
    return false;
  if (value->type == VALUE_TEXT && (copy.text = strdup(value->text)) == NULL)
    return false;
  node->values[node->value_count++] = copy;
  return true;
}

void config_node_add_child(struct config_node *parent,
                           struct config_node *child) {
  if (parent->last_child == NULL)
    parent->children = child;
  else
    parent->last_child->next = child;
  while (child->next != NULL)
    child = child->next;
  parent->last_child = child;
}

void config_node_free(struct config_node *node) {
  if (node == NULL)
    return;
  for (struct config_node *child = node->children, *next; child != NULL;
       child = next) {
    next = child->next;
    config_node_free(child);
  }
  for (size_t i = 0; i < node->value_count; i++)
    if (node->values[i].type == VALUE_TEXT)
      free((char *)node->values[i].text);
  free(node->values);
  free((char *)node->key);
  free(node);
}
