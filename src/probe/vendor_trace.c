#include "probe/vendor_trace.h"

#include "base/json.h"
#include "base/text.h"

#include <string.h>

const char *vendor_name(enum vendor vendor) {
  static const char *const names[VENDORS] = {[VENDOR_ANTHROPIC] = "anthropic",
                                             [VENDOR_AWS] = "aws",
                                             [VENDOR_AZURE] = "azure",
                                             [VENDOR_DEEPSEEK] = "deepseek",
                                             [VENDOR_GOOGLE] = "google",
                                             [VENDOR_GROQ] = "groq",
                                             [VENDOR_MOONSHOT] = "moonshot",
                                             [VENDOR_OPENAI] = "openai",
                                             [VENDOR_OPENROUTER] = "openrouter",
                                             [VENDOR_SILICONFLOW] =
                                                 "siliconflow",
                                             [VENDOR_XAI] = "xai"};
  return names[vendor];
}

/* --- the traces ---------------------------------------------------------- */

#define OWN(form) (1u << (form))

struct trace {
  const char *text; /* the beginning of an id or a header */
  enum vendor vendor;
  unsigned own; /* the forms that have it by themselves: a bit each */
};

/* Each is from a vendor's documentation, or from what clients recorded of its
 * answers. These are no traces, because others send them for any model, as
 * their sources and recordings show:
 * - chatcmpl-: one-api and new-api, in whatever form the answer is;
 * - native_finish_reason, which is OpenRouter's: CLIProxyAPI;
 * - cache_creation_input_tokens and cache_read_input_tokens, which are
 *   Anthropic's: LiteLLM, for all models at Amazon;
 * - prompt_cache_hit_tokens and prompt_cache_miss_tokens, which are DeepSeek's:
 *   Nebius, and new-api the former;
 * - x-amzn-requestid: Amazon's API gateway; cf-ray: Cloudflare. */

/* The first one that fits counts. */
static const struct trace ids[] = {
    /* Anthropic's messages have the cloud that they come from in their ids, as
     * clients recorded them (async-aws, CodexBar). */
    {"msg_bdrk_", VENDOR_AWS, 0},
    {"msg_vrtx_", VENDOR_GOOGLE, 0},
    {"msg_", VENDOR_ANTHROPIC, OWN(FORM_MESSAGES)},
    /* The source of one-api, which translates messages to chat so, as do its
     * descendants. */
    {"chatcmpl-msg_bdrk_", VENDOR_AWS, 0},
    {"chatcmpl-msg_vrtx_", VENDOR_GOOGLE, 0},
    {"chatcmpl-msg_", VENDOR_ANTHROPIC, 0},
    /* developers.openai.com; kept by CLIProxyAPI, which translates to chat. */
    {"resp_", VENDOR_OPENAI, OWN(FORM_RESPONSES)},
    /* openrouter.ai, "Get a generation" */
    {"gen-", VENDOR_OPENROUTER, 0},
};

static const struct trace headers[] = {
    /* platform.claude.com, "Rate limits" and the release notes of 2025-02 */
    {"anthropic-ratelimit-", VENDOR_ANTHROPIC, OWN(FORM_MESSAGES)},
    {"anthropic-organization-id:", VENDOR_ANTHROPIC, OWN(FORM_MESSAGES)},
    /* docs.aws.amazon.com, InvokeModel; token counts, as clients read them
     * (LangChain) */
    {"x-amzn-bedrock-", VENDOR_AWS, 0},
    /* azureml-model-session and -group, as clients recorded them (CrewAI,
     * LiteLLM) */
    {"azureml-model-", VENDOR_AZURE, 0},
    /* in each answer of api.deepseek.com, as clients recorded them */
    {"x-ds-trace-id:", VENDOR_DEEPSEEK, 0},
    /* x-groq-region, as clients read it */
    {"x-groq-", VENDOR_GROQ, 0},
    /* platform.kimi.ai: each answer has it. */
    {"msh-request-id:", VENDOR_MOONSHOT, 0},
    /* x-msh-trace-id, as clients read it */
    {"x-msh-", VENDOR_MOONSHOT, 0},
    /* developers.openai.com, "Debugging requests" */
    {"openai-organization:", VENDOR_OPENAI,
     OWN(FORM_CHAT) | OWN(FORM_RESPONSES)},
    {"openai-processing-ms:", VENDOR_OPENAI,
     OWN(FORM_CHAT) | OWN(FORM_RESPONSES)},
    /* docs.siliconflow.cn: each answer has it. */
    {"x-siliconcloud-trace-id:", VENDOR_SILICONFLOW, 0},
};

enum { FIELD_ID = VENDOR_TRACE_SELECTORS, FIELDS };

/* The identifier of a field's selectors is FIELDS and this. */
enum field {
  FIELD_BEDROCK,
  FIELD_CONTENT_FILTER,
  FIELD_GEMINI,
  FIELD_GROQ,
  FIELD_TICKS
};

static const struct trace fields[] = {
    /* docs.aws.amazon.com: the last event of InvokeModelWithResponseStream */
    [FIELD_BEDROCK] = {NULL, VENDOR_AWS, 0},
    /* learn.microsoft.com, "Content filtering" */
    [FIELD_CONTENT_FILTER] = {NULL, VENDOR_AZURE, 0},
    /* ai.google.dev, GenerateContentResponse; extra_properties is Vertex AI's,
     * in answers of OpenAI's form. */
    [FIELD_GEMINI] = {NULL, VENDOR_GOOGLE, 0},
    /* console.groq.com, "Chat completions" */
    [FIELD_GROQ] = {NULL, VENDOR_GROQ, 0},
    /* docs.x.ai, "Cost tracking"; num_sources_used, as in xAI's part of clients
     * (the AI SDK) */
    [FIELD_TICKS] = {NULL, VENDOR_XAI, 0},
};

#define TICKS "cost_in_usd_ticks|num_sources_used"

/* In streams, Messages and Responses have an object around what a plain answer
 * has. */
static const struct json_selector selectors[] = {
    {"id", FIELD_ID},
    {"message|response/id", FIELD_ID},
    {"amazon-bedrock-invocationMetrics", FIELDS + FIELD_BEDROCK},
    {"prompt_filter_results", FIELDS + FIELD_CONTENT_FILTER},
    {"choices/#/content_filter_results", FIELDS + FIELD_CONTENT_FILTER},
    {"usageMetadata|modelVersion", FIELDS + FIELD_GEMINI},
    {"usage/extra_properties/google", FIELDS + FIELD_GEMINI},
    {"response/usage/extra_properties/google", FIELDS + FIELD_GEMINI},
    {"x_groq", FIELDS + FIELD_GROQ},
    {"usage/" TICKS, FIELDS + FIELD_TICKS},
    {"response/usage/" TICKS, FIELDS + FIELD_TICKS},
};

_Static_assert(sizeof selectors / sizeof *selectors == VENDOR_TRACE_PATHS,
               "probes know how many they are");

void vendor_trace_select(struct json_reader *reader) {
  json_select_all(reader, selectors, sizeof selectors / sizeof *selectors);
}

/* --- finding them -------------------------------------------------------- */

static unsigned vendor_bit(const struct trace *trace,
                           enum completion_form form) {
  return (trace->own & OWN(form)) != 0 ? 0 : VENDOR_BIT(trace->vendor);
}

static unsigned vendor_of_id(const struct json_value *id,
                             enum completion_form form) {
  for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
    if (json_value_begins_with(id, ids[i].text) &&
        id->length > strlen(ids[i].text))
      return vendor_bit(&ids[i], form);
  return 0;
}

/* Some relays send null for what they have in their software, but not in this
 * answer. */
unsigned vendor_trace_of_field(int id, const struct json_value *value,
                               enum completion_form form) {
  if (id == FIELD_ID)
    return vendor_of_id(value, form);
  return value->type == JSON_NULL ? 0 : vendor_bit(&fields[id - FIELDS], form);
}

unsigned vendor_trace_of_header(const char *line, size_t length,
                                enum completion_form form) {
  for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
    if (text_begins_with_no_case(line, length, headers[i].text))
      return vendor_bit(&headers[i], form);
  return 0;
}
