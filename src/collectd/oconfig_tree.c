#include "collectd/oconfig_tree.h"

static struct config_value value_of(const oconfig_value_t *value) {
  switch (value->type) {
  case OCONFIG_TYPE_STRING:
    return (struct config_value){.type = VALUE_TEXT,
                                 .text = value->value.string};
  case OCONFIG_TYPE_NUMBER:
    return (struct config_value){.type = VALUE_NUMBER,
                                 .number = value->value.number};
  default:
    return (struct config_value){.type = VALUE_BOOLEAN,
                                 .boolean = value->value.boolean != 0};
  }
}

static bool add_values(struct config_node *node, const oconfig_item_t *item,
                       struct error *error) {
  for (int i = 0; i < item->values_num; i++) {
    struct config_value value = value_of(&item->values[i]);
    if (!config_node_add_value(node, &value))
      return error_set(error, "out of memory");
  }
  return true;
}

static struct config_node *copy(const oconfig_item_t *item, unsigned depth,
                                struct error *error);

static bool add_children(struct config_node *node, const oconfig_item_t *item,
                         unsigned depth, struct error *error) {
  if (item->children_num > 0 && depth == CONFIG_DEPTH_MAX)
    return error_set(error, "%s: blocks are nested more than %d deep",
                     item->key, CONFIG_DEPTH_MAX);
  for (int i = 0; i < item->children_num; i++) {
    struct config_node *child = copy(&item->children[i], depth + 1, error);
    if (child == NULL)
      return false;
    config_node_add_child(node, child);
  }
  return true;
}

static struct config_node *copy(const oconfig_item_t *item, unsigned depth,
                                struct error *error) {
  struct config_node *node = config_node_new(item->key);
  if (node == NULL) {
    error_set(error, "out of memory");
    return NULL;
  }
  if (add_values(node, item, error) && add_children(node, item, depth, error))
    return node;
  config_node_free(node);
  return NULL;
}

struct config_node *oconfig_tree(const oconfig_item_t *item,
                                 struct error *error) {
  return copy(item, 1, error);
}
