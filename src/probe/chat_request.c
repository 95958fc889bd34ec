#include "probe/chat_request.h"

#include "base/json_memory.h"

#include <stdio.h>
#include <string.h>

#include <yajl/yajl_gen.h>

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

/* A cache may answer a prompt that it has seen before, so each `%t` becomes the
 * time: RFC 3339 in UTC, which always has the same length. */
static void gen_prompt(yajl_gen gen, const char *prompt, time_t now) {
  char expanded[PROMPT_MAX / 2 * PROMPT_TIME + 1];
  char timestamp[PROMPT_TIME + 1];
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
  yajl_gen_string(gen, (const unsigned char *)expanded, length);
}

static void gen_message(yajl_gen gen, const char *prompt, time_t now) {
  yajl_gen_map_open(gen);
  gen_string(gen, "role");
  gen_string(gen, "user");
  gen_string(gen, "content");
  gen_prompt(gen, prompt, now);
  yajl_gen_map_close(gen);
}

static void gen_stream(yajl_gen gen) {
  gen_string(gen, "stream");
  yajl_gen_bool(gen, 1);
  gen_string(gen, "stream_options");
  yajl_gen_map_open(gen);
  gen_string(gen, "include_usage");
  yajl_gen_bool(gen, 1);
  yajl_gen_map_close(gen);
}

static void gen_request(yajl_gen gen, const struct probe_settings *probe,
                        time_t now) {
  yajl_gen_map_open(gen);
  gen_string(gen, "model");
  gen_string(gen, probe->model);
  gen_string(gen, "messages");
  yajl_gen_array_open(gen);
  gen_message(gen, probe->prompt, now);
  yajl_gen_array_close(gen);
  gen_string(gen, probe->max_completion_tokens > 0 ? "max_completion_tokens"
                                                   : "max_tokens");
  yajl_gen_integer(gen, probe_settings_answer_tokens(probe));
  if (probe->stream)
    gen_stream(gen);
  yajl_gen_map_close(gen);
}

size_t chat_request_format(const struct probe_settings *probe, time_t now,
                           char *text) {
  struct json_memory memory;
  yajl_alloc_funcs functions = json_memory_init(&memory);
  yajl_gen gen = yajl_gen_alloc(&functions);
  struct writer writer = {.text = text};
  yajl_gen_config(gen, yajl_gen_print_callback, print, &writer);
  gen_request(gen, probe, now);
  yajl_gen_free(gen);
  if (text != NULL)
    text[writer.length] = '\0';
  return writer.length;
}
