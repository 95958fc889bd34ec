#include "check/print.h"

#include "base/strbuf.h"
#include "base/version.h"
#include "state/messages.h"

#include <ctype.h>
#include <string.h>

enum { LABEL_WIDTH = 6, NAME_WIDTH = 16, INDENT = LABEL_WIDTH + NAME_WIDTH };

/* --- wrapping ------------------------------------------------------------ */

static size_t character_size(const char *text) {
  unsigned char first = (unsigned char)text[0];
  return first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

/* Chinese characters are two columns wide; they have three bytes or more. */
static unsigned character_columns(const char *text) {
  return character_size(text) > 2 ? 2 : 1;
}

static unsigned columns(const char *text, size_t length) {
  unsigned sum = 0;
  for (size_t i = 0; i < length; i += character_size(text + i))
    sum += character_columns(text + i);
  return sum;
}

static unsigned break_line(FILE *out, unsigned indent) {
  fprintf(out, "\n%*s", (int)indent, "");
  return indent;
}

static unsigned print_word(FILE *out, unsigned column, unsigned indent,
                           const char *word, size_t length) {
  for (size_t i = 0, size; i < length; i += size) {
    size = character_size(word + i);
    if (column + character_columns(word + i) > PRINT_COLUMNS)
      column = break_line(out, indent);
    fwrite(word + i, 1, size, out);
    column += character_columns(word + i);
  }
  return column;
}

void print_text(FILE *out, unsigned column, unsigned indent, const char *text) {
  bool first = true;
  text += strspn(text, " ");
  while (*text != '\0') {
    size_t length = strcspn(text, " ");
    unsigned needed = columns(text, length) + (first ? 0 : 1);
    if (!first && column + needed > PRINT_COLUMNS)
      column = break_line(out, indent);
    else if (!first)
      column = print_word(out, column, indent, " ", 1);
    column = print_word(out, column, indent, text, length);
    first = false;
    text += length;
    text += strspn(text, " ");
  }
  putc('\n', out);
}

/* --- a scenario ---------------------------------------------------------- */

static void add_details(struct strbuf *buf, const struct probe_result *result) {
  if (result->http.http_status > 0)
    strbuf_addf(buf, ", HTTP %d", result->http.http_status);
  if (result->has_usage)
    strbuf_addf(buf, ", tokens %llu + %llu",
                (unsigned long long)result->prompt_tokens,
                (unsigned long long)result->completion_tokens);
  if (result->model_mismatch)
    strbuf_addf(buf, ", from a different model");
  if (result->has_models)
    strbuf_addf(buf, ", %llu models", (unsigned long long)result->models);
  if (result->unlimited)
    strbuf_addf(buf, ", the key has no limit");
  if (result->has_balance)
    strbuf_addf(buf, ", %.2f USD left", result->balance);
}

static void add_place(struct strbuf *buf, const struct probe_result *result) {
  if (result->found_preset == NULL)
    return;
  strbuf_addf(buf, ", ");
  message_add_place(buf, result->found_preset);
}

static void add_verdict(struct strbuf *buf, const struct probe_result *result,
                        bool passed) {
  strbuf_addf(buf, "%s", causes[result->cause].name);
  if (result->cause == CAUSE_OK) {
    add_details(buf, result);
    add_place(buf, result);
    return;
  }
  if (!passed)
    strbuf_addf(buf, " (fault %s)", fault_name(result->fault));
  message_add_answer(buf, result);
}

static void print_verdict(FILE *out, const struct scenario *scenario,
                          const struct probe_result *result) {
  char text[MESSAGE_MAX];
  struct strbuf buf = strbuf_wrap(text, sizeof text);
  bool passed = scenario_passed(scenario, result);
  strbuf_addf(&buf, "expected %s: ", scenario->expected);
  add_verdict(&buf, result, passed);
  print_text(out, INDENT, INDENT, text);
}

static void print_phases(FILE *out, unsigned indent,
                         const struct http_result *http) {
  char text[MESSAGE_MAX];
  struct strbuf buf = strbuf_wrap(text, sizeof text);
  const char *before = ": ";
  if (!http->attempted)
    return;
  strbuf_addf(&buf, "%.3f s", http->duration);
  for (enum phase phase = 0; phase < PHASE_COUNT; phase++)
    if (http->phase[phase] >= 0) {
      strbuf_addf(&buf, "%s%s %.3f", before, phase_name(phase),
                  http->phase[phase]);
      before = ", ";
    }
  fprintf(out, "%*s", (int)indent, "");
  print_text(out, indent, indent, text);
}

static void print_vendors(FILE *out, unsigned indent, unsigned vendors) {
  char text[MESSAGE_MAX];
  struct strbuf buf = strbuf_wrap(text, sizeof text);
  if (vendors == 0)
    return;
  message_add_vendors(&buf, vendors);
  fprintf(out, "%*s", (int)indent, "");
  print_text(out, indent, indent, text);
}

static void print_advice(FILE *out, unsigned indent, const char *meaning,
                         const char *advice) {
  char text[MESSAGE_MAX];
  struct strbuf buf = strbuf_wrap(text, sizeof text);
  strbuf_addf(&buf, "%s. %s", meaning, advice);
  text[0] = (char)toupper((unsigned char)text[0]);
  fprintf(out, "%*s", (int)indent, "");
  print_text(out, indent, indent, text);
}

static void print_status(FILE *out, bool colour, bool passed) {
  static const char *const labels[] = {"FAIL", "PASS"};
  static const char *const colours[] = {"\033[1;31m", "\033[32m"};
  fprintf(out, "%s%s%s  ", colour ? colours[passed] : "", labels[passed],
          colour ? "\033[0m" : "");
}

void print_scenario(FILE *out, bool colour, const struct scenario *scenario,
                    const struct probe_result *result) {
  bool passed = scenario_passed(scenario, result);
  print_status(out, colour, passed);
  fprintf(out, "%-*s", NAME_WIDTH, scenario->name);
  print_verdict(out, scenario, result);
  print_phases(out, INDENT, &result->http);
  print_vendors(out, INDENT, result->vendors);
  if (!passed)
    print_advice(out, INDENT, scenario_meaning(scenario, result),
                 scenario_advice(scenario, result));
}

/* --- before and after ---------------------------------------------------- */

void print_begin(FILE *out, const struct options *options) {
  char text[4 * MESSAGE_MAX]; /* a URL and a model's name may be long */
  struct strbuf buf = strbuf_wrap(text, sizeof text);
  strbuf_addf(&buf, "holysheep-check %s: %s, model %s", HOLYSHEEP_VERSION,
              options->relay.base_url,
              options_probe(options, options->api)->model);
  if (options->api_given)
    strbuf_addf(&buf, ", POST %s", options->api->path);
  print_text(out, 0, LABEL_WIDTH, text);
  for (size_t i = 0; i < options->hint_count; i++) {
    fprintf(out, "%-*s", LABEL_WIDTH, "hint");
    print_text(out, LABEL_WIDTH, LABEL_WIDTH, options->hints[i]);
  }
}

void print_end(FILE *out, unsigned failed) {
  if (failed == 0)
    fprintf(out, "The relay behaves as expected.\n");
  else
    fprintf(out,
            "The relay does not behave as expected: %u of %d checks failed.\n",
            failed, SCENARIO_COUNT);
}

/* --- a configuration ----------------------------------------------------- */

static size_t count_probes(const struct settings *settings) {
  size_t count = 0;
  for (size_t i = 0; i < settings->relay_count; i++)
    count += settings->relays[i].probe_count;
  return count;
}

void print_config(FILE *out, const char *path,
                  const struct settings *settings) {
  char text[MESSAGE_MAX];
  struct strbuf buf = strbuf_wrap(text, sizeof text);
  strbuf_addf(&buf, "holysheep-check %s: %s", HOLYSHEEP_VERSION, path);
  print_text(out, 0, LABEL_WIDTH, text);
  for (size_t i = 0; i < settings->relay_count; i++) {
    message_startup(text, &settings->relays[i]);
    print_text(out, 0, LABEL_WIDTH, text);
  }
  fprintf(out, "The configuration is valid: relays: %zu, probes: %zu.\n",
          settings->relay_count, count_probes(settings));
}

void print_probe(FILE *out, bool colour, const struct relay_state *relay,
                 size_t probe, const struct probe_result *result) {
  char text[2 * MESSAGE_MAX];
  struct strbuf buf = strbuf_wrap(text, sizeof text);
  const struct cause_row *cause = &causes[result->cause];
  bool ok = result->cause == CAUSE_OK;
  print_status(out, colour, ok);
  message_add_probe(&buf, relay, probe);
  add_verdict(&buf, result, ok);
  print_text(out, LABEL_WIDTH, LABEL_WIDTH, text);
  print_phases(out, LABEL_WIDTH, &result->http);
  print_vendors(out, LABEL_WIDTH, result->vendors);
  if (!ok)
    print_advice(out, LABEL_WIDTH, cause->meaning,
                 result->advice != NULL ? result->advice : cause->advice);
}

void print_suppressed(FILE *out, const struct relay_state *relay, size_t probe,
                      enum suppress_reason reason) {
  char text[MESSAGE_MAX];
  fprintf(out, "%-*s", LABEL_WIDTH, "HELD");
  message_suppressed(text, relay, probe, reason);
  print_text(out, LABEL_WIDTH, LABEL_WIDTH, text);
}

void print_round_end(FILE *out, size_t probed, size_t failed,
                     size_t suppressed) {
  fprintf(out, "Probes made: %zu, failed: %zu", probed, failed);
  if (suppressed > 0)
    fprintf(out, ", suppressed: %zu", suppressed);
  fputs(".\n", out);
}
