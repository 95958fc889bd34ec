/* Extra. What is accepted makes a JSON object of the body of each request, with
 * no member twice; what is refused is refused for one of the known reasons. */
#define _GNU_SOURCE /* memmem */
#include "base/json.h"
#include "config/config_extra.h"
#include "fuzz.h"
#include "model/prompt.h"
#include "probe/probe_kind.h"
#include "probe/request_body.h"

#include <string.h>
#include <strings.h>

#include <yajl/yajl_parse.h>
#include <yajl/yajl_tree.h>

const char *const fuzz_name = "extra";

/* --- JSON ---------------------------------------------------------------- */

static bool feed(yajl_handle parser, const char *text) {
  return yajl_parse(parser, (const unsigned char *)text, strlen(text)) ==
         yajl_status_ok;
}

/* yajl_tree_parse() also takes comments. After a document, yajl takes a text
 * that has no end; within an array, it does not. */
static bool is_json(const char *text) {
  yajl_handle parser = yajl_alloc(NULL, NULL, NULL);
  FUZZ_CHECK(parser != NULL);
  bool good = feed(parser, "[") && feed(parser, text) && feed(parser, "]") &&
              yajl_complete_parse(parser) == yajl_status_ok;
  yajl_free(parser);
  return good;
}

/* NULL: it is none. The caller frees it. */
static yajl_val parse_object(const char *text) {
  yajl_val tree = is_json(text) ? yajl_tree_parse(text, NULL, 0) : NULL;
  if (YAJL_IS_OBJECT(tree))
    return tree;
  yajl_tree_free(tree);
  return NULL;
}

static const char *name_of(yajl_val object, size_t i) {
  return object->u.object.keys[i];
}

static bool has_member(yajl_val object, const char *name, size_t before) {
  for (size_t i = 0; i < before; i++)
    if (strcasecmp(name_of(object, i), name) == 0)
      return true;
  return false;
}

static unsigned depth_of(yajl_val value) {
  unsigned deepest = 0;
  size_t count = YAJL_IS_OBJECT(value)  ? value->u.object.len
                 : YAJL_IS_ARRAY(value) ? value->u.array.len
                                        : 0;
  if (!YAJL_IS_OBJECT(value) && !YAJL_IS_ARRAY(value))
    return 0;
  for (size_t i = 0; i < count; i++) {
    unsigned depth = depth_of(YAJL_IS_OBJECT(value) ? value->u.object.values[i]
                                                    : value->u.array.values[i]);
    deepest = depth > deepest ? depth : deepest;
  }
  return deepest + 1;
}

/* --- the bodies ---------------------------------------------------------- */

static char model[] = "gpt-4o-mini", prompt[] = "%r", effort[] = "low";

/* The bits of a variant's number. */
enum { MAX_COMPLETION_TOKENS = 1, STREAM = 2, EFFORT = 4, VARIANTS = 8 };

static struct probe_settings variant(const struct probe_kind *kind,
                                     unsigned number) {
  bool counts = probe_kind_has(kind, PROBE_MAX_COMPLETION_TOKENS) &&
                (number & MAX_COMPLETION_TOKENS) != 0;
  return (struct probe_settings){.kind = kind,
                                 .model = model,
                                 .prompt = prompt,
                                 .max_tokens = 10,
                                 .max_completion_tokens = counts ? 100 : 0,
                                 .stream = (number & STREAM) != 0,
                                 .reasoning_effort =
                                     (number & EFFORT) != 0 ? effort : NULL};
}

/* The caller frees it. */
static yajl_val body_of(const struct probe_settings *probe) {
  static const struct prompt_values values = {"2026-01-31T23:59:59Z",
                                              "lamprose"};
  size_t length = request_body_write(probe, &values, NULL);
  char *body = malloc(length + 1);
  FUZZ_CHECK(body != NULL);
  FUZZ_CHECK(request_body_write(probe, &values, body) == length);
  FUZZ_CHECK(strlen(body) == length);
  yajl_val object = parse_object(body);
  FUZZ_CHECK(object != NULL);
  free(body);
  return object;
}

/* Those without Extra, by kind. */
enum { KINDS_MAX = 16 };
static yajl_val own[KINDS_MAX][VARIANTS];

static bool takes_extra(size_t kind) {
  return probe_kind_has(&probe_kinds[kind], PROBE_COMPLETES);
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc;
  (void)argv;
  FUZZ_CHECK(probe_kind_count <= KINDS_MAX);
  for (size_t i = 0; i < probe_kind_count; i++)
    for (unsigned j = 0; j < VARIANTS && takes_extra(i); j++) {
      struct probe_settings probe = variant(&probe_kinds[i], j);
      own[i][j] = body_of(&probe);
    }
  return 0;
}

static void check_body(const struct probe_settings *probe, yajl_val plain,
                       yajl_val extra) {
  yajl_val body = body_of(probe);
  size_t count = body->u.object.len;
  FUZZ_CHECK(count == plain->u.object.len + extra->u.object.len);
  for (size_t i = 0; i < count; i++)
    FUZZ_CHECK(!has_member(body, name_of(body, i), i));
  yajl_tree_free(body);
}

/* --- what is accepted ---------------------------------------------------- */

enum { MEMBERS_MAX = 32, NAME_LENGTH_MAX = 63 };

/* Whether a request of this kind, streamed or not and with either limit, has
 * such a member. Only the effort is as it is configured. */
static bool is_sent(size_t kind, unsigned number, const char *name) {
  bool sent = false;
  for (unsigned i = 0; i < VARIANTS; i++)
    if ((i & EFFORT) == (number & EFFORT))
      sent |= has_member(own[kind][i], name, own[kind][i]->u.object.len);
  return sent;
}

static bool is_good(size_t kind, unsigned number, yajl_val extra) {
  size_t count = extra != NULL ? extra->u.object.len : 0;
  if (count == 0 || count > MEMBERS_MAX || depth_of(extra) > JSON_DEPTH_MAX)
    return false;
  for (size_t i = 0; i < count; i++) {
    const char *name = name_of(extra, i);
    if (name[0] == '\0' || strlen(name) > NAME_LENGTH_MAX ||
        has_member(extra, name, i) || is_sent(kind, number, name))
      return false;
  }
  return true;
}

static void check(size_t kind, unsigned number, char *text, yajl_val extra,
                  bool has_nul) {
  struct error error = {{0}};
  struct probe_settings probe = variant(&probe_kinds[kind], number);
  probe.extra = text;
  bool good = config_extra_check(&probe, &error);
  FUZZ_CHECK(good == is_good(kind, number, extra) || (!good && has_nul));
  FUZZ_CHECK(good == (error.text[0] == '\0'));
  if (good)
    check_body(&probe, own[kind][number], extra);
  else if (!fuzz_has_secret(text, strlen(text)))
    fuzz_check_text(error.text);
}

/* In a tree, a name ends with its first NUL. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  bool has_nul = memmem(data, size, "\\u0000", 6) != NULL;
  if (size > EXTRA_MAX || memchr(data, '\0', size) != NULL)
    return 0;
  char *text = strndup((const char *)data, size);
  FUZZ_CHECK(text != NULL);
  yajl_val extra = parse_object(text);
  for (size_t i = 0; i < probe_kind_count; i++)
    for (unsigned j = 0; j < VARIANTS && takes_extra(i); j++)
      check(i, j, text, extra, has_nul);
  yajl_tree_free(extra);
  free(text);
  return 0;
}
