#include "config/config_extra.h"

#include "base/json.h"
#include "model/prompt.h"
#include "probe/probe_kind.h"
#include "probe/request_body.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_parse.h>

/* --- its form ------------------------------------------------------------- */

static void ignore_match(void *user, int id, const struct json_value *value) {
  (void)user;
  (void)id;
  (void)value;
}

static bool is_object(const char *text) {
  struct json_reader reader;
  json_open(&reader, ignore_match, NULL);
  json_feed(&reader, text, strlen(text));
  return json_close(&reader) == JSON_COMPLETE &&
         text[strspn(text, " \t\r\n")] == '{';
}

/* --- the plugin's own members --------------------------------------------- */

static void on_member(void *user, int id, const struct json_value *value) {
  (void)id;
  (void)value;
  *(bool *)user = true;
}

/* No name of the plugin's has a character that means something in a path. */
static bool has_member(const char *body, const char *name) {
  bool found = false;
  struct json_reader reader;
  struct json_selector selector = {name, 0};
  if (strpbrk(name, "/|*#") != NULL)
    return false;
  json_open(&reader, on_member, &found);
  json_select(&reader, &selector);
  json_feed(&reader, body, strlen(body));
  json_close(&reader);
  return found;
}

/* The caller frees it; NULL: out of memory. */
static char *write_body(const struct probe_settings *probe) {
  struct prompt_values values;
  prompt_values_init(&values, 0, 0);
  size_t length = request_body_write(probe, &values, NULL);
  char *body = malloc(length + 1);
  if (body != NULL)
    request_body_write(probe, &values, body);
  return body;
}

/* What the kind sends for a stream or for another limit may not come in through
 * the back door, either: the answer would be read as something else, or cost
 * more. */
enum { BODIES = 4 };

static struct probe_settings variant(const struct probe_settings *probe,
                                     unsigned number) {
  struct probe_settings varied = *probe;
  varied.extra = NULL;
  varied.stream =
      probe_kind_has(probe->kind, PROBE_STREAMS) && (number & 1) != 0;
  varied.max_completion_tokens =
      probe_kind_has(probe->kind, PROBE_MAX_COMPLETION_TOKENS) && number > 1;
  return varied;
}

/* --- its members ---------------------------------------------------------- */

enum { MEMBERS_MAX = 32, NAME_MAX_LENGTH = 63 };

struct members {
  char *bodies[BODIES];
  char names[MEMBERS_MAX][NAME_MAX_LENGTH + 1];
  unsigned depth;
  size_t count;
  struct error *error;
};

static int on_begin(void *user) {
  ((struct members *)user)->depth++;
  return 1;
}

static int on_end(void *user) {
  ((struct members *)user)->depth--;
  return 1;
}

/* Without regard to case, in which Go, and so many a relay, matches names. The
 * plugin's own are in lower case. */
static bool check_name(struct members *members, const char *name) {
  char lower[NAME_MAX_LENGTH + 1];
  size_t length = strlen(name);
  for (size_t i = 0; i <= length; i++)
    lower[i] = (char)tolower((unsigned char)name[i]);
  for (size_t i = 0; i < BODIES; i++)
    if (has_member(members->bodies[i], lower))
      return error_set(members->error,
                       "must not contain \"%s\", which the "
                       "plugin sets itself",
                       name);
  for (size_t i = 0; i < members->count; i++)
    if (strcmp(members->names[i], lower) == 0)
      return error_set(members->error, "must not contain \"%s\" twice", name);
  memcpy(members->names[members->count++], lower, length + 1);
  return true;
}

/* False ends the parser. */
static int on_name(void *user, const unsigned char *text, size_t length) {
  struct members *members = user;
  char name[NAME_MAX_LENGTH + 1];
  if (members->depth > 1)
    return 1;
  if (members->count == MEMBERS_MAX)
    return error_set(members->error, "must not have more than %d members",
                     MEMBERS_MAX);
  if (length == 0 || length > NAME_MAX_LENGTH ||
      memchr(text, '\0', length) != NULL)
    return error_set(members->error,
                     "must have names of 1 to %d characters, without a NUL",
                     NAME_MAX_LENGTH);
  memcpy(name, text, length);
  name[length] = '\0';
  return check_name(members, name);
}

static bool check_members(const char *text, struct members *members) {
  static const yajl_callbacks callbacks = {.yajl_start_map = on_begin,
                                           .yajl_map_key = on_name,
                                           .yajl_end_map = on_end,
                                           .yajl_start_array = on_begin,
                                           .yajl_end_array = on_end};
  struct json_memory memory;
  yajl_alloc_funcs functions = json_memory_init(&memory);
  yajl_handle parser = yajl_alloc(&callbacks, &functions, members);
  bool ok = yajl_parse(parser, (const unsigned char *)text, strlen(text)) ==
            yajl_status_ok;
  yajl_free(parser);
  return ok && (members->count > 0 ||
                error_set(members->error, "must have a member"));
}

bool config_extra_check(const struct probe_settings *probe,
                        struct error *error) {
  struct members members = {.error = error};
  bool ok = true;
  if (!is_object(probe->extra))
    return error_set(error, "must be a JSON object, such as "
                            "\"{\\\"temperature\\\": 0}\"");
  for (unsigned i = 0; i < BODIES && ok; i++) {
    struct probe_settings varied = variant(probe, i);
    members.bodies[i] = write_body(&varied);
    ok = members.bodies[i] != NULL || error_set(error, "out of memory");
  }
  ok = ok && check_members(probe->extra, &members);
  for (unsigned i = 0; i < BODIES; i++)
    free(members.bodies[i]);
  return ok;
}
