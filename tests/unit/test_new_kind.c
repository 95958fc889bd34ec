/* Two additional kinds of probes: each is a struct prober and a row. This
 * program has its own table; everything else is the plugin's. */
#include "config/config_items.h"
#include "config_fixture.h"
#include "engine/runtime.h"
#include "metrics_fixture.h"
#include "probe/answer.h"
#include "probe/probe_kind.h"
#include "probe/prober.h"
#include "probe/request_body.h"
#include "state/messages.h"

#include <stdio.h>
#include <string.h>

static void add_members(yajl_gen gen, const struct probe_settings *probe,
                        const struct prompt_values *values) {
  (void)values;
  request_add_number(gen, "limit", probe->max_tokens);
}

/* --- a completion by another API ----------------------------------------- */

enum {
  WANT_TEXT = API_ERROR_SELECTORS,
  WANT_PIECE,
  WANT_STOP,
  WANT_MODEL,
  WANT_INPUT,
  WANT_OUTPUT
};

static void select_message(struct answer *answer, struct json_reader *json) {
  static const struct json_selector selectors[] = {
      {"content/#/text", WANT_TEXT},
      {"delta/text", WANT_PIECE},
      {"stop_reason", WANT_STOP},
      {"delta/stop_reason", WANT_STOP},
      {"model", WANT_MODEL},
      {"usage/input_tokens", WANT_INPUT},
      {"usage/output_tokens", WANT_OUTPUT}};
  (void)answer;
  for (size_t i = 0; i < COUNT_OF(selectors); i++)
    json_select(json, &selectors[i]);
}

static void on_message(struct answer *answer, int id,
                       const struct json_value *value) {
  switch (id) {
  case WANT_STOP:
    completion_on_finish(answer, value);
    break;
  case WANT_MODEL:
    completion_on_model(answer, value);
    break;
  case WANT_INPUT:
    completion_on_tokens(answer, TOKENS_PROMPT, value);
    break;
  case WANT_OUTPUT:
    completion_on_tokens(answer, TOKENS_COMPLETION, value);
    break;
  default:
    completion_on_text(answer, value, id == WANT_PIECE);
  }
}

static const struct prober messages_prober = {
    .add_members = add_members,
    .select = select_message,
    .on_field = on_message,
    .evaluate = completion_evaluate,
    .add_stats = completion_add_stats,
    .on_truncated = completion_on_truncated,
};

/* --- tokens, but no completion ------------------------------------------- */

enum { WANT_NUMBER = API_ERROR_SELECTORS, WANT_TOKENS };

struct embeddings_answer {
  unsigned numbers;
  double tokens;
};

ANSWER_STATE(struct embeddings_answer)

static void select_vector(struct answer *answer, struct json_reader *json) {
  static const struct json_selector number = {"data/#/embedding/#",
                                              WANT_NUMBER},
                                    tokens = {"usage/prompt_tokens",
                                              WANT_TOKENS};
  (void)answer;
  json_select(json, &number);
  json_select(json, &tokens);
}

static void on_vector(struct answer *answer, int id,
                      const struct json_value *value) {
  struct embeddings_answer *mine = state_of(answer);
  if (id == WANT_NUMBER)
    mine->numbers++;
  else
    json_parse_number(value->text, value->length, &mine->tokens);
}

static enum cause evaluate_vector(const struct answer *answer,
                                  struct probe_result *result) {
  const struct embeddings_answer *mine = const_state_of(answer);
  result->has_usage = true;
  result->prompt_tokens = (uint64_t)mine->tokens;
  return mine->numbers > 0 ? CAUSE_OK : CAUSE_MALFORMED;
}

static const struct prober embeddings_prober = {
    .add_members = add_members,
    .select = select_vector,
    .on_field = on_vector,
    .evaluate = evaluate_vector,
};

/* --- the table ------------------------------------------------------------ */

extern const struct prober models_prober, billing_prober, chat_prober;

enum { MESSAGES = KIND_CHAT + 1, EMBEDDINGS };

const struct probe_kind probe_kinds[] = {
    [KIND_MODELS] = {.block = "Models",
                     .endpoint = "models",
                     .prober = &models_prober,
                     .traits = PROBE_LISTS_MODELS,
                     .by_default = true,
                     .path = "/models",
                     .timeout = 10 * USEC_PER_SEC},
    [KIND_BILLING] = {.block = "Billing",
                      .endpoint = "billing",
                      .prober = &billing_prober,
                      .traits = PROBE_TELLS_BALANCE,
                      .rank = RANK_BILLING,
                      .path = "/billing",
                      .timeout = 10 * USEC_PER_SEC},
    [KIND_CHAT] = {.block = "Chat",
                   .endpoint = "chat/completions",
                   .prober = &chat_prober,
                   .traits = PROBE_USES_TOKENS | PROBE_COMPLETES |
                             PROBE_STREAMS | PROBE_MAX_COMPLETION_TOKENS,
                   .rank = RANK_TOKENS,
                   .path = "/chat/completions",
                   .timeout = 30 * USEC_PER_SEC},
    [MESSAGES] = {.block = "Messages",
                  .endpoint = "messages",
                  .prober = &messages_prober,
                  .traits = PROBE_USES_TOKENS | PROBE_COMPLETES | PROBE_STREAMS,
                  .rank = RANK_TOKENS,
                  .path = "/messages",
                  .timeout = 25 * USEC_PER_SEC,
                  .min_default_interval = 60 * USEC_PER_SEC},
    [EMBEDDINGS] = {.block = "Embeddings",
                    .endpoint = "embeddings",
                    .prober = &embeddings_prober,
                    .traits = PROBE_USES_TOKENS,
                    .rank = RANK_TOKENS,
                    .path = "/embeddings",
                    .timeout = 10 * USEC_PER_SEC,
                    .min_default_interval = 60 * USEC_PER_SEC},
};

const size_t probe_kind_count = COUNT_OF(probe_kinds);

/* --- the configuration --------------------------------------------------- */

static struct config_fixture config;

static bool read_relay(const char *blocks) {
  char text[1024];
  config_fixture_init(&config);
  snprintf(text, sizeof text,
           "<Relay \"main\">\n  APIKey \"sk-test\"\n%s\n</Relay>\n", blocks);
  return config_fixture_read(&config, text);
}

static void check_refused(const char *blocks, const char *wanted) {
  char line[512];
  snprintf(line, sizeof line, "Relay \"main\": %s", wanted);
  ck_assert(!read_relay(blocks));
  ck_assert_str_eq(config.error.text, line);
  config_fixture_free(&config);
}

START_TEST(test_its_block_is_read) {
  ck_assert(read_relay("<messages \"claude\">\n  MaxTokens 20\n  Stream true\n"
                       "  Prompt \"hi\"\n</messages>\nMessages \"other\""));
  const struct relay_settings *settings = &config.settings.relays[0];
  const struct probe_settings *probe = &settings->probes[0];
  ck_assert_uint_eq(settings->probe_count, 2);
  ck_assert_ptr_eq(probe->kind, &probe_kinds[MESSAGES]);
  ck_assert_str_eq(probe->path, "/messages");
  ck_assert_str_eq(probe->model_label, "claude");
  ck_assert_int_eq(probe->interval, 60 * USEC_PER_SEC);
  ck_assert_int_eq(probe->timeout, 25 * USEC_PER_SEC);
  ck_assert_uint_eq(probe->max_tokens, 20);
  ck_assert(probe->stream);
  config_fixture_free(&config);
}
END_TEST

/* A relay without probe blocks gets only the probes that are default in their
 * rows. */
START_TEST(test_it_is_no_default) {
  ck_assert(read_relay(""));
  ck_assert_uint_eq(config.settings.relays[0].probe_count, 1);
  ck_assert_ptr_eq(config.settings.relays[0].probes[0].kind,
                   &probe_kinds[KIND_MODELS]);
  config_fixture_free(&config);
}
END_TEST

START_TEST(test_mistakes_in_its_block) {
  check_refused("Message \"m\"",
                "Message: unknown key, did you mean Messages?");
  check_refused("<Messages>\n  MaxTokens 5\n</Messages>",
                "Messages: requires one name in quotes");
  check_refused("<Messages \"m\">\n  MaxToken 5\n</Messages>",
                "Messages \"m\": MaxToken: unknown key, did you mean "
                "MaxTokens?");
  check_refused("<Messages \"m\">\n  MaxCostPerDay 1\n</Messages>",
                "Messages \"m\": MaxCostPerDay: requires PromptPrice and "
                "CompletionPrice");
  check_refused("<Embeddings \"m\">\n  MaxCostPerDay 1\n</Embeddings>",
                "Embeddings \"m\": MaxCostPerDay: requires PromptPrice");
}
END_TEST

/* The kind lacks these traits. */
START_TEST(test_keys_that_it_does_not_take) {
  check_refused(
      "<Messages \"m\">\n  MaxCompletionTokens 5\n</Messages>",
      "Messages \"m\": MaxCompletionTokens: is only allowed in <Chat>");
  check_refused(
      "<Embeddings \"m\">\n  MaxTokens 5\n</Embeddings>",
      "Embeddings \"m\": MaxTokens: is only allowed in <Chat> or <Messages>");
  check_refused(
      "Prompt \"hi\"",
      "Prompt: is only allowed in <Chat>, <Messages> or <Embeddings>");
}
END_TEST

/* Most series of a model do not name the kind of probe. */
START_TEST(test_one_model_in_two_kinds_needs_a_label) {
  check_refused("Chat \"m\"\nMessages \"m\"",
                "Messages \"m\": another model looks the same in the metrics: "
                "give one of them a Label");
  ck_assert(read_relay("Chat \"m\"\n<Messages \"m\">\n  Label \"m by Messages\""
                       "\n</Messages>"));
  config_fixture_free(&config);
}
END_TEST

/* --- probing ------------------------------------------------------------- */

static struct relay_runtime runtime;

static const struct probe_settings *start(const char *block) {
  ck_assert_msg(read_relay(block), "%s", config.error.text);
  unit_relay_init(&unit); /* for the bounds */
  ck_assert(relay_runtime_init(&runtime, &config.settings.relays[0],
                               &unit.bounds, "host", 0, 1000));
  probe_runtime_first(&runtime.probes[0], 1000);
  return &config.settings.relays[0].probes[0];
}

static void stop(void) {
  relay_runtime_free(&runtime);
  config_fixture_free(&config);
}

static struct probe_result probe(const struct probe_settings *settings,
                                 const char *body) {
  struct probe_result result = unit_probe_result(settings, 200, body);
  state_record(&runtime.state, 0, &result, 1001);
  relay = runtime.state;
  series_collect();
  return result;
}

START_TEST(test_its_request) {
  start("Messages \"claude\"");
  ck_assert_str_eq(runtime.probes[0].request.url,
                   "https://api.holysheep.ai/v1/messages");
  ck_assert_str_eq(runtime.probes[0].request.body,
                   "{\"model\":\"claude\",\"limit\":16}");
  ck_assert_uint_eq(runtime.window.needs[RANK_TOKENS], 0);
  stop();
  start("MaxRequests 10\nMessages \"claude\"");
  ck_assert_uint_eq(runtime.window.needs[RANK_TOKENS], 1);
  stop();
}
END_TEST

START_TEST(test_its_series) {
  const struct probe_settings *settings =
      start("<Messages \"claude\">\n  PromptPrice 3\n  CompletionPrice 15\n"
            "</Messages>");
  ck_assert_int_eq(
      probe(settings, "{\"content\":[{\"text\":\"pong\"}],\"model\":\"claude\","
                      "\"stop_reason\":\"end_turn\",\"usage\":{"
                      "\"input_tokens\":8,\"output_tokens\":2}}")
          .cause,
      CAUSE_OK);
  ck_assert_double_eq(series_value(METRIC_UP, "endpoint=messages,model=claude"),
                      1);
  ck_assert_double_eq(series_value(METRIC_TOKENS, "model=claude,type=prompt"),
                      8);
  ck_assert_double_eq(
      series_value(METRIC_TOKENS, "model=claude,type=completion"), 2);
  ck_assert_double_eq_tol(series_value(METRIC_COST, "model=claude"), 54e-6,
                          1e-12);
  ck_assert_double_eq(series_value(METRIC_MODEL_MISMATCH, "model=claude"), 0);
  ck_assert_uint_eq(series_count_of(METRIC_FIRST_TOKEN), 0);
  ck_assert_uint_eq(series_count_of(METRIC_SPENT), 0);
  stop();
}
END_TEST

START_TEST(test_its_stream) {
  const struct probe_settings *settings =
      start("<Messages \"claude\">\n  Stream true\n</Messages>");
  ck_assert_int_eq(
      probe(settings,
            "event: content_block_delta\ndata: {\"delta\":{\"text\":\"po\"}}\n"
            "\nevent: content_block_delta\ndata: {\"delta\":{\"text\":\"ng\"}}"
            "\n\nevent: message_delta\ndata: {\"delta\":{\"stop_reason\":"
            "\"end_turn\"}}\n\n")
          .cause,
      CAUSE_OK);
  ck_assert_double_eq(
      series_suffix(METRIC_FIRST_TOKEN, SUFFIX_COUNT, "model=claude"), 1);
  ck_assert_int_eq(
      probe(settings, "data: {\"delta\":{\"text\":\"po\"}}\n\n").cause,
      CAUSE_STREAM_CUT);
  stop();
}
END_TEST

/* It has prompts and a price, nothing else. */
START_TEST(test_series_of_tokens_alone) {
  const struct probe_settings *settings =
      start("<Embeddings \"small\">\n  PromptPrice 3\n  MaxCostPerDay 1\n"
            "</Embeddings>");
  ck_assert_int_eq(probe(settings, "{\"data\":[]}").cause, CAUSE_MALFORMED);
  ck_assert_int_eq(probe(settings, "{\"data\":[{\"embedding\":[0.1,0.2]}],"
                                   "\"usage\":{\"prompt_tokens\":8}}")
                       .cause,
                   CAUSE_OK);
  ck_assert_double_eq(series_value(METRIC_TOKENS, "model=small,type=prompt"),
                      8);
  ck_assert_double_eq(series_value(METRIC_PRICE, "model=small,type=prompt"), 3);
  ck_assert(!series_exists(METRIC_TOKENS, "model=small,type=completion"));
  ck_assert(!series_exists(METRIC_PRICE, "model=small,type=completion"));
  ck_assert_double_eq_tol(series_value(METRIC_COST, "model=small"), 24e-6,
                          1e-12);
  stop();
}
END_TEST

START_TEST(test_its_lines) {
  char line[MESSAGE_MAX];
  start("Messages \"claude\"");
  message_startup(line, &config.settings.relays[0]);
  ck_assert_str_eq(
      line, "Relay \"main\": https://api.holysheep.ai/v1; messages claude "
            "every 60 s; API key from APIKey; about 34560 tokens per day");
  stop();
}
END_TEST

int main(void) {
  return UNIT_RUN("new_kind", test_its_block_is_read, test_it_is_no_default,
                  test_mistakes_in_its_block, test_keys_that_it_does_not_take,
                  test_one_model_in_two_kinds_needs_a_label, test_its_request,
                  test_its_series, test_its_stream, test_series_of_tokens_alone,
                  test_its_lines);
}
