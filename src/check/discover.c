#include "check/discover.h"

#include "base/strbuf.h"
#include "base/version.h"
#include "check/ask.h"
#include "check/relay_block.h"
#include "probe/probe_kind.h"
#include "state/messages.h"

#include <string.h>

enum {
  MODEL_MAX = 256,    /* bytes of a listed model's name */
  ANSWER_TOKENS = 64, /* of a model that thinks before it speaks */
  UNANSWERED_MAX = 2, /* in a row: then nothing more is asked */
  FINDING_MAX = 2 * MESSAGE_MAX,
};

struct discovery {
  FILE *report;
  struct check_options *options;
  struct found found;
  struct probe_settings chat;
  char first[MODEL_MAX]; /* that is listed, and that a block can hold */
  bool has_default, has_chosen;
  unsigned unanswered; /* in a row */
  bool over;           /* asking for more is no use */
  bool key_refused;
};

/* --- what is said of it -------------------------------------------------- */

static struct strbuf begin_finding(char text[FINDING_MAX], bool found) {
  struct strbuf line = strbuf_wrap(text, FINDING_MAX);
  strbuf_addf(&line, "%s", found ? "found    " : "missing  ");
  return line;
}

static void end_finding(const struct discovery *discovery,
                        const struct strbuf *line) {
  fprintf(discovery->report, "%s\n", line->text);
}

static void add_failure(struct strbuf *line,
                        const struct probe_result *result) {
  strbuf_addf(line, ": %s (fault %s)", causes[result->cause].name,
              fault_name(result->fault));
  message_answer(line, result);
}

static void add_remedy(struct strbuf *line, const struct probe_result *result) {
  const struct cause_row *cause = &causes[result->cause];
  strbuf_addf(line, ": %s. %s", cause->meaning,
              result->advice != NULL ? result->advice : cause->advice);
}

/* --- asking -------------------------------------------------------------- */

static void note_limits(struct discovery *discovery,
                        const struct http_result *http) {
  const struct ratelimit *requests = &http->ratelimit[RATELIMIT_REQUESTS];
  if (requests->has_limit)
    discovery->found.requests = requests->limit;
}

/* Where nobody can be reached, or answers break off again and again, each
 * further request might take its whole timeout as well. */
static void note_answer(struct discovery *discovery,
                        const struct probe_result *result) {
  const struct http_result *http = &result->http;
  bool whole = http->transport_error == CAUSE_OK;
  discovery->unanswered = whole ? 0 : discovery->unanswered + 1;
  discovery->over = !http->sent || discovery->unanswered == UNANSWERED_MAX;
  note_limits(discovery, http);
}

static void ask(struct discovery *discovery, const struct probe_settings *probe,
                struct probe_result *result) {
  check_ask(discovery->options->relay, *probe, discovery->options->key.value,
            result);
  note_answer(discovery, result);
}

/* --- the list of models -------------------------------------------------- */

static bool is_named(const char *name, const char *id, size_t length) {
  return strlen(name) == length && memcmp(name, id, length) == 0;
}

static void take_model(void *listener, const char *id, size_t length) {
  struct discovery *discovery = listener;
  const char *key = discovery->options->key.value;
  struct secrets secrets = {&key, 1};
  if (is_named(DEFAULT_MODEL, id, length))
    discovery->has_default = true;
  if (is_named(discovery->chat.model, id, length))
    discovery->has_chosen = true;
  if (discovery->first[0] != '\0' || length >= sizeof discovery->first ||
      !check_block_holds(id, length, &secrets))
    return;
  memcpy(discovery->first, id, length);
  discovery->first[length] = '\0';
}

static void find_models(struct discovery *discovery) {
  struct probe_settings probe =
      *check_options_probe(discovery->options, &probe_kinds[KIND_MODELS]);
  struct probe_result result;
  char text[FINDING_MAX];
  probe.listed = take_model;
  probe.listener = discovery;
  ask(discovery, &probe, &result);
  discovery->found.models = result.cause == CAUSE_OK;
  struct strbuf line = begin_finding(text, discovery->found.models);
  strbuf_addf(&line, "list of models");
  if (discovery->found.models) {
    strbuf_addf(&line, ": %llu", (unsigned long long)result.models);
  } else {
    add_failure(&line, &result);
    add_remedy(&line, &result);
  }
  end_finding(discovery, &line);
}

/* --- a completion -------------------------------------------------------- */

static void choose_model(struct discovery *discovery) {
  if (discovery->options->model_given || discovery->has_default ||
      discovery->first[0] == '\0')
    return;
  discovery->chat.model = discovery->first;
  discovery->has_chosen = true;
}

static void add_success(struct strbuf *line,
                        const struct probe_result *result) {
  strbuf_addf(line, ": %.3f s", result->http.duration);
  if (result->has_stream)
    strbuf_addf(line, ", first token after %.3f s", result->first_token);
  if (result->has_usage)
    strbuf_addf(line, ", tokens %llu + %llu",
                (unsigned long long)result->prompt_tokens,
                (unsigned long long)result->completion_tokens);
  if (result->other_model)
    strbuf_addf(line, "; the answer names another model");
}

/* What to do about the last one that failed. */
static void say_completion(const struct discovery *discovery,
                           const struct probe_settings *chat,
                           const struct probe_result *result, bool last) {
  bool works = result->cause == CAUSE_OK;
  char text[FINDING_MAX];
  struct strbuf line = begin_finding(text, works);
  strbuf_addf(&line, "%s completion of %s", chat->stream ? "streamed" : "plain",
              chat->model);
  if (discovery->found.models && !discovery->has_chosen)
    strbuf_addf(&line, ", which is not listed");
  if (works)
    add_success(&line, result);
  else
    add_failure(&line, result);
  if (!works && last)
    add_remedy(&line, result);
  end_finding(discovery, &line);
}

/* What another form of the same request would meet as well. */
static bool is_settled(enum cause cause) {
  static const enum cause settled[] = {
      CAUSE_OK,    CAUSE_KEY_REJECTED, CAUSE_KEY_EXPIRED,    CAUSE_FORBIDDEN,
      CAUSE_QUOTA, CAUSE_RATE_LIMITED, CAUSE_MODEL_NOT_FOUND};
  for (size_t i = 0; i < sizeof settled / sizeof *settled; i++)
    if (settled[i] == cause)
      return true;
  return false;
}

/* Whether there is another form to try. One that is refused costs nothing: two
 * completions are paid for at most. */
static bool vary(struct probe_settings *chat,
                 const struct probe_result *result) {
  if (result->refuses_max_tokens && chat->max_completion_tokens == 0)
    chat->max_completion_tokens = ANSWER_TOKENS;
  else if (chat->stream)
    chat->stream = false;
  else
    return false;
  return true;
}

static void find_completion(struct discovery *discovery) {
  struct probe_result result;
  bool again;
  choose_model(discovery);
  do {
    struct probe_settings chat = discovery->chat;
    ask(discovery, &chat, &result);
    again = !discovery->over && !is_settled(result.cause) &&
            vary(&discovery->chat, &result);
    say_completion(discovery, &chat, &result, !again);
  } while (again);
  if (result.cause == CAUSE_OK)
    discovery->found.chat = &discovery->chat;
  discovery->key_refused =
      result.cause == CAUSE_KEY_REJECTED || result.cause == CAUSE_KEY_EXPIRED;
  discovery->over = discovery->over || discovery->key_refused;
}

/* --- the balance --------------------------------------------------------- */

static void say_balance(const struct discovery *discovery,
                        const struct probe_settings *probe,
                        const struct probe_result *result) {
  char text[FINDING_MAX];
  struct strbuf line = begin_finding(text, result->cause == CAUSE_OK);
  strbuf_addf(&line, "balance as %s, GET %s", probe->preset->name, probe->path);
  if (result->cause != CAUSE_OK)
    add_failure(&line, result);
  else if (result->unlimited)
    strbuf_addf(&line, ": a key without a limit");
  else
    strbuf_addf(&line, ": %.2f USD", result->balance);
  if (result->advice != NULL)
    strbuf_addf(&line, ". %s", result->advice);
  end_finding(discovery, &line);
}

static void try_preset(struct discovery *discovery,
                       const struct billing_preset *preset) {
  struct probe_result result;
  if (!check_options_use_preset(discovery->options, preset)) {
    discovery->over = true;
    return;
  }
  const struct probe_settings *probe =
      check_options_probe(discovery->options, &probe_kinds[KIND_BILLING]);
  ask(discovery, probe, &result);
  say_balance(discovery, probe, &result);
  if (result.cause == CAUSE_OK)
    discovery->found.preset = preset;
  discovery->over = discovery->over || result.cause == CAUSE_RATE_LIMITED;
}

static void try_presets(struct discovery *discovery) {
  const struct billing_preset *preset;
  for (size_t i = 0; (preset = billing_preset_at(i)) != NULL; i++) {
    try_preset(discovery, preset);
    if (discovery->found.preset != NULL || discovery->over)
      return;
  }
}

static void find_balance(struct discovery *discovery) {
  const struct check_options *options = discovery->options;
  if (options->billing_given)
    try_preset(discovery, billing_preset_find(options->billing));
  else
    try_presets(discovery);
  if (discovery->found.preset == NULL && !discovery->over)
    fputs("hint     if the relay tells its balance elsewhere, set Path and "
          "RemainingKey in <Billing>, see collectd-holysheep(5)\n",
          discovery->report);
}

/* --- all of it ----------------------------------------------------------- */

static void begin(const struct discovery *discovery) {
  const struct check_options *options = discovery->options;
  fprintf(discovery->report, "holysheep-check %s: what %s has\n",
          HOLYSHEEP_VERSION, options->relay.base_url);
  for (size_t i = 0; i < options->hint_count; i++)
    fprintf(discovery->report, "hint     %s\n", options->hints[i]);
}

static void say_limits(const struct discovery *discovery) {
  if (discovery->found.requests > 0)
    fprintf(discovery->report, "found    limit: %.0f requests\n",
            discovery->found.requests);
}

static void end(const struct discovery *discovery, bool works) {
  const struct key_source *key = &discovery->options->relay.key;
  FILE *report = discovery->report;
  if (!works) {
    fputs("There is nothing to configure: see above what to do.\n", report);
    return;
  }
  if (discovery->found.chat == NULL)
    fputs("hint     the block has no completion: when the cause above is "
          "settled, or with another --model, run this again\n",
          report);
  if (key->kind == KEY_FROM_ENV)
    fprintf(report,
            "hint     collectd needs the variable %s too: Debian's unit reads "
            "/etc/default/collectd\n",
            key->name);
}

bool check_discover(FILE *out, FILE *report, struct check_options *options) {
  struct discovery discovery = {
      .report = report,
      .options = options,
      .chat = *check_options_probe(options, &probe_kinds[KIND_CHAT])};
  const struct found *found = &discovery.found;
  discovery.chat.stream = true;
  begin(&discovery);
  find_models(&discovery);
  if (!discovery.over)
    find_completion(&discovery);
  if (!discovery.over)
    find_balance(&discovery);
  say_limits(&discovery);
  bool works = !discovery.key_refused &&
               (found->models || found->preset != NULL || found->chat != NULL);
  end(&discovery, works);
  if (works)
    check_block_print(out, &options->relay, found);
  return works;
}
