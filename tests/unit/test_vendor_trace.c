/* Traces of vendors: in each form of an answer, plain and streamed. */
#include "probe/vendor_trace.h"

#include "probe/probe_kind.h"
#include "probe/response.h"
#include "state/metric_family.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

static struct unit_relay unit;
static struct request request;
static char key[KEY_MAX] = "sk-0123456789abcdef";
static struct response response;

static void open_response(unsigned kind, bool stream) {
  unit_relay_init(&unit);
  unit.probes[UNIT_CHAT].kind = &probe_kinds[kind];
  unit.probes[UNIT_CHAT].stream = stream;
  request = (struct request){
      .relay = &unit.relay, .probe = &unit.probes[UNIT_CHAT], .key = key};
  ck_assert(response_init(&response, unit.relay.header_count));
  response_open(&response, &request);
}

static void header(const char *line) {
  ck_assert(response_header(&response, line, strlen(line), 0));
}

static struct probe_result finish(const char *body, int status) {
  struct http_result http = unit_http_result(status);
  struct probe_result result;
  response_body(&response, body, strlen(body), 0.25);
  response_finish(&response, &http, &result);
  response_free(&response);
  return result;
}

/* Exactly these vendors, or none. */
static void check(unsigned kind, const char *body, unsigned vendors) {
  open_response(kind, strncmp(body, "data:", 5) == 0);
  struct probe_result result = finish(body, 200);
  ck_assert_msg(result.cause == CAUSE_OK, "%s: %s", body,
                causes[result.cause].name);
  ck_assert_msg(result.vendors == vendors, "%s: %#x", body, result.vendors);
}

#define ONE(vendor) VENDOR_BIT(VENDOR_##vendor)

/* The manual lists them. */
START_TEST(test_names) {
  char quoted[32];
  for (enum vendor v = 0; v < VENDORS; v++) {
    ck_assert_ptr_nonnull(vendor_name(v));
    ck_assert_uint_gt(strlen(vendor_name(v)), 0);
    ck_assert_uint_eq(strspn(vendor_name(v), "abcdefghijklmnopqrstuvwxyz"),
                      strlen(vendor_name(v)));
    snprintf(quoted, sizeof quoted, "C<%s>", vendor_name(v));
    ck_assert_ptr_nonnull(
        strstr(metric_families[METRIC_VENDOR_TRACES].help, quoted));
  }
}
END_TEST

/* --- chat ----------------------------------------------------------------- */

#define PLAIN_CHAT(members)                                                    \
  "{\"object\":\"chat.completion\"," members                                   \
  ",\"choices\":[{\"message\":{\"content\":\"pong\"}}]}"
#define CHAT_USAGE(members)                                                    \
  PLAIN_CHAT("\"usage\":{\"prompt_tokens\":8,\"completion_tokens\":2," members \
             "}")
#define CHAT_STREAM(members, choice, last)                                     \
  "data: {" members "\"choices\":[{" choice                                    \
  "\"delta\":{\"content\":\"pong\"}}]}\n\n"                                    \
  "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":8," last                 \
  "\"completion_tokens\":2}}\n\ndata: [DONE]\n\n"

/* What gateways put into the answers of any model is no trace. */
START_TEST(test_chat) {
  static const struct {
    const char *body;
    unsigned vendors;
  } cases[] = {
      {PLAIN_CHAT("\"id\":\"chatcmpl-1\",\"system_fingerprint\":\"fp_1\""), 0},
      {PLAIN_CHAT("\"id\":\"0196a2f0-14c0\""), 0},
      {PLAIN_CHAT("\"id\":\"msg_\""), 0}, /* nothing follows */
      {PLAIN_CHAT("\"id\":[\"msg_1\"]"), 0},
      {PLAIN_CHAT("\"id\":null"), 0},
      {PLAIN_CHAT("\"id\":\"xmsg_1\""), 0},
      {PLAIN_CHAT("\"id\":\"msg_01\""), ONE(ANTHROPIC)},
      {PLAIN_CHAT("\"id\":\"msg_bdrk_01\""), ONE(AWS)},
      {PLAIN_CHAT("\"id\":\"msg_vrtx_01\""), ONE(GOOGLE)},
      {PLAIN_CHAT("\"id\":\"chatcmpl-msg_01\""), ONE(ANTHROPIC)},
      {PLAIN_CHAT("\"id\":\"chatcmpl-msg_bdrk_01\""), ONE(AWS)},
      {PLAIN_CHAT("\"id\":\"chatcmpl-msg_vrtx_01\""), ONE(GOOGLE)},
      {PLAIN_CHAT("\"id\":\"resp_01\""), ONE(OPENAI)},
      {PLAIN_CHAT("\"id\":\"gen-1\",\"x_groq\":{\"id\":\"req_1\"}"),
       ONE(OPENROUTER) | ONE(GROQ)},
      {PLAIN_CHAT("\"x_groq\":null"), 0},
      {PLAIN_CHAT("\"modelVersion\":\"gemini-2.5-flash\""), ONE(GOOGLE)},
      {PLAIN_CHAT("\"usageMetadata\":{}"), ONE(GOOGLE)},
      {PLAIN_CHAT("\"prompt_filter_results\":[]"), ONE(AZURE)},
      {PLAIN_CHAT("\"amazon-bedrock-invocationMetrics\":{}"), ONE(AWS)},
      {CHAT_USAGE("\"prompt_tokens_details\":{\"cached_tokens\":0}"), 0},
      {CHAT_USAGE("\"prompt_cache_hit_tokens\":0,"
                  "\"prompt_cache_miss_tokens\":8"),
       0},
      {CHAT_USAGE("\"cache_creation_input_tokens\":0,"
                  "\"cache_read_input_tokens\":0"),
       0},
      {CHAT_USAGE("\"cost_in_usd_ticks\":1"), ONE(XAI)},
      {CHAT_USAGE("\"num_sources_used\":0"), ONE(XAI)},
      {CHAT_USAGE("\"extra_properties\":{\"google\":{}}"), ONE(GOOGLE)},
      {"{\"choices\":[{\"native_finish_reason\":\"STOP\",\"message\":{"
       "\"content\":\"pong\"}}]}",
       0},
      {"{\"choices\":[{\"content_filter_results\":{},\"message\":{"
       "\"content\":\"pong\"}}]}",
       ONE(AZURE)},
      /* The names of Responses, or a tool's, are of no vendor. */
      {"{\"choices\":[{\"message\":{\"id\":\"msg_1\",\"content\":\"pong\","
       "\"x_groq\":1}}]}",
       0},
      {CHAT_STREAM("\"id\":\"chatcmpl-1\",", "", ""), 0},
      {CHAT_STREAM("\"id\":\"msg_bdrk_1\",", "", ""), ONE(AWS)},
      {CHAT_STREAM("\"id\":\"chatcmpl-msg_1\",", "", ""), ONE(ANTHROPIC)},
      {CHAT_STREAM("", "\"content_filter_results\":{},", ""), ONE(AZURE)},
      {CHAT_STREAM("\"x_groq\":{},", "", "\"cost_in_usd_ticks\":1,"),
       ONE(GROQ) | ONE(XAI)}};
  for (size_t i = 0; i < COUNT_OF(cases); i++)
    check(KIND_CHAT, cases[i].body, cases[i].vendors);
}
END_TEST

/* --- messages ------------------------------------------------------------- */

#define PLAIN_MESSAGE(id, usage)                                               \
  "{\"id\":\"" id "\",\"type\":\"message\",\"content\":[{\"type\":\"text\","   \
  "\"text\":\"pong\"}],\"stop_reason\":\"end_turn\",\"usage\":{"               \
  "\"input_tokens\":8,\"output_tokens\":2" usage "}}"
#define MESSAGE_STREAM(id, last)                                               \
  "data: {\"type\":\"message_start\",\"message\":{\"id\":\"" id "\","          \
  "\"content\":[],\"usage\":{\"input_tokens\":8,"                              \
  "\"cache_read_input_tokens\":0}}}\n\n"                                       \
  "data: {\"type\":\"content_block_delta\",\"delta\":{\"text\":\"pong\"}}\n\n" \
  "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}" \
  "}\n\ndata: {\"type\":\"message_stop\"" last "}\n\n"

START_TEST(test_messages) {
  check(KIND_MESSAGES,
        PLAIN_MESSAGE("msg_1", ",\"cache_creation_input_tokens\":0"), 0);
  check(KIND_MESSAGES, PLAIN_MESSAGE("msg_bdrk_1", ""), ONE(AWS));
  check(KIND_MESSAGES, PLAIN_MESSAGE("msg_vrtx_1", ""), ONE(GOOGLE));
  check(KIND_MESSAGES, PLAIN_MESSAGE("chatcmpl-1", ""), 0);
  check(KIND_MESSAGES, PLAIN_MESSAGE("resp_1", ",\"cost_in_usd_ticks\":1"),
        ONE(OPENAI) | ONE(XAI));
  check(KIND_MESSAGES, MESSAGE_STREAM("msg_1", ""), 0);
  check(KIND_MESSAGES, MESSAGE_STREAM("msg_vrtx_1", ""), ONE(GOOGLE));
  check(KIND_MESSAGES,
        MESSAGE_STREAM("gen-1", ",\"amazon-bedrock-invocationMetrics\":{}"),
        ONE(OPENROUTER) | ONE(AWS));
}
END_TEST

/* --- responses ------------------------------------------------------------ */

#define RESPONSE(id, usage)                                                    \
  "{\"id\":\"" id "\",\"object\":\"response\",\"status\":\"completed\","       \
  "\"output\":[{\"type\":\"message\",\"id\":\"msg_1\",\"content\":[{"          \
  "\"type\":\"output_text\",\"text\":\"pong\"}]}],\"usage\":{"                 \
  "\"input_tokens\":8,\"output_tokens\":2" usage "}}"
#define RESPONSE_STREAM(id, usage)                                             \
  "data: {\"type\":\"response.output_item.added\",\"item\":{\"id\":"           \
  "\"msg_1\",\"type\":\"message\"}}\n\n"                                       \
  "data: {\"type\":\"response.output_text.delta\",\"item_id\":\"msg_1\","      \
  "\"delta\":\"pong\"}\n\n"                                                    \
  "data: {\"type\":\"response.completed\",\"response\":" RESPONSE(             \
      id, usage) "}\n\n"

/* The items of its own form are called msg_, too. */
START_TEST(test_responses) {
  check(KIND_RESPONSES, RESPONSE("resp_1", ""), 0);
  check(KIND_RESPONSES, RESPONSE("chatcmpl-1", ""), 0);
  check(KIND_RESPONSES, RESPONSE("chatcmpl-msg_1", ""), ONE(ANTHROPIC));
  check(KIND_RESPONSES, RESPONSE("msg_1", ""), ONE(ANTHROPIC));
  check(KIND_RESPONSES, RESPONSE("resp_1", ",\"cost_in_usd_ticks\":1"),
        ONE(XAI));
  check(KIND_RESPONSES, RESPONSE_STREAM("resp_1", ""), 0);
  check(KIND_RESPONSES, RESPONSE_STREAM("gen-1", ""), ONE(OPENROUTER));
  check(KIND_RESPONSES, RESPONSE_STREAM("resp_1", ",\"num_sources_used\":0"),
        ONE(XAI));
  check(KIND_RESPONSES,
        RESPONSE_STREAM("resp_1", ",\"cache_read_input_tokens\":0"), 0);
  check(KIND_RESPONSES,
        RESPONSE_STREAM("resp_1", ",\"extra_properties\":{\"google\":{}}"),
        ONE(GOOGLE));
}
END_TEST

/* --- headers -------------------------------------------------------------- */

static unsigned with_header(unsigned kind, const char *line, const char *body) {
  open_response(kind, false);
  header("HTTP/1.1 200 OK\r\n");
  header(line);
  return finish(body, 200).vendors;
}

START_TEST(test_headers) {
  static const struct {
    const char *line;
    unsigned in_chat, in_messages, in_responses;
  } cases[] = {
      {"Content-Type: application/json\r\n", 0, 0, 0},
      {"x-amzn-RequestId: 1\r\n", 0, 0, 0}, /* of any service there */
      {"CF-RAY: 1\r\n", 0, 0, 0},
      {"x-request-id: msg_bdrk_1\r\n", 0, 0, 0},
      {"anthropic-ratelimit-requests-limit: 5\r\n", ONE(ANTHROPIC), 0,
       ONE(ANTHROPIC)},
      {"Anthropic-Organization-Id: 1\r\n", ONE(ANTHROPIC), 0, ONE(ANTHROPIC)},
      {"openai-organization: o\r\n", 0, ONE(OPENAI), 0},
      {"openai-processing-ms: 5\r\n", 0, ONE(OPENAI), 0},
      {"openai-processing-mss: 5\r\n", 0, 0, 0},
      {"x-amzn-bedrock-input-token-count: 8\r\n", ONE(AWS), ONE(AWS), ONE(AWS)},
      {"azureml-model-session: d1\r\n", ONE(AZURE), ONE(AZURE), ONE(AZURE)},
      {"x-ds-trace-id: 1\r\n", ONE(DEEPSEEK), ONE(DEEPSEEK), ONE(DEEPSEEK)},
      {"x-groq-region: fra\r\n", ONE(GROQ), ONE(GROQ), ONE(GROQ)},
      {"Msh-Request-Id: 1\r\n", ONE(MOONSHOT), ONE(MOONSHOT), ONE(MOONSHOT)},
      {"x-msh-trace-id: 1\r\n", ONE(MOONSHOT), ONE(MOONSHOT), ONE(MOONSHOT)},
      {"x-siliconcloud-trace-id: 1\r\n", ONE(SILICONFLOW), ONE(SILICONFLOW),
       ONE(SILICONFLOW)}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    ck_assert_msg(with_header(KIND_CHAT, cases[i].line,
                              PLAIN_CHAT("\"id\":\"1\"")) == cases[i].in_chat,
                  "%s", cases[i].line);
    ck_assert_msg(with_header(KIND_MESSAGES, cases[i].line,
                              PLAIN_MESSAGE("1", "")) == cases[i].in_messages,
                  "%s", cases[i].line);
    ck_assert_msg(with_header(KIND_RESPONSES, cases[i].line,
                              RESPONSE("1", "")) == cases[i].in_responses,
                  "%s", cases[i].line);
  }
}
END_TEST

/* Those of a proxy, or of a 1xx, are not the answer's. */
START_TEST(test_only_the_last_headers_count) {
  open_response(KIND_CHAT, false);
  header("HTTP/1.1 200 Connection established\r\n");
  header("x-groq-region: fra\r\n");
  header("\r\n");
  header("HTTP/1.1 200 OK\r\n");
  header("x-ds-trace-id: 1\r\n");
  ck_assert_uint_eq(finish(PLAIN_CHAT("\"id\":\"1\""), 200).vendors,
                    ONE(DEEPSEEK));
}
END_TEST

/* --- what is no completion ------------------------------------------------ */

START_TEST(test_errors_have_none) {
  open_response(KIND_CHAT, false);
  header("HTTP/1.1 429 Too Many Requests\r\n");
  header("x-groq-region: fra\r\n");
  ck_assert_uint_eq(
      finish("{\"id\":\"gen-1\",\"error\":{\"message\":\"slow down\"}}", 429)
          .vendors,
      0);
}
END_TEST

START_TEST(test_embeddings_have_none) {
  static const char body[] =
      "{\"id\":\"gen-1\",\"data\":[{\"embedding\":[0.5]}],\"usage\":{"
      "\"prompt_tokens\":1,\"cost_in_usd_ticks\":1}}";
  ck_assert_uint_eq(with_header(KIND_EMBEDDINGS, "x-groq-region: f\r\n", body),
                    0);
}
END_TEST

/* Of a stream that breaks off, too. */
START_TEST(test_truncated_stream) {
  open_response(KIND_CHAT, true);
  struct http_result http = unit_http_result(200);
  struct probe_result result;
  static const char body[] = "data: {\"id\":\"gen-1\",\"choices\":[{\"delta\":"
                             "{\"content\":\"pong\"}}]}\n\n";
  response_body(&response, body, strlen(body), 0.25);
  http.transport_error = CAUSE_CONNECTION;
  response_finish(&response, &http, &result);
  response_free(&response);
  ck_assert_int_eq(result.cause, CAUSE_STREAM_CUT);
  ck_assert_uint_eq(result.vendors, ONE(OPENROUTER));
}
END_TEST

int main(void) {
  return UNIT_RUN("vendor_trace", test_names, test_chat, test_messages,
                  test_responses, test_headers,
                  test_only_the_last_headers_count, test_errors_have_none,
                  test_embeddings_have_none, test_truncated_stream);
}
