#include "check/options.h"

#include "base/json_value.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "check/relay_block.h"
#include "config/config_value.h"
#include "http/url.h"
#include "probe/billing_preset.h"
#include "probe/probe_kind.h"
#include "state/system_files.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define DEFAULT_BILLING "holysheep"

enum { APIS_MAX = 128 }; /* bytes of their names */

static const usec default_timeout = 10 * USEC_PER_SEC;

static const char usage_before_apis[] =
    "usage: holysheep-check [OPTION]...\n"
    "\n"
    "Sends an LLM relay the requests that an application sends, and requests\n"
    "that it must reject: a completion, one with a wrong key, one for a model\n"
    "that does not exist, the list of models and the balance. See\n"
    "holysheep-check(1).\n"
    "\n"
    "  --base-url URL     base URL of the relay's API\n"
    "                     [https://api.holysheep.ai/v1]\n"
    "  --key-file FILE    file that contains the API key; the default is the\n"
    "                     variable " DEFAULT_KEY_ENV "\n"
    "  --model ID         model to use [" DEFAULT_MODEL
    "; for other APIs, see\n"
    "                     holysheep-check(1)]\n"
    "  --api NAME         API to use it with [Chat]:\n"
    "                     ";

static const char usage_after_apis[] =
    "\n"
    "  --billing PRESET   where the relay reports the balance "
    "[" DEFAULT_BILLING "]\n"
    "  --timeout SECONDS  timeout of each request [10]\n"
    "  --json             print one JSON object instead of text\n"
    "  --discover         find out what the relay offers, and print a <Relay>\n"
    "                     block for collectd's configuration; costs one small\n"
    "                     completion, two at most\n"
    "  --config FILE      instead of all that, check the plugin's part of a\n"
    "                     collectd configuration\n"
    "  --probe            with --config: also make one round of its probes\n"
    "  --help, --version\n"
    "\n"
    "Exit status: 0 if the relay behaves as expected, 1 if it does not, 2 for\n"
    "wrong usage. With --discover: 0 if a block was printed, else 1. With\n"
    "--config: 0 if the configuration is valid, 2 if it is not; with --probe,\n"
    "also 1 if a verdict is not ok.\n";

/* An API has the name of its block. */
static void list_apis(char *names, size_t size) {
  struct strbuf buf = strbuf_wrap(names, size);
  for (size_t i = 0; i < probe_kind_count; i++)
    if (probe_kinds[i].model != NULL)
      strbuf_addf(&buf, "%s%s", buf.length > 0 ? ", " : "",
                  probe_kinds[i].block);
}

void options_print_usage(FILE *out) {
  char apis[APIS_MAX];
  list_apis(apis, sizeof apis);
  fprintf(out, "%s%s%s", usage_before_apis, apis, usage_after_apis);
}

/* --- settings ------------------------------------------------------------ */

static bool init_probe(struct probe_settings *probe,
                       const struct probe_kind *kind, struct error *error) {
  probe->kind = kind;
  probe->timeout = default_timeout;
  probe->interval = 60 * USEC_PER_SEC; /* of the schedule, unused here */
  return config_value_defaults(config_probe_scopes(kind), probe, error) &&
         (kind->model == NULL ||
          config_value_copy(kind->model, &probe->model, error)) &&
         config_value_copy(kind->path, &probe->path, error);
}

static bool init_relay(struct relay_settings *relay, struct error *error) {
  relay->probes = calloc(probe_kind_count, sizeof *relay->probes);
  if (relay->probes == NULL)
    return error_set(error, "out of memory");
  if (!config_value_copy("check", &relay->name, error) ||
      !config_value_defaults(SCOPE_RELAY, relay, error))
    return false;
  while (relay->probe_count < probe_kind_count) {
    size_t i = relay->probe_count++;
    if (!init_probe(&relay->probes[i], &probe_kinds[i], error))
      return false;
  }
  return true;
}

static struct probe_settings *probe_of(const struct relay_settings *relay,
                                       const struct probe_kind *kind) {
  struct probe_settings *probe = relay->probes;
  while (probe->kind != kind)
    probe++;
  return probe;
}

const struct probe_settings *options_probe(const struct options *options,
                                           const struct probe_kind *kind) {
  return probe_of(&options->relay, kind);
}

/* --- the options --------------------------------------------------------- */

/* Checks and stores a value like the configuration item `key`; errors name the
 * option instead. */
static bool store_item(const char *key, const char *option, char *text,
                       struct relay_settings *relay, struct error *error) {
  struct config_item row = *config_item_find(key, SCOPE_RELAY);
  struct config_value value = {.type = VALUE_TEXT, .text = text};
  struct config_node item = {.values = &value, .value_count = 1};
  row.name = option;
  return config_value_store(&row, &item, &http_url_rules, relay, error);
}

static bool set_base_url(struct options *options, char *text,
                         struct error *error) {
  struct url url;
  if (!store_item("BaseURL", "--base-url", text, &options->relay, error) ||
      !http_url_rules.parse(text, &url, error))
    return false;
  if (url.credentials)
    return error_set(error, "--base-url: must not contain a user or password");
  return !url.plain || url.loopback ||
         error_set(error,
                   "--base-url \"%s\": the API key would cross the network "
                   "unencrypted: use https://",
                   text);
}

/* For whichever API. */
static bool set_model(struct options *options, char *text,
                      struct error *error) {
  struct config_value value = {.type = VALUE_TEXT, .text = text};
  struct config_node item = {
      .key = "--model", .values = &value, .value_count = 1};
  bool ok = true;
  for (size_t i = 0; i < options->relay.probe_count && ok; i++)
    if (options->relay.probes[i].model != NULL)
      ok = config_value_text(&item, 1024, &options->relay.probes[i].model,
                             error);
  return ok;
}

static bool set_api(struct options *options, const char *name,
                    struct error *error) {
  char names[APIS_MAX];
  options->api_given = true;
  for (size_t i = 0; i < probe_kind_count; i++) {
    options->api = &probe_kinds[i];
    if (options->api->model != NULL &&
        strcasecmp(options->api->block, name) == 0)
      return true;
  }
  list_apis(names, sizeof names);
  return error_set(error, "--api: must be one of %s", names);
}

static void clear(char **place) {
  free(*place);
  *place = NULL;
}

bool options_use_preset(struct options *options,
                        const struct billing_preset *preset) {
  struct probe_settings *probe =
      probe_of(&options->relay, &probe_kinds[KIND_BILLING]);
  probe->preset = preset;
  options->billing = preset->name;
  clear(&probe->path);
  clear(&probe->remaining_key);
  clear(&probe->limit_key);
  clear(&probe->used_key);
  clear(&probe->expires_key);
  billing_preset_detect_currency(probe, options->relay.base_url);
  return billing_preset_apply(probe);
}

static bool set_billing(struct options *options, char *text,
                        struct error *error) {
  const struct billing_preset *preset = billing_preset_find(text);
  char names[256];
  if (preset != NULL)
    return options_use_preset(options, preset) ||
           error_set(error, "out of memory");
  billing_preset_names(names, sizeof names);
  return error_set(error, "--billing: must be %s", names);
}

static bool set_timeout(struct options *options, char *text,
                        struct error *error) {
  const struct config_item *row = config_item_find("Timeout", SCOPE_RELAY);
  double seconds;
  if (!json_parse_number(text, strlen(text), &seconds) ||
      seconds * 1000 < row->min || seconds * 1000 > row->max)
    return error_set(error,
                     "--timeout: must be a number of seconds from %g to %g",
                     row->min / 1000, row->max / 1000);
  for (size_t i = 0; i < options->relay.probe_count; i++)
    options->relay.probes[i].timeout = usec_of(seconds);
  return true;
}

/* Does not quote the file's name, which may be the key, given by mistake. */
static bool read_key(struct options *options, const char *file,
                     struct error *error) {
  struct relay_settings *relay = &options->relay;
  if (file == NULL && getenv(DEFAULT_KEY_ENV) == NULL)
    return error_set(error, "no API key: use --key-file FILE or set the "
                            "variable " DEFAULT_KEY_ENV);
  relay->key =
      (struct key_source){.kind = KEY_FROM_ENV, .name = DEFAULT_KEY_ENV};
  if (file != NULL) {
    if (!config_value_copy(file, &relay->key_file, error))
      return false;
    relay->key =
        (struct key_source){.kind = KEY_FROM_FILE, .name = relay->key_file};
  }
  key_init(&options->key, &relay->key, &system_files);
  if (key_read(&options->key, 0, error))
    return true;
  struct error why = *error;
  return error_set(error,
                   "%s: %s; it must contain only the key, on one line, without "
                   "quotes or \"Bearer\"",
                   file != NULL ? "--key-file" : DEFAULT_KEY_ENV, why.text);
}

/* --- what will be printed in a configuration block ----------------------- */

/* Keeps symbolic links, which secret stores use to switch to a new key. */
static bool make_absolute(char **path, struct error *error) {
  char folder[PATH_MAX], absolute[2 * PATH_MAX];
  if ((*path)[0] == '/')
    return true;
  if (getcwd(folder, sizeof folder) == NULL)
    return error_set(error,
                     "--key-file: must be an absolute path, because the path "
                     "of the current directory is unknown: %s",
                     strerror(errno));
  snprintf(absolute, sizeof absolute, "%s/%s", folder, *path);
  return config_value_copy(absolute, path, error);
}

/* The given texts must be valid in a configuration block. */
static bool check_quotable(struct options *options, struct error *error) {
  struct relay_settings *relay = &options->relay;
  const char *key = options->key.value;
  const struct secrets secrets = {&key, 1};
  if (relay->key.kind == KEY_FROM_FILE) {
    if (!make_absolute(&relay->key_file, error))
      return false;
    relay->key.name = relay->key_file;
  }
  const struct {
    const char *option, *text;
  } given[] = {{"--base-url", relay->base_url},
               {"--key-file", relay->key.name},
               {"--model", probe_of(relay, options->api)->model}};
  for (size_t i = 0; i < sizeof given / sizeof *given; i++)
    if (!relay_block_can_quote(given[i].text, strlen(given[i].text), &secrets))
      return error_set(
          error,
          "%s: contains quotes, a backslash or another character that cannot "
          "be used in a configuration, or part of the key",
          given[i].option);
  return true;
}

/* --- the command line ---------------------------------------------------- */

enum option_id {
  OPTION_BASE_URL = 1,
  OPTION_KEY_FILE,
  OPTION_MODEL,
  OPTION_API,
  OPTION_BILLING,
  OPTION_TIMEOUT,
  OPTION_JSON,
  OPTION_DISCOVER,
  OPTION_CONFIG,
  OPTION_PROBE,
  OPTION_HELP,
  OPTION_VERSION,
  OPTION_KEY,
};

/* Without an entry of its own, --key would be accepted as --key-file. */
static const struct option long_options[] = {
    {"base-url", required_argument, NULL, OPTION_BASE_URL},
    {"key-file", required_argument, NULL, OPTION_KEY_FILE},
    {"model", required_argument, NULL, OPTION_MODEL},
    {"api", required_argument, NULL, OPTION_API},
    {"billing", required_argument, NULL, OPTION_BILLING},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"json", no_argument, NULL, OPTION_JSON},
    {"discover", no_argument, NULL, OPTION_DISCOVER},
    {"config", required_argument, NULL, OPTION_CONFIG},
    {"probe", no_argument, NULL, OPTION_PROBE},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {"key", optional_argument, NULL, OPTION_KEY},
    {NULL, 0, NULL, 0}};

static bool apply_option(struct options *options, int option, char **key_file,
                         struct error *error) {
  if (option <= OPTION_TIMEOUT)
    options->relay_given = true;
  switch (option) {
  case OPTION_BASE_URL:
    return set_base_url(options, optarg, error);
  case OPTION_KEY_FILE:
    *key_file = optarg;
    return true;
  case OPTION_MODEL:
    options->model_given = true;
    return set_model(options, optarg, error);
  case OPTION_API:
    return set_api(options, optarg, error);
  case OPTION_BILLING:
    options->billing_given = true;
    return set_billing(options, optarg, error);
  case OPTION_TIMEOUT:
    return set_timeout(options, optarg, error);
  case OPTION_JSON:
    options->json = true;
    return true;
  case OPTION_DISCOVER:
    options->discover = true;
    return true;
  case OPTION_CONFIG:
    options->config = optarg;
    return true;
  case OPTION_PROBE:
    options->probe = true;
    return true;
  case OPTION_HELP:
    options->help = true;
    return true;
  case OPTION_VERSION:
    options->version = true;
    return true;
  case OPTION_KEY:
    return error_set(
        error,
        "the key must not be on the command line, which every "
        "user can see: use --key-file FILE or the variable " DEFAULT_KEY_ENV);
  case ':':
    return error_set(error, "--%s: requires a value",
                     long_options[optopt - 1].name);
  default:
    return error_set(error, "unknown option, see --help");
  }
}

static bool parse_arguments(int argc, char **argv, struct options *options,
                            char **key_file, struct error *error) {
  int option;
  opterr = 0; /* getopt's own messages could quote a key */
  while ((option = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
    if (!apply_option(options, option, key_file, error))
      return false;
    if (options->help || options->version)
      return true;
  }
  return optind == argc ||
         error_set(error, "only options are allowed, see --help; the key comes "
                          "from --key-file or the variable " DEFAULT_KEY_ENV);
}

static bool check_combination(const struct options *options,
                              struct error *error) {
  if (options->discover && options->json)
    return error_set(error, "--discover prints a configuration, --json an "
                            "object: only one of them is allowed");
  if (options->probe && options->config == NULL)
    return error_set(error, "--probe requires --config FILE");
  if (options->config != NULL &&
      (options->relay_given || options->discover || options->json))
    return error_set(error, "--config takes everything from the file: only "
                            "--probe is allowed with it");
  return true;
}

bool options_parse(int argc, char **argv, struct options *options,
                   struct error *error) {
  char billing[] = DEFAULT_BILLING;
  char *key_file = NULL;
  *options = (struct options){.api = &probe_kinds[KIND_CHAT]};
  if (!init_relay(&options->relay, error) ||
      !set_billing(options, billing, error) ||
      !parse_arguments(argc, argv, options, &key_file, error))
    return false;
  if (options->help || options->version)
    return true;
  if (!check_combination(options, error))
    return false;
  if (options->config != NULL)
    return true;
  billing_preset_detect_currency(
      probe_of(&options->relay, &probe_kinds[KIND_BILLING]),
      options->relay.base_url);
  if (!read_key(options, key_file, error) ||
      (options->discover && !check_quotable(options, error)))
    return false;
  options->hint_count = hints_collect(&options->key, options->hints);
  return true;
}

void options_free(struct options *options) {
  relay_settings_free(&options->relay);
  key_clear(&options->key);
}
