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

static void gen_text(yajl_gen gen, const char *text) {
  yajl_gen_string(gen, (const unsigned char *)text, strlen(text));
}

/* A prompt that a cache has seen is not answered by a model: each `%t` in it
 * becomes the time, by RFC 3339, in UTC: as long for every moment. */
static void gen_prompt(yajl_gen gen, const char *prompt, time_t now) {
  char filled[PROMPT_MAX / 2 * PROMPT_TIME + 1];
  char moment[PROMPT_TIME + 1];
  size_t length = 0;
  struct tm utc;
  gmtime_r(&now, &utc);
  /* strftime would look at the time zone's file each time. */
  snprintf(moment, sizeof moment, "%04u-%02u-%02uT%02u:%02u:%02uZ",
           (unsigned)(utc.tm_year + 1900) % 10000, (unsigned)utc.tm_mon + 1,
           (unsigned)utc.tm_mday, (unsigned)utc.tm_hour, (unsigned)utc.tm_min,
           (unsigned)utc.tm_sec);
  while (*prompt != '\0')
    if (prompt[0] == '%' && prompt[1] == 't') {
      memcpy(filled + length, moment, sizeof moment - 1);
      length += sizeof moment - 1;
      prompt += 2;
    } else {
      filled[length++] = *prompt++;
    }
  yajl_gen_string(gen, (const unsigned char *)filled, length);
}

static void gen_message(yajl_gen gen, const char *prompt, time_t now) {
  yajl_gen_map_open(gen);
  gen_text(gen, "role");
  gen_text(gen, "user");
  gen_text(gen, "content");
  gen_prompt(gen, prompt, now);
  yajl_gen_map_close(gen);
}

static void gen_stream(yajl_gen gen) {
  gen_text(gen, "stream");
  yajl_gen_bool(gen, 1);
  gen_text(gen, "stream_options");
  yajl_gen_map_open(gen);
  gen_text(gen, "include_usage");
  yajl_gen_bool(gen, 1);
  yajl_gen_map_close(gen);
}

static void gen_request(yajl_gen gen, const struct probe_settings *probe,
                        time_t now) {
  yajl_gen_map_open(gen);
  gen_text(gen, "model");
  gen_text(gen, probe->model);
  gen_text(gen, "messages");
  yajl_gen_array_open(gen);
  gen_message(gen, probe->prompt, now);
  yajl_gen_array_close(gen);
  gen_text(gen, probe->max_completion_tokens > 0 ? "max_completion_tokens"
                                                 : "max_tokens");
  yajl_gen_integer(gen, probe_settings_answer_tokens(probe));
  if (probe->stream)
    gen_stream(gen);
  yajl_gen_map_close(gen);
}

size_t chat_request(const struct probe_settings *probe, time_t now,
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
