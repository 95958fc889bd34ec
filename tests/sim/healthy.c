#include "healthy.h"

#include "balance.h"
#include "memory.h"
#include "probe/probe_kind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_gen.h>

enum { REPLY_TOKENS = 10 }; /* a longer answer nobody gives to a ping */

/* Seconds from one piece of a stream to the next. */
static const double pieces_apart = 0.02;

const struct story_healthy healthy_default = {.balance = -1};

/* --- JSON ------------------------------------------------------------------
 */

static void text(yajl_gen gen, const char *value) {
  yajl_gen_string(gen, (const unsigned char *)value, strlen(value));
}

static void name_text(yajl_gen gen, const char *name, const char *value) {
  text(gen, name);
  text(gen, value);
}

static void name_number(yajl_gen gen, const char *name, unsigned value) {
  text(gen, name);
  yajl_gen_integer(gen, value);
}

/* What was written, with something before and behind it; the generator is
 * empty again. */
static char *taken(yajl_gen gen, const char *before, const char *behind) {
  const unsigned char *json;
  size_t length;
  yajl_gen_get_buf(gen, &json, &length);
  size_t size = length + strlen(before) + strlen(behind) + 1;
  char *copy = memory_zeros(1, size);
  snprintf(copy, size, "%s%.*s%s", before, (int)length, (const char *)json,
           behind);
  yajl_gen_clear(gen);
  yajl_gen_reset(gen, NULL);
  return copy;
}

static void add_chunk(struct story_answer *answer, double time, char *piece) {
  answer->chunks = memory_resize(answer->chunks, answer->chunk_count + 1,
                                 sizeof *answer->chunks);
  answer->chunks[answer->chunk_count++] =
      (struct story_chunk){time, piece, strlen(piece)};
}

/* --- lists of models --------------------------------------------------------
 */

static void write_model(yajl_gen gen, const char *id) {
  yajl_gen_map_open(gen);
  name_text(gen, "id", id);
  name_text(gen, "object", "model");
  yajl_gen_map_close(gen);
}

/* It has what is asked of it, and what has to be listed. */
static void write_models(yajl_gen gen, const struct relay_settings *relay) {
  yajl_gen_map_open(gen);
  name_text(gen, "object", "list");
  text(gen, "data");
  yajl_gen_array_open(gen);
  for (size_t i = 0; i < relay->probe_count; i++) {
    const struct probe_settings *probe = &relay->probes[i];
    if (probe->model != NULL)
      write_model(gen, probe->model);
    for (size_t r = 0; r < probe->required_count; r++)
      write_model(gen, probe->required[r].id);
  }
  yajl_gen_array_close(gen);
  yajl_gen_map_close(gen);
}

/* --- completions ------------------------------------------------------------
 */

unsigned healthy_prompt_tokens(const struct probe_settings *probe) {
  return probe_settings_prompt_tokens(probe);
}

unsigned healthy_completion_tokens(const struct probe_settings *probe) {
  unsigned tokens = probe_settings_answer_tokens(probe);
  return tokens < REPLY_TOKENS ? tokens : REPLY_TOKENS;
}

/* Some relays count otherwise in streams. */
static unsigned told_prompt_tokens(const struct probe_settings *probe,
                                   const struct story_healthy *healthy) {
  unsigned more = probe->stream ? (unsigned)healthy->stream_tokens : 0;
  return healthy_prompt_tokens(probe) + more;
}

static void write_usage(yajl_gen gen, const struct probe_settings *probe,
                        const struct story_healthy *healthy) {
  unsigned prompt_tokens = told_prompt_tokens(probe, healthy);
  text(gen, "usage");
  yajl_gen_map_open(gen);
  name_number(gen, "prompt_tokens", prompt_tokens);
  name_number(gen, "completion_tokens", healthy_completion_tokens(probe));
  name_number(gen, "total_tokens",
              prompt_tokens + healthy_completion_tokens(probe));
  yajl_gen_map_close(gen);
}

static const char *model_of(const struct probe_settings *probe,
                            const struct story_healthy *healthy) {
  return healthy->model != NULL ? healthy->model : probe->model;
}

static const char *finish_reason(const struct probe_settings *probe) {
  return healthy_completion_tokens(probe) < REPLY_TOKENS ? "length" : "stop";
}

static const char *reply(const struct story_healthy *healthy) {
  return healthy->reply != NULL
             ? healthy->reply
             : "Pong! How can I help you with this test today?";
}

static const char *piece(const struct story_healthy *healthy, unsigned number) {
  return number == 0 && healthy->reply != NULL ? healthy->reply : "pong ";
}

static void write_completion(yajl_gen gen, const struct probe_settings *probe,
                             const struct story_healthy *healthy) {
  yajl_gen_map_open(gen);
  name_text(gen, "object", "chat.completion");
  name_text(gen, "model", model_of(probe, healthy));
  text(gen, "choices");
  yajl_gen_array_open(gen);
  yajl_gen_map_open(gen);
  name_text(gen, "finish_reason", finish_reason(probe));
  text(gen, "message");
  yajl_gen_map_open(gen);
  name_text(gen, "role", "assistant");
  name_text(gen, "content", reply(healthy));
  yajl_gen_map_close(gen);
  yajl_gen_map_close(gen);
  yajl_gen_array_close(gen);
  write_usage(gen, probe, healthy);
  yajl_gen_map_close(gen);
}

/* --- vectors ----------------------------------------------------------------
 */

static void write_vector(yajl_gen gen) {
  static const double numbers[] = {-0.03, 0.25, 0.5};
  yajl_gen_array_open(gen);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    yajl_gen_double(gen, numbers[i]);
  yajl_gen_array_close(gen);
}

static void write_embedding(yajl_gen gen, const struct probe_settings *probe,
                            const struct story_healthy *healthy) {
  yajl_gen_map_open(gen);
  name_text(gen, "model", model_of(probe, healthy));
  text(gen, "data");
  yajl_gen_array_open(gen);
  yajl_gen_map_open(gen);
  text(gen, "embedding");
  write_vector(gen);
  yajl_gen_map_close(gen);
  yajl_gen_array_close(gen);
  write_usage(gen, probe, healthy);
  yajl_gen_map_close(gen);
}

/* --- streams ----------------------------------------------------------------
 */

/* Begins an event of a stream, as far as its only choice. */
static void open_event(yajl_gen gen, const struct probe_settings *probe,
                       const struct story_healthy *healthy) {
  yajl_gen_map_open(gen);
  name_text(gen, "object", "chat.completion.chunk");
  name_text(gen, "model", model_of(probe, healthy));
  text(gen, "choices");
  yajl_gen_array_open(gen);
}

static void write_delta(yajl_gen gen, const char *name, const char *value,
                        const char *reason) {
  yajl_gen_map_open(gen);
  text(gen, "delta");
  yajl_gen_map_open(gen);
  if (name != NULL)
    name_text(gen, name, value);
  yajl_gen_map_close(gen);
  if (reason != NULL)
    name_text(gen, "finish_reason", reason);
  yajl_gen_map_close(gen);
}

static void close_event(struct story_answer *answer, yajl_gen gen) {
  yajl_gen_map_close(gen);
  add_chunk(answer, pieces_apart * (double)answer->chunk_count,
            taken(gen, "data: ", "\n\n"));
}

static void add_delta(struct story_answer *answer, yajl_gen gen,
                      const struct probe_settings *probe,
                      const struct story_healthy *healthy, const char *name,
                      const char *value, const char *reason) {
  open_event(gen, probe, healthy);
  write_delta(gen, name, value, reason);
  yajl_gen_array_close(gen);
  close_event(answer, gen);
}

static void stream_chat(struct story_answer *answer, yajl_gen gen,
                        const struct probe_settings *probe,
                        const struct story_healthy *healthy) {
  static char done[] = "data: [DONE]\n\n";
  add_delta(answer, gen, probe, healthy, "role", "assistant", NULL);
  for (unsigned i = 0; i < healthy_completion_tokens(probe); i++)
    add_delta(answer, gen, probe, healthy, "content", piece(healthy, i), NULL);
  add_delta(answer, gen, probe, healthy, NULL, NULL, finish_reason(probe));
  open_event(gen, probe, healthy);
  yajl_gen_array_close(gen);
  write_usage(gen, probe, healthy);
  close_event(answer, gen);
  add_chunk(answer, pieces_apart * (double)answer->chunk_count,
            memory_text(done));
}

/* --- messages ---------------------------------------------------------------
 */

/* The names of all APIs but Chat. */
static void write_in_out_usage(yajl_gen gen, const struct probe_settings *probe,
                               const struct story_healthy *healthy) {
  text(gen, "usage");
  yajl_gen_map_open(gen);
  name_number(gen, "input_tokens", told_prompt_tokens(probe, healthy));
  name_number(gen, "output_tokens", healthy_completion_tokens(probe));
  yajl_gen_map_close(gen);
}

static const char *stop_reason(const struct probe_settings *probe) {
  return healthy_completion_tokens(probe) < REPLY_TOKENS ? "max_tokens"
                                                         : "end_turn";
}

/* A message, without content if it is the beginning of a stream. */
static void write_message(yajl_gen gen, const struct probe_settings *probe,
                          const struct story_healthy *healthy) {
  yajl_gen_map_open(gen);
  name_text(gen, "type", "message");
  name_text(gen, "model", model_of(probe, healthy));
  text(gen, "content");
  yajl_gen_array_open(gen);
  if (!probe->stream) {
    yajl_gen_map_open(gen);
    name_text(gen, "type", "text");
    name_text(gen, "text", reply(healthy));
    yajl_gen_map_close(gen);
  }
  yajl_gen_array_close(gen);
  if (!probe->stream)
    name_text(gen, "stop_reason", stop_reason(probe));
  write_in_out_usage(gen, probe, healthy);
  yajl_gen_map_close(gen);
}

/* An event whose only other member is an object with one text; or without. */
static void add_message_event(struct story_answer *answer, yajl_gen gen,
                              const char *type, const char *member,
                              const char *name, const char *value) {
  yajl_gen_map_open(gen);
  name_text(gen, "type", type);
  if (member != NULL) {
    text(gen, member);
    yajl_gen_map_open(gen);
    name_text(gen, name, value);
    yajl_gen_map_close(gen);
  }
  close_event(answer, gen);
}

static void stream_messages(struct story_answer *answer, yajl_gen gen,
                            const struct probe_settings *probe,
                            const struct story_healthy *healthy) {
  yajl_gen_map_open(gen);
  name_text(gen, "type", "message_start");
  text(gen, "message");
  write_message(gen, probe, healthy);
  close_event(answer, gen);
  for (unsigned i = 0; i < healthy_completion_tokens(probe); i++)
    add_message_event(answer, gen, "content_block_delta", "delta", "text",
                      piece(healthy, i));
  add_message_event(answer, gen, "message_delta", "delta", "stop_reason",
                    stop_reason(probe));
  add_message_event(answer, gen, "message_stop", NULL, NULL, NULL);
}

/* --- responses --------------------------------------------------------------
 */

static const char *response_status(const struct probe_settings *probe) {
  return healthy_completion_tokens(probe) < REPLY_TOKENS ? "incomplete"
                                                         : "completed";
}

static void write_output(yajl_gen gen, const struct story_healthy *healthy) {
  yajl_gen_map_open(gen);
  name_text(gen, "type", "message");
  text(gen, "content");
  yajl_gen_array_open(gen);
  yajl_gen_map_open(gen);
  name_text(gen, "type", "output_text");
  name_text(gen, "text", reply(healthy));
  yajl_gen_map_close(gen);
  yajl_gen_array_close(gen);
  yajl_gen_map_close(gen);
}

static void write_response(yajl_gen gen, const struct probe_settings *probe,
                           const struct story_healthy *healthy) {
  yajl_gen_map_open(gen);
  name_text(gen, "object", "response");
  name_text(gen, "status", response_status(probe));
  name_text(gen, "model", model_of(probe, healthy));
  text(gen, "output");
  yajl_gen_array_open(gen);
  write_output(gen, healthy);
  yajl_gen_array_close(gen);
  write_in_out_usage(gen, probe, healthy);
  yajl_gen_map_close(gen);
}

static void stream_responses(struct story_answer *answer, yajl_gen gen,
                             const struct probe_settings *probe,
                             const struct story_healthy *healthy) {
  char last[sizeof "response.incomplete"];
  for (unsigned i = 0; i < healthy_completion_tokens(probe); i++) {
    yajl_gen_map_open(gen);
    name_text(gen, "type", "response.output_text.delta");
    name_text(gen, "delta", piece(healthy, i));
    close_event(answer, gen);
  }
  snprintf(last, sizeof last, "response.%s", response_status(probe));
  yajl_gen_map_open(gen);
  name_text(gen, "type", last);
  text(gen, "response");
  write_response(gen, probe, healthy);
  close_event(answer, gen);
}

/* --- whatever is asked ------------------------------------------------------
 */

/* US dollars. */
static const double usual_balance = 80;

/* Somebody uses it up, maybe. */
static double balance(const struct story_healthy *healthy, double since) {
  double begin = healthy->balance < 0 ? usual_balance : healthy->balance;
  double left = begin - healthy->spend * since / 3600;
  return left > 0 ? left : 0;
}

/* How a healthy relay answers with a model. */
struct api {
  unsigned kind;
  void (*write)(yajl_gen gen, const struct probe_settings *probe,
                const struct story_healthy *healthy);
  void (*stream)(struct story_answer *answer, yajl_gen gen,
                 const struct probe_settings *probe,
                 const struct story_healthy *healthy);
  size_t silent; /* how many events of a stream come before the first token */
};

static const struct api *api_of(const struct probe_settings *probe) {
  static const struct api apis[] = {
      {KIND_CHAT, write_completion, stream_chat, 1},
      {KIND_MESSAGES, write_message, stream_messages, 1},
      {KIND_RESPONSES, write_response, stream_responses, 0},
      {KIND_EMBEDDINGS, write_embedding, NULL, 0}};
  const struct api *api = apis;
  while (&probe_kinds[api->kind] != probe->kind)
    api++;
  return api;
}

static void write_body(yajl_gen gen, const struct request *request,
                       const struct story_healthy *healthy, double since) {
  const struct probe_settings *probe = request->probe;
  if (probe_kind_has(probe->kind, PROBE_TELLS_BALANCE))
    balance_write(gen, probe, balance(healthy, since),
                  request->previous != NULL);
  else if (probe_kind_has(probe->kind, PROBE_LISTS_MODELS))
    write_models(gen, request->relay);
  else
    api_of(probe)->write(gen, probe, healthy);
}

static void write_stream(struct story_answer *answer, yajl_gen gen,
                         const struct request *request,
                         const struct story_healthy *healthy) {
  const struct api *api = api_of(request->probe);
  api->stream(answer, gen, request->probe, healthy);
  for (size_t i = api->silent; i < answer->chunk_count; i++)
    answer->chunks[i].time += healthy->first_token;
}

static const char *content_type(bool streams) {
  return streams ? "Content-Type: text/event-stream"
                 : "Content-Type: application/json";
}

void healthy_answer(struct story_answer *answer, const struct request *request,
                    const struct story_healthy *any, double since) {
  bool streams = request->probe->stream;
  struct story_healthy answering = *any;
  const struct story_healthy *healthy = &answering;
  if (answering.reply == NULL)
    answering.reply = request->expected;
  yajl_gen gen = yajl_gen_alloc(NULL);
  *answer = (struct story_answer){.status = 200};
  answer->after = healthy_after(request) + healthy->delay;
  answer->headers = memory_zeros(1, sizeof *answer->headers);
  answer->headers[answer->header_count++] = memory_text(content_type(streams));
  if (streams) {
    write_stream(answer, gen, request, healthy);
  } else {
    write_body(gen, request, healthy, since);
    add_chunk(answer, 0, taken(gen, "", ""));
  }
  yajl_gen_free(gen);
}

void healthy_free(struct story_answer *answer) {
  for (size_t i = 0; i < answer->chunk_count; i++)
    free((char *)answer->chunks[i].text);
  for (size_t i = 0; i < answer->header_count; i++)
    free(answer->headers[i]);
  free(answer->chunks);
  free(answer->headers);
  *answer = (struct story_answer){0};
}

double healthy_first_token(const struct request *request,
                           const struct story_healthy *healthy) {
  double silent = pieces_apart * (double)api_of(request->probe)->silent;
  return healthy_after(request) + healthy->delay + silent +
         healthy->first_token;
}

double healthy_after(const struct request *request) {
  return probe_kind_has(request->probe->kind, PROBE_USES_TOKENS) ? 0.9 : 0.2;
}
