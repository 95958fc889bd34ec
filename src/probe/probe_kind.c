#include "probe/probe_kind.h"

#include "model/settings.h"

extern const struct prober models_prober, billing_prober, chat_prober,
    messages_prober, responses_prober, embeddings_prober;

const struct probe_kind probe_kinds[] = {
    [KIND_MODELS] =
        {.block = "Models",
         .endpoint = "models",
         .prober = &models_prober,
         .traits = PROBE_LISTS_MODELS,
         .rank = RANK_MODELS,
         .by_default = true,
         .path = "/models",
         .timeout = 10 * USEC_PER_SEC,
         .help = "The health probe, which requests the list of models."},
    [KIND_BILLING] =
        {.block = "Billing",
         .endpoint = "billing",
         .prober = &billing_prober,
         .traits = PROBE_TELLS_BALANCE,
         .rank = RANK_BILLING,
         .by_default = true,
         .path = "/billing",
         .timeout = 10 * USEC_PER_SEC,
         .min_default_interval = 60 * USEC_PER_SEC,
         .help =
             "The balance probe. A preset defines where a type of relay "
             "reports its balance: C<holysheep> (the default), C<new-api> "
             "(also for one-api), C<openrouter>, C<deepseek>, C<sub2api>, "
             "C<siliconflow> or C<moonshot>. C<auto> tries the place of each "
             "and keeps the one that answers."},
    [KIND_CHAT] = {.block = "Chat",
                   .endpoint = "chat/completions",
                   .prober = &chat_prober,
                   .traits = PROBE_USES_TOKENS | PROBE_COMPLETES |
                             PROBE_STREAMS | PROBE_MAX_COMPLETION_TOKENS,
                   .rank = RANK_TOKENS,
                   .by_default = true,
                   .applications = true,
                   .path = "/chat/completions",
                   .timeout = 30 * USEC_PER_SEC,
                   .min_default_interval = 60 * USEC_PER_SEC,
                   .model = DEFAULT_MODEL,
                   .help = "The completion probe; may be repeated."},
    [KIND_MESSAGES] =
        {.block = "Messages",
         .endpoint = "messages",
         .prober = &messages_prober,
         .traits = PROBE_USES_TOKENS | PROBE_COMPLETES | PROBE_STREAMS,
         .rank = RANK_TOKENS,
         .applications = true,
         .path = "/messages",
         .timeout = 30 * USEC_PER_SEC,
         .min_default_interval = 60 * USEC_PER_SEC,
         .model = "claude-haiku-4-5",
         .model_word = "claude",
         .help =
             "A completion by Anthropic's API, as coding agents use it; may "
             "be repeated."},
    [KIND_RESPONSES] =
        {.block = "Responses",
         .endpoint = "responses",
         .prober = &responses_prober,
         .traits = PROBE_USES_TOKENS | PROBE_COMPLETES | PROBE_STREAMS,
         .rank = RANK_TOKENS,
         .applications = true,
         .path = "/responses",
         .timeout = 30 * USEC_PER_SEC,
         .min_default_interval = 60 * USEC_PER_SEC,
         .model = DEFAULT_MODEL,
         .help = "A completion by OpenAI's newer API, as its agents use it; "
                 "may be repeated."},
    [KIND_EMBEDDINGS] =
        {.block = "Embeddings",
         .endpoint = "embeddings",
         .prober = &embeddings_prober,
         .traits = PROBE_USES_TOKENS,
         .rank = RANK_TOKENS,
         .applications = true,
         .path = "/embeddings",
         .timeout = 10 * USEC_PER_SEC,
         .min_default_interval = 60 * USEC_PER_SEC,
         .model = "text-embedding-3-small",
         .model_word = "embed",
         .help = "Requests the vector of the prompt, as a search does; may be "
                 "repeated. The model has another name than that of any other "
                 "probe of the relay, or one of them a B<Label>."},
};

const size_t probe_kind_count = sizeof probe_kinds / sizeof *probe_kinds;
