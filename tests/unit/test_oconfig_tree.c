/* Copies of collectd's items. */
#include "collectd/oconfig_tree.h"

#include "unit.h"

#include <string.h>

#define TEXT(text_)                                                            \
  { .type = OCONFIG_TYPE_STRING, .value.string = text_ }
#define NUMBER(n)                                                              \
  { .type = OCONFIG_TYPE_NUMBER, .value.number = n }
#define BOOLEAN(b)                                                             \
  { .type = OCONFIG_TYPE_BOOLEAN, .value.boolean = b }

static char name[] = "Relay", key[] = "MaxRequests", text[] = "main";

START_TEST(test_all_members_of_an_item) {
  oconfig_value_t values[] = {NUMBER(10), BOOLEAN(2), BOOLEAN(0)};
  oconfig_value_t argument = TEXT(text);
  oconfig_item_t children[] = {
      {.key = key, .values = values, .values_num = COUNT_OF(values)},
      {.key = name}};
  oconfig_item_t item = {.key = name,
                         .values = &argument,
                         .values_num = 1,
                         .children = children,
                         .children_num = COUNT_OF(children)};
  struct error error;
  struct config_node *node = oconfig_tree(&item, &error);
  ck_assert_str_eq(node->key, "Relay");
  ck_assert_uint_eq(node->value_count, 1);
  ck_assert_int_eq(node->values[0].type, VALUE_TEXT);
  ck_assert_str_eq(node->values[0].text, "main");
  ck_assert_ptr_ne(node->values[0].text, text);
  const struct config_node *first = node->children;
  ck_assert_str_eq(first->key, "MaxRequests");
  ck_assert_uint_eq(first->value_count, 3);
  ck_assert_double_eq(first->values[0].number, 10);
  ck_assert_int_eq(first->values[1].type, VALUE_BOOLEAN);
  ck_assert(first->values[1].boolean && !first->values[2].boolean);
  ck_assert_str_eq(first->next->key, "Relay");
  ck_assert_ptr_null(first->next->next);
  ck_assert_ptr_null(first->next->children);
  config_node_free(node);
}
END_TEST

/* Limits the stack that recursive functions need. */
START_TEST(test_depth) {
  oconfig_item_t items[CONFIG_DEPTH_MAX + 1];
  struct error error;
  for (size_t i = 0; i < COUNT_OF(items); i++)
    items[i] = (oconfig_item_t){
        .key = name, .children = &items[i + 1], .children_num = 1};
  items[CONFIG_DEPTH_MAX].children_num = 0;
  ck_assert_ptr_null(oconfig_tree(&items[0], &error));
  ck_assert_str_eq(error.text, "Relay: blocks are nested more than 64 deep");
  struct config_node *node = oconfig_tree(&items[1], &error);
  ck_assert_ptr_nonnull(node);
  config_node_free(node);
}
END_TEST

int main(void) {
  return UNIT_RUN("oconfig_tree", test_all_members_of_an_item, test_depth);
}
