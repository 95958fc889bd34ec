#include "check/discover.h"

#include "base/strbuf.h"
#include "base/text.h"
#include "base/version.h"
#include "check/ask.h"
#include "check/relay_block.h"
#include "probe/probe_kind.h"
#include "state/messages.h"

#include <string.h>

enum {
  MODEL_MAX = 256,    /* bytes of a listed model's name */
  ANSWER_TOKENS = 64, /* enough for a reasoning model */
  UNANSWERED_MAX = 2, /* in a row, before giving up */
  FINDING_MAX = 2 * MESSAGE_MAX,
};

struct discovery {
  FILE *report;
  struct options *options;
  struct capabilities found;
  struct probe_settings probes[CAPABILITIES_PROBES]; /* by kind, as variants
                                                         are tried */
  char first[MODEL_MAX]; /* listed model that a block can quote, */
  char first_of_kind[CAPABILITIES_PROBES][MODEL_MAX]; /* and for this kind */
  bool has_default, has_given;
  unsigned unanswered; /* in a row */
  bool done;           /* further requests would be useless */
  bool key_rejected;
};

/* --- reporting ----------------------------------------------------------- */

static struct strbuf begin_finding(char text[FINDING_MAX], bool found) {
  struct strbuf buf = strbuf_wrap(text, FINDING_MAX);
  strbuf_addf(&buf, "%s", found ? "found    " : "missing  ");
  return buf;
}

static void end_finding(const struct discovery *discovery,
                        const struct strbuf *buf) {
  fprintf(discovery->report, "%s\n", buf->text);
}

static void add_failure(struct strbuf *buf, const struct probe_result *result) {
  strbuf_addf(buf, ": %s (fault %s)", causes[result->cause].name,
              fault_name(result->fault));
  message_add_answer(buf, result);
}

static void add_advice(struct strbuf *buf, const struct probe_result *result) {
  const struct cause_row *cause = &causes[result->cause];
  strbuf_addf(buf, ": %s. %s", cause->meaning,
              result->advice != NULL ? result->advice : cause->advice);
}

/* --- requests ------------------------------------------------------------ */

static void record_limits(struct discovery *discovery,
                          const struct http_result *http) {
  const struct ratelimit *requests = &http->ratelimit[RATELIMIT_REQUESTS];
  if (requests->has_limit)
    discovery->found.requests = requests->limit;
}

/* If the relay cannot be reached, or answers keep breaking off, each further
 * request might take its whole timeout. */
static void record_answer(struct discovery *discovery,
                          const struct probe_result *result) {
  const struct http_result *http = &result->http;
  bool complete = http->transport_error == CAUSE_OK;
  discovery->unanswered = complete ? 0 : discovery->unanswered + 1;
  discovery->done = !http->sent || discovery->unanswered == UNANSWERED_MAX;
  record_limits(discovery, http);
}

static void ask(struct discovery *discovery, const struct probe_settings *probe,
                struct probe_result *result) {
  ask_relay(discovery->options->relay, *probe, discovery->options->key.value,
            result);
  record_answer(discovery, result);
}

/* --- the list of models -------------------------------------------------- */

static void keep_first(char first[MODEL_MAX], const char *id, size_t length) {
  if (first[0] != '\0')
    return;
  memcpy(first, id, length);
  first[length] = '\0';
}

/* Relays do not say what a model is for: its name does. Any that completes is
 * good for Chat, too. */
static void keep_model(struct discovery *discovery, const char *id,
                       size_t length) {
  bool completes = true;
  for (size_t i = 0; i < probe_kind_count && i < CAPABILITIES_PROBES; i++) {
    const struct probe_kind *kind = &probe_kinds[i];
    if (kind->model_word == NULL ||
        !text_contains_no_case(id, length, kind->model_word))
      continue;
    completes = probe_kind_has(kind, PROBE_COMPLETES);
    keep_first(discovery->first_of_kind[i], id, length);
  }
  if (completes)
    keep_first(discovery->first, id, length);
}

static void on_model_listed(void *listener, const char *id, size_t length) {
  struct discovery *discovery = listener;
  const struct options *options = discovery->options;
  const char *key = options->key.value;
  struct secrets secrets = {&key, 1};
  if (text_equals(id, length, DEFAULT_MODEL))
    discovery->has_default = true;
  if (text_equals(id, length, options_probe(options, options->api)->model))
    discovery->has_given = true;
  if (length < MODEL_MAX && relay_block_can_quote(id, length, &secrets))
    keep_model(discovery, id, length);
}

static void discover_models(struct discovery *discovery) {
  struct probe_settings probe =
      *options_probe(discovery->options, &probe_kinds[KIND_MODELS]);
  struct probe_result result;
  char text[FINDING_MAX];
  probe.listed = on_model_listed;
  probe.listener = discovery;
  ask(discovery, &probe, &result);
  discovery->found.models = result.cause == CAUSE_OK;
  struct strbuf buf = begin_finding(text, discovery->found.models);
  strbuf_addf(&buf, "list of models");
  if (discovery->found.models) {
    strbuf_addf(&buf, ": %llu", (unsigned long long)result.models);
  } else {
    add_failure(&buf, &result);
    add_advice(&buf, &result);
  }
  end_finding(discovery, &buf);
}

/* --- requests to a model
 * -------------------------------------------------------- */

static char *first_for(struct discovery *discovery,
                       const struct probe_kind *kind) {
  return kind->model_word != NULL ? discovery->first_of_kind[kind - probe_kinds]
                                  : discovery->first;
}

/* The one that was given, or one that is listed: the default, or the first that
 * suits the API. */
static void choose_model(struct discovery *discovery,
                         struct probe_settings *probe) {
  char *first = first_for(discovery, probe->kind);
  bool is_default =
      strcmp(probe->model, DEFAULT_MODEL) == 0 && discovery->has_default;
  if (!discovery->options->model_given && first[0] != '\0' && !is_default)
    probe->model = first;
}

static bool is_listed(struct discovery *discovery,
                      const struct probe_settings *probe) {
  return probe->model == first_for(discovery, probe->kind) ||
         (strcmp(probe->model, DEFAULT_MODEL) == 0 && discovery->has_default) ||
         discovery->has_given;
}

static void add_success(struct strbuf *buf, const struct probe_result *result) {
  strbuf_addf(buf, ": %.3f s", result->http.duration);
  if (result->has_stream)
    strbuf_addf(buf, ", first token after %.3f s", result->first_token);
  if (result->has_usage)
    strbuf_addf(buf, ", tokens %llu + %llu",
                (unsigned long long)result->prompt_tokens,
                (unsigned long long)result->completion_tokens);
  if (result->model_mismatch)
    strbuf_addf(buf, "; the answer names a different model");
  if (result->vendors != 0) {
    strbuf_addf(buf, "; ");
    message_add_vendors(buf, result->vendors);
  }
}

static void add_request(struct strbuf *buf,
                        const struct probe_settings *probe) {
  if (probe_kind_has(probe->kind, PROBE_COMPLETES))
    strbuf_addf(buf, "%s completion of %s",
                probe->stream ? "streamed" : "plain", probe->model);
  else
    strbuf_addf(buf, "vector of %s", probe->model);
  if (probe->kind != &probe_kinds[KIND_CHAT])
    strbuf_addf(buf, ", POST %s", probe->path);
}

/* Only the last failure comes with advice. */
static void report_answer(struct discovery *discovery,
                          const struct probe_settings *probe,
                          const struct probe_result *result, bool last) {
  bool works = result->cause == CAUSE_OK;
  char text[FINDING_MAX];
  struct strbuf buf = begin_finding(text, works);
  add_request(&buf, probe);
  if (discovery->found.models && !is_listed(discovery, probe))
    strbuf_addf(&buf, ", which is not listed");
  if (works)
    add_success(&buf, result);
  else
    add_failure(&buf, result);
  if (!works && last)
    add_advice(&buf, result);
  end_finding(discovery, &buf);
}

/* Any other variant of the request would have the same result, as where the API
 * does not exist. */
static bool is_final(const struct probe_result *result) {
  static const enum cause final_causes[] = {
      CAUSE_OK,    CAUSE_KEY_REJECTED, CAUSE_KEY_EXPIRED,    CAUSE_FORBIDDEN,
      CAUSE_QUOTA, CAUSE_RATE_LIMITED, CAUSE_MODEL_NOT_FOUND};
  for (size_t i = 0; i < sizeof final_causes / sizeof *final_causes; i++)
    if (final_causes[i] == result->cause)
      return true;
  return result->http.http_status == 404;
}

/* Whether there is another variant to try. A refused one costs nothing, so at
 * most two completions are paid for. */
static bool try_variant(struct probe_settings *probe,
                        const struct probe_result *result) {
  if (result->refuses_max_tokens && probe->max_completion_tokens == 0)
    probe->max_completion_tokens = ANSWER_TOKENS;
  else if (probe->stream)
    probe->stream = false;
  else
    return false;
  return true;
}

static void discover_api(struct discovery *discovery,
                         const struct probe_kind *kind) {
  struct capabilities *found = &discovery->found;
  struct probe_settings *probe = &discovery->probes[found->probe_count];
  struct probe_result result;
  bool more;
  *probe = *options_probe(discovery->options, kind);
  probe->stream = probe_kind_has(kind, PROBE_STREAMS);
  choose_model(discovery, probe);
  do {
    struct probe_settings asked = *probe;
    ask(discovery, &asked, &result);
    more =
        !discovery->done && !is_final(&result) && try_variant(probe, &result);
    report_answer(discovery, &asked, &result, !more);
  } while (more);
  if (result.cause == CAUSE_OK)
    found->probes[found->probe_count++] = probe;
  discovery->key_rejected =
      result.cause == CAUSE_KEY_REJECTED || result.cause == CAUSE_KEY_EXPIRED;
  discovery->done = discovery->done || discovery->key_rejected;
}

/* Without a model for it, an API is not looked for. */
static bool is_wanted(struct discovery *discovery,
                      const struct probe_kind *kind) {
  const struct options *options = discovery->options;
  const char *model = options_probe(options, options->api)->model;
  if (options->api_given)
    return kind == options->api;
  if (kind->model_word == NULL)
    return kind->model != NULL;
  return options->model_given
             ? text_contains_no_case(model, strlen(model), kind->model_word)
             : first_for(discovery, kind)[0] != '\0';
}

static void discover_apis(struct discovery *discovery) {
  for (size_t i = 0; i < probe_kind_count && !discovery->done &&
                     discovery->found.probe_count < CAPABILITIES_PROBES;
       i++)
    if (is_wanted(discovery, &probe_kinds[i]))
      discover_api(discovery, &probe_kinds[i]);
}

/* --- the balance --------------------------------------------------------- */

static void report_balance(const struct discovery *discovery,
                           const struct probe_settings *probe,
                           const struct probe_result *result) {
  char text[FINDING_MAX];
  struct strbuf buf = begin_finding(text, result->cause == CAUSE_OK);
  message_add_place(&buf, probe->preset);
  if (result->cause != CAUSE_OK)
    add_failure(&buf, result);
  else if (result->unlimited)
    strbuf_addf(&buf, ": the key has no limit");
  else
    strbuf_addf(&buf, ": %.2f USD", result->balance);
  if (result->advice != NULL)
    strbuf_addf(&buf, ". %s", result->advice);
  end_finding(discovery, &buf);
}

/* Whether the balance is there, if only in another currency. */
static bool try_preset(struct discovery *discovery,
                       const struct billing_preset *preset) {
  struct probe_result result;
  if (!options_use_preset(discovery->options, preset)) {
    discovery->done = true;
    return false;
  }
  const struct probe_settings *probe =
      options_probe(discovery->options, &probe_kinds[KIND_BILLING]);
  ask(discovery, probe, &result);
  report_balance(discovery, probe, &result);
  if (result.cause == CAUSE_OK)
    discovery->found.preset = preset;
  enum billing_place place = billing_place_of(&result);
  discovery->done = discovery->done || place == BILLING_PLACE_UNDECIDED;
  return place == BILLING_PLACE_FOUND;
}

static void try_presets(struct discovery *discovery) {
  const struct billing_preset *preset;
  for (size_t i = 0; (preset = billing_preset_at(i)) != NULL; i++)
    if (try_preset(discovery, preset) || discovery->done)
      return;
}

static void discover_balance(struct discovery *discovery) {
  const struct options *options = discovery->options;
  const struct probe_settings *probe =
      options_probe(options, &probe_kinds[KIND_BILLING]);
  if (options->billing_given && !billing_preset_is_searched(probe))
    try_preset(discovery, probe->preset);
  else
    try_presets(discovery);
  if (discovery->found.preset == NULL && !discovery->done)
    fputs("hint     if the relay reports its balance elsewhere, set Path and "
          "RemainingKey in <Billing>, see collectd-holysheep(5)\n",
          discovery->report);
}

/* --- the whole discovery ------------------------------------------------- */

static void print_header(const struct discovery *discovery) {
  const struct options *options = discovery->options;
  fprintf(discovery->report, "holysheep-check %s: discovering %s\n",
          HOLYSHEEP_VERSION, options->relay.base_url);
  for (size_t i = 0; i < options->hint_count; i++)
    fprintf(discovery->report, "hint     %s\n", options->hints[i]);
}

static void report_limits(const struct discovery *discovery) {
  if (discovery->found.requests > 0)
    fprintf(discovery->report, "found    limit: %.0f requests\n",
            discovery->found.requests);
}

static void finish(const struct discovery *discovery, bool works) {
  const struct key_source *key = &discovery->options->relay.key;
  FILE *report = discovery->report;
  if (!works) {
    fputs("There is nothing to configure; what to do is described above.\n",
          report);
    return;
  }
  if (discovery->found.probe_count == 0)
    fputs(
        "hint     the block has no completion: run this again when the problem "
        "above is solved, or with another --model\n",
        report);
  if (key->kind == KEY_FROM_ENV)
    fprintf(report,
            "hint     collectd needs the variable %s as well; Debian's systemd "
            "unit reads /etc/default/collectd\n",
            key->name);
}

bool discover_relay(FILE *out, FILE *report, struct options *options) {
  struct discovery discovery = {.report = report, .options = options};
  const struct capabilities *found = &discovery.found;
  print_header(&discovery);
  discover_models(&discovery);
  if (!discovery.done)
    discover_apis(&discovery);
  if (!discovery.done)
    discover_balance(&discovery);
  report_limits(&discovery);
  bool works =
      !discovery.key_rejected &&
      (found->models || found->preset != NULL || found->probe_count > 0);
  finish(&discovery, works);
  if (works)
    relay_block_print(out, &options->relay, found);
  return works;
}
