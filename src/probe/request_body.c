#include "probe/request_body.h"

#include "base/json_memory.h"
#include "probe/probe_kind.h"
#include "probe/prober.h"

#include <string.h>

struct writer {
  char *text; /* NULL: only measure */
  size_t length;
};

static void print(void *user, const char *text, size_t length) {
  struct writer *writer = user;
  if (writer->text != NULL)
    memcpy(writer->text + writer->length, text, length);
  writer->length += length;
}

static void gen_string(yajl_gen gen, const char *text) {
  yajl_gen_string(gen, (const unsigned char *)text, strlen(text));
}

void request_add_name(yajl_gen gen, const char *name) { gen_string(gen, name); }

void request_add_text(yajl_gen gen, const char *name, const char *text) {
  gen_string(gen, name);
  gen_string(gen, text);
}

void request_add_number(yajl_gen gen, const char *name, unsigned number) {
  gen_string(gen, name);
  yajl_gen_integer(gen, number);
}

void request_add_true(yajl_gen gen, const char *name) {
  gen_string(gen, name);
  yajl_gen_bool(gen, 1);
}

void request_add_false(yajl_gen gen, const char *name) {
  gen_string(gen, name);
  yajl_gen_bool(gen, 0);
}

void request_add_prompt(yajl_gen gen, const char *name,
                        const struct probe_settings *probe,
                        const struct prompt_values *values) {
  char expanded[PROMPT_MAX / 2 * PROMPT_TIME + 1];
  size_t length = prompt_expand(probe->prompt, values, expanded);
  gen_string(gen, name);
  yajl_gen_string(gen, (const unsigned char *)expanded, length);
}

void request_add_messages(yajl_gen gen, const struct probe_settings *probe,
                          const struct prompt_values *values) {
  gen_string(gen, "messages");
  yajl_gen_array_open(gen);
  yajl_gen_map_open(gen);
  request_add_text(gen, "role", "user");
  request_add_prompt(gen, "content", probe, values);
  yajl_gen_map_close(gen);
  yajl_gen_array_close(gen);
}

/* Where the API has it: as a member, or in an object. */
static void add_effort(yajl_gen gen, const struct probe_settings *probe) {
  const char *path = probe->kind->prober->effort, *slash = strchr(path, '/');
  if (slash == NULL) {
    request_add_text(gen, path, probe->reasoning_effort);
    return;
  }
  yajl_gen_string(gen, (const unsigned char *)path, (size_t)(slash - path));
  yajl_gen_map_open(gen);
  request_add_text(gen, slash + 1, probe->reasoning_effort);
  yajl_gen_map_close(gen);
}

/* As it was written, without its braces, before the last one of the body. */
static void add_extra(struct writer *writer, const char *extra) {
  const char *begin = strchr(extra, '{') + 1, *end = strrchr(extra, '}');
  writer->length--;
  print(writer, ",", 1);
  print(writer, begin, (size_t)(end - begin));
  print(writer, "}", 1);
}

size_t request_body_write(const struct probe_settings *probe,
                          const struct prompt_values *values, char *text) {
  const struct prober *prober = probe->kind->prober;
  struct json_memory memory;
  yajl_alloc_funcs functions = json_memory_init(&memory);
  yajl_gen gen = yajl_gen_alloc(&functions);
  struct writer writer = {.text = text};
  yajl_gen_config(gen, yajl_gen_print_callback, print, &writer);
  yajl_gen_map_open(gen);
  request_add_text(gen, "model", probe->model);
  prober->add_members(gen, probe, values);
  if (probe->reasoning_effort != NULL && prober->effort != NULL)
    add_effort(gen, probe);
  yajl_gen_map_close(gen);
  yajl_gen_free(gen);
  if (probe->extra != NULL)
    add_extra(&writer, probe->extra);
  if (text != NULL)
    text[writer.length] = '\0';
  return writer.length;
}
