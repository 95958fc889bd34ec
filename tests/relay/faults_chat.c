#include "faults.h"

#define MODELS .endpoint = "models"
#define CHAT .endpoint = "chat/completions"

const struct fault catalogue_faults[] = {
    {.name = "models_many",
     .description = "10000 models more before them, 5 MiB",
     MODELS,
     .manner.more_models = 10000},
    {.name = "models_too_many",
     .description = "20000 models more before them, 11 MiB",
     MODELS,
     .manner.more_models = 20000},
    {.name = "models_none",
     .description = "a list without a model",
     MODELS,
     .status = 200,
     .body = "{\"object\":\"list\",\"data\":[]}"},
    {.name = "model_unlisted",
     .description = "the first model is not in the list; it answers",
     MODELS,
     .manner.first_unlisted = true},

    {.name = NULL},
};

const struct fault chat_faults[] = {
    /* The model. */
    {.name = "model_other",
     .description = "the answer names another model, gpt-3.5-turbo",
     CHAT,
     .manner.model = "\"gpt-3.5-turbo\""},
    {.name = "model_dated",
     .description = "it names the model with a date, which is good",
     CHAT,
     .manner.model_suffix = "-2024-07-18"},
    {.name = "model_null",
     .description = "model is null",
     CHAT,
     .manner.model = "null"},
    {.name = "model_missing",
     .description = "model is not there",
     CHAT,
     .manner.model = ""},

    /* The usage. */
    {.name = "usage_null",
     .description = "usage is null",
     CHAT,
     .manner.usage = "null"},
    {.name = "usage_missing",
     .description = "usage is not there",
     CHAT,
     .manner.usage = ""},
    {.name = "usage_total",
     .description = "usage has the total alone",
     CHAT,
     .manner.usage = "{\"total_tokens\":18}"},
    {.name = "usage_text",
     .description = "usage has texts for numbers",
     CHAT,
     .manner.usage = "{\"prompt_tokens\":\"8\",\"completion_tokens\":\"10\","
                     "\"total_tokens\":\"18\"}"},
    {.name = "usage_negative",
     .description = "usage has negative numbers",
     CHAT,
     .manner.usage = "{\"prompt_tokens\":-8,\"completion_tokens\":-10,"
                     "\"total_tokens\":-18}"},
    {.name = "usage_huge",
     .description = "usage has numbers that are no tokens, 1e300 and more",
     CHAT,
     .manner.usage = "{\"prompt_tokens\":1e300,\"completion_tokens\":"
                     "99999999999999999999,\"total_tokens\":1e400}"},

    /* The limit. */
    {.name = "max_tokens_refused",
     .description = "400 for max_tokens; max_completion_tokens is good",
     CHAT,
     .manner.refuses_max_tokens = true},
    {.name = "reasoning_model",
     .description = "the same; and 400 with a limit below 16, as OpenAI",
     CHAT,
     .manner = {.refuses_max_tokens = true, .least_tokens = 16}},
    {.name = "reasoning_silent",
     .description = "all tokens are thoughts, the answer is empty: length",
     CHAT,
     .manner.stream.tokens = TOKEN_NONE},

    {.name = NULL},
};
