#include "probe/request_body.h"

#include "base/json_memory.h"

#include <stdio.h>
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

/* A cache may answer a prompt that it has seen before, so each `%t` becomes the
 * time: RFC 3339 in UTC, which always has the same length. */
void request_add_prompt(yajl_gen gen, const char *name,
                        const struct probe_settings *probe, time_t now) {
  char expanded[PROMPT_MAX / 2 * PROMPT_TIME + 1];
  char timestamp[PROMPT_TIME + 1];
  const char *prompt = probe->prompt;
  size_t length = 0;
  struct tm utc;
  gmtime_r(&now, &utc);
  /* strftime would check the time zone file each time. */
  snprintf(timestamp, sizeof timestamp, "%04u-%02u-%02uT%02u:%02u:%02uZ",
           (unsigned)(utc.tm_year + 1900) % 10000, (unsigned)utc.tm_mon + 1,
           (unsigned)utc.tm_mday, (unsigned)utc.tm_hour, (unsigned)utc.tm_min,
           (unsigned)utc.tm_sec);
  while (*prompt != '\0')
    if (prompt[0] == '%' && prompt[1] == 't') {
      memcpy(expanded + length, timestamp, sizeof timestamp - 1);
      length += sizeof timestamp - 1;
      prompt += 2;
    } else {
      expanded[length++] = *prompt++;
    }
  gen_string(gen, name);
  yajl_gen_string(gen, (const unsigned char *)expanded, length);
}

void request_add_messages(yajl_gen gen, const struct probe_settings *probe,
                          time_t now) {
  gen_string(gen, "messages");
  yajl_gen_array_open(gen);
  yajl_gen_map_open(gen);
  request_add_text(gen, "role", "user");
  request_add_prompt(gen, "content", probe, now);
  yajl_gen_map_close(gen);
  yajl_gen_array_close(gen);
}

size_t request_body_write(const struct probe_settings *probe, time_t now,
                          char *text, request_members *add_members) {
  struct json_memory memory;
  yajl_alloc_funcs functions = json_memory_init(&memory);
  yajl_gen gen = yajl_gen_alloc(&functions);
  struct writer writer = {.text = text};
  yajl_gen_config(gen, yajl_gen_print_callback, print, &writer);
  yajl_gen_map_open(gen);
  request_add_text(gen, "model", probe->model);
  add_members(gen, probe, now);
  yajl_gen_map_close(gen);
  yajl_gen_free(gen);
  if (text != NULL)
    text[writer.length] = '\0';
  return writer.length;
}
