/* The body of an embedding, with status 200. */
#include "answer_checks.h"
#include "fuzz.h"
#include "probe/probe_kind.h"

#include <math.h>
#include <string.h>

#include <yajl/yajl_tree.h>

const char *const fuzz_name = "embeddings";

/* --- a success has a vector ---------------------------------------------- */

/* A name may be there twice. */
typedef void visitor(yajl_val value, bool *found);

static void visit_members(yajl_val object, const char *name, visitor *visit,
                          bool *found) {
  FUZZ_CHECK(YAJL_IS_OBJECT(object));
  for (size_t i = 0; i < object->u.object.len; i++)
    if (strcmp(object->u.object.keys[i], name) == 0)
      visit(object->u.object.values[i], found);
}

static void visit_vector(yajl_val vector, bool *found) {
  FUZZ_CHECK(YAJL_IS_ARRAY(vector));
  for (size_t i = 0; i < vector->u.array.len; i++) {
    FUZZ_CHECK(YAJL_IS_NUMBER(vector->u.array.values[i]));
    *found |=
        fabs(strtod(YAJL_GET_NUMBER(vector->u.array.values[i]), NULL)) > 0;
  }
}

static void visit_list(yajl_val list, bool *found) {
  for (size_t i = 0; YAJL_IS_ARRAY(list) && i < list->u.array.len; i++)
    visit_members(list->u.array.values[i], "embedding", visit_vector, found);
}

static void check_vector(const uint8_t *data, size_t size) {
  bool found = false;
  char *text = strndup((const char *)data, size);
  FUZZ_CHECK(text != NULL);
  yajl_val tree = yajl_tree_parse(text, NULL, 0);
  visit_members(tree, "data", visit_list, &found);
  FUZZ_CHECK(found);
  yajl_tree_free(tree);
  free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct probe_result result;
  if (size > ANSWER_CHECKS_BODY_MAX)
    return 0;
  answer_checks_kind(KIND_EMBEDDINGS, data, size, CAUSE_CONNECTION, &result);
  FUZZ_CHECK(result.cause != CAUSE_OK);
  answer_checks_kind(KIND_EMBEDDINGS, data, size, CAUSE_OK, &result);
  if (result.cause == CAUSE_OK)
    check_vector(data, size);
  return 0;
}
