#include "config/config_items.h"

#include "model/settings.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define PLUGIN(member) SCOPE_PLUGIN, offsetof(struct settings, member)
#define RELAY(member) SCOPE_RELAY, offsetof(struct relay_settings, member)
#define PROBE(scopes, member) scopes, offsetof(struct probe_settings, member)
#define ROW(name_, type_, place, ...) ROW_(name_, type_, place, __VA_ARGS__)
#define ROW_(name_, type_, scopes_, offset_, ...)                              \
  {                                                                            \
    .name = name_, .scopes = scopes_, .type = type_, .offset = offset_,        \
    __VA_ARGS__                                                                \
  }

const struct config_item config_items[] = {
    ROW("Relay", CONFIG_BLOCK, PLUGIN(relays), .argument = "\"name\"",
        .help = "A relay to probe; may be repeated. The name becomes the label "
                "C<relay>. If no probe's block is given in it, the relay gets "
                "the default probes with their defaults, for the model "
                "C<gpt-4o-mini>; otherwise it gets exactly those that are "
                "given."),
    ROW("MaxConnections", CONFIG_COUNT, PLUGIN(max_connections), .min = 1,
        .max = 767, .argument = "I<N>",
        .help = "The maximum number of requests in flight; 256 by default, and "
                "never more than a quarter of the process's limit on open "
                "files. A probe that has to wait for others is late; its "
                "timeout starts when its transfer does. Name lookups use at "
                "most 64 threads, and one at a time for each name."),

    ROW("StateFile", CONFIG_TEXT, PLUGIN(state_file), .max = 4095,
        .default_value = "holysheep.state", .argument = "\"I<path>\"",
        .help = "The file that keeps the state of C<MaxCostPerDay>, and "
                "incidents that are open, across restarts; relative to "
                "collectd's C<BaseDir> unless it starts "
                "with C</>."),

    ROW("BaseURL", CONFIG_URL, RELAY(base_url), .max = 1024,
        .default_value = "https://api.holysheep.ai/v1",
        .argument = "\"I<url>\"", .help = "The base URL of the relay's API."),
    ROW("APIKeyFile", CONFIG_KEY_FILE, RELAY(key_file), .max = 4095,
        .argument = "\"I<path>\"",
        .help = "The file that contains the API key. It is reloaded when it "
                "changes. At most one of the three C<APIKey...> keys may be "
                "given."),
    ROW("APIKeyEnv", CONFIG_VARIABLE, RELAY(key_env), .max = 255,
        .argument = "\"I<VAR>\"",
        .help = "The environment variable that contains the API key; "
                "C<HOLYSHEEP_API_KEY> if none of the three is given. Debian's "
                "systemd unit reads F</etc/default/collectd>."),
    ROW("APIKey", CONFIG_SECRET, RELAY(key_text), .max = KEY_MAX - 1,
        .argument = "\"I<key>\"",
        .help = "The API key itself; F<collectd.conf> should then be readable "
                "by root only."),
    ROW("KeyExpires", CONFIG_DATE, RELAY(key_expires),
        .argument = "\"I<YYYY-MM-DD>\"",
        .help = "When the API key expires (at the start of that day in UTC) "
                "according to the relay's console, for relays whose API does "
                "not report it."),
    ROW("Interval", CONFIG_SECONDS, RELAY(interval), .min = 0.1, .max = 86400,
        .argument = "I<Seconds>",
        .help = "The interval of all the relay's probes. By default it is the "
                "plugin's, but for some probes not below a minimum, because "
                "completions cost money: see their blocks. Fractions are "
                "allowed."),
    ROW("RetryInterval", CONFIG_SECONDS, RELAY(retry_interval), .min = 0.1,
        .max = 86400, .default_value = "2", .argument = "I<Seconds>",
        .help = "A failed probe is repeated after this time, then after twice "
                "that, and so on, up to the probe's interval."),
    ROW("Timeout", CONFIG_MILLISECONDS, RELAY(timeout), .min = 100,
        .max = 600000, .argument = "I<Milliseconds>",
        .help = "The timeout of a whole request. The default is given with "
                "each probe's block."),
    ROW("VerifyPeer", CONFIG_BOOLEAN, RELAY(verify_peer),
        .default_value = "true", .argument = "B<true>|B<false>",
        .help = "Whether the certificate must come from a trusted issuer."),
    ROW("VerifyHost", CONFIG_BOOLEAN, RELAY(verify_host),
        .default_value = "true", .argument = "B<true>|B<false>",
        .help = "Whether the certificate must match the relay's host name."),
    ROW("CACert", CONFIG_FILE, RELAY(ca_cert), .max = 4095,
        .argument = "\"I<path>\"",
        .help = "A PEM file with the certificates of the only trusted issuers, "
                "in place of the system's. It is read at least once a day; if "
                "relays use different files, for most connections."),
    ROW("AddressFamily", CONFIG_ADDRESS, RELAY(address_family),
        .default_value = "any",
        .argument = "\"B<any>\"|\"B<ipv4>\"|\"B<ipv6>\"",
        .help = "Which of the relay's IP addresses are used."),
    ROW("Proxy", CONFIG_PROXY, RELAY(proxy), .max = 1024,
        .argument = "\"I<url>\"",
        .help =
            "The HTTP proxy to use, such as C<http://proxy.example:3128>; the "
            "port is required. Proxies from the environment are never used."),
    ROW("Header", CONFIG_HEADERS, RELAY(headers), .max = 4096,
        .argument = "\"I<Name>: I<value>\"",
        .help = "An additional header for each request; may be repeated. The "
                "value is treated as a secret, like the API key."),
    ROW("KeepAlive", CONFIG_BOOLEAN, RELAY(keep_alive),
        .default_value = "false", .argument = "B<true>|B<false>",
        .help =
            "Whether connections are reused. If false, each probe measures "
            "what a new client sees: name lookup, connection and TLS "
            "handshake, without session resumption. If true, libcurl repeats a "
            "request by itself when a reused connection turns out to be dead."),
    ROW("AllowPlainHTTP", CONFIG_BOOLEAN, RELAY(allow_plain_http),
        .default_value = "false", .argument = "B<true>|B<false>",
        .help = "Whether the API key may be sent over plain HTTP to hosts "
                "other than 127.0.0.0/8, ::1 or localhost."),
    ROW("MaxRequests", CONFIG_RATE, RELAY(max_requests), .min = 1, .max = 10000,
        .argument = "I<N> [I<Seconds>]",
        .help = "At most I<N> requests in any period of I<Seconds> (60 by "
                "default), over all probes of the relay, to stay within its "
                "rate limit. When the limit is tight, models are probed first "
                "and completions last; suppressed probes are counted and not "
                "made up for."),
    ROW("Reference", CONFIG_BOOLEAN, RELAY(reference), .default_value = "false",
        .argument = "B<true>|B<false>",
        .help = "Marks the relay that the others are compared with; only one "
                "relay may have it."),

    ROW("Path", CONFIG_PATH, PROBE(SCOPE_PROBE, path), .max = 1024,
        .argument = "\"I</path>\"",
        .help = "The path of the request, appended to C<BaseURL>."),
    ROW("Interval", CONFIG_SECONDS, PROBE(SCOPE_PROBE, interval), .min = 0.1,
        .max = 86400, .argument = "I<Seconds>",
        .help = "Overrides the relay's value for this probe."),
    ROW("Timeout", CONFIG_MILLISECONDS, PROBE(SCOPE_PROBE, timeout), .min = 100,
        .max = 600000, .argument = "I<Milliseconds>",
        .help = "Overrides the relay's value for this probe."),
    ROW("Require", CONFIG_REQUIRED, PROBE(PROBE_LISTS_MODELS, required),
        .max = 255, .argument = "\"I<id>\" ...",
        .help = "Models that the relay must list; takes one or more, and may "
                "be repeated. A missing model is reported by "
                "C<holysheep_model_available> and does not fail the probe."),
    ROW("RemainingKey", CONFIG_TEXT, PROBE(PROBE_TELLS_BALANCE, remaining_key),
        .max = 255, .argument = "\"I<path>\"",
        .help =
            "Where the answer contains the balance: a path such as "
            "C<data/balance> or C<balance_infos/0/total_balance>. Without it, "
            "the balance is the value at C<LimitKey> minus the value at "
            "C<UsedKey>; without those, it is the value at C<remaining>."),
    ROW("LimitKey", CONFIG_TEXT, PROBE(PROBE_TELLS_BALANCE, limit_key),
        .max = 255, .argument = "\"I<path>\"",
        .help = "Where the answer contains the total amount granted."),
    ROW("UsedKey", CONFIG_TEXT, PROBE(PROBE_TELLS_BALANCE, used_key),
        .max = 255, .argument = "\"I<path>\"",
        .help = "Where the answer contains the amount used."),
    ROW("ExpiresKey", CONFIG_TEXT, PROBE(PROBE_TELLS_BALANCE, expires_key),
        .max = 255, .argument = "\"I<path>\"",
        .help = "Where the answer contains the expiry date of the API key: "
                "Unix time in seconds (0 and -1 mean never), null, or a date "
                "such as C<2027-01-31T00:00:00Z>."),
    ROW("Scale", CONFIG_NUMBER, PROBE(PROBE_TELLS_BALANCE, scale), .min = 1e-12,
        .max = 1e12, .default_value = "1", .argument = "I<Factor>",
        .help = "The factor that converts the numbers to US dollars."),
    ROW("Prompt", CONFIG_TEXT, PROBE(PROBE_USES_TOKENS, prompt),
        .max = PROMPT_MAX, .default_value = "ping", .argument = "\"I<text>\"",
        .help = "The prompt. In it, C<%t> is replaced by the current time, "
                "and C<%r> by a random word, another for each request: no "
                "cache has seen that prompt before. C<%%> is a percent sign."),
    ROW("Expect", CONFIG_TEXT, PROBE(PROBE_COMPLETES, expect),
        .max = EXPECT_MAX, .argument = "\"I<text>\"",
        .help = "What the answer has to contain; upper and lower case of "
                "C<a> to C<z> are the same. C<%r> and the like stand for the "
                "same as in B<Prompt>. See L</EXPECTED ANSWERS>."),
    ROW("MaxTokens", CONFIG_COUNT, PROBE(PROBE_COMPLETES, max_tokens), .min = 1,
        .max = 100000, .default_value = "16", .argument = "I<N>",
        .help = "C<max_tokens> of the request."),
    ROW("MaxCompletionTokens", CONFIG_COUNT,
        PROBE(PROBE_MAX_COMPLETION_TOKENS, max_completion_tokens), .min = 1,
        .max = 100000, .argument = "I<N>",
        .help =
            "C<max_completion_tokens> of the request, sent in place of "
            "C<max_tokens>: for reasoning models, which reject the latter."),
    ROW("Stream", CONFIG_BOOLEAN, PROBE(PROBE_STREAMS, stream),
        .default_value = "false", .argument = "B<true>|B<false>",
        .help = "Whether the answer is streamed. This measures the time to the "
                "first token and the tokens per second, and detects streams "
                "that stop midway."),
    ROW("ReasoningEffort", CONFIG_WORD,
        PROBE(PROBE_COMPLETES, reasoning_effort), .max = 16,
        .argument = "\"I<word>\"",
        .help = "How much a model reasons, such as C<low>; the relay decides "
                "which words there are. Sent as C<reasoning_effort>, or what "
                "the API has in its place; not sent by default."),
    ROW("Extra", CONFIG_TEXT, PROBE(PROBE_COMPLETES, extra), .max = EXTRA_MAX,
        .argument = "\"I<JSON>\"",
        .help =
            "A JSON object whose members are added to the request, such "
            "as C<\"{\\\"temperature\\\": 0}\">. It must not contain what the "
            "plugin sets itself, nor a name twice, in whatever case."),
    ROW("FirstTokenTimeout", CONFIG_MILLISECONDS,
        PROBE(PROBE_STREAMS, first_token_timeout), .min = 100, .max = 600000,
        .argument = "I<Milliseconds>",
        .help = "The timeout of a stream's first token, from the start of the "
                "request; its cause is C<timeout>. Reasoning that is shown "
                "counts; comments and pings do not. Requires B<Stream> "
                "C<true>, and is at most B<Timeout>."),
    ROW("PromptPrice", CONFIG_NUMBER, PROBE(PROBE_USES_TOKENS, prompt_price),
        .min = 0, .max = 1e6, .argument = "I<Dollars>",
        .help = "The price of a million prompt tokens, in US dollars."),
    ROW("CompletionPrice", CONFIG_NUMBER,
        PROBE(PROBE_COMPLETES, completion_price), .min = 0, .max = 1e6,
        .argument = "I<Dollars>",
        .help = "The price of a million completion tokens, in US dollars."),
    ROW("MaxCostPerDay", CONFIG_NUMBER,
        PROBE(PROBE_USES_TOKENS, max_cost_per_day), .min = 1e-6, .max = 1e6,
        .argument = "I<Dollars>",
        .help = "The maximum that this probe may spend in a day (in UTC); when "
                "the next request could exceed it, the probe stops until "
                "midnight. Requires the prices."),
    ROW("Share", CONFIG_COUNT, PROBE(PROBE_USES_TOKENS, share), .min = 1,
        .max = 1000, .default_value = "1", .argument = "I<N>",
        .help = "The number of hosts that take turns with this probe: each "
                "makes every I<N>-th, so that together they pay for one "
                "request per C<Interval>. All have the same block. See "
                "L</Sharing a probe that costs money>."),
    ROW("Label", CONFIG_TEXT, PROBE(PROBE_USES_TOKENS, label), .max = 255,
        .argument = "\"I<text>\"",
        .help =
            "Replaces the model's name in all series: required if the name is "
            "too long for collectd, or if two names would look the same."),
};

const size_t config_item_count = sizeof config_items / sizeof *config_items;

_Static_assert(sizeof config_items / sizeof *config_items <= CONFIG_ITEMS_MAX,
               "each key needs a bit");

_Static_assert((unsigned)PROBE_TRAITS < (unsigned)SCOPE_PLUGIN,
               "no scope has the bit of a trait");

/* --- blocks -------------------------------------------------------------- */

static const struct config_block outer_blocks[CONFIG_OUTER_BLOCKS] = {
    {"Plugin", SCOPE_PLUGIN}, {"Relay", SCOPE_RELAY}};

size_t config_block_count(void) {
  return CONFIG_OUTER_BLOCKS + probe_kind_count;
}

struct config_block config_block_at(size_t i) {
  if (i < CONFIG_OUTER_BLOCKS)
    return outer_blocks[i];
  const struct probe_kind *kind = &probe_kinds[i - CONFIG_OUTER_BLOCKS];
  return (struct config_block){kind->block, config_probe_scopes(kind)};
}

unsigned config_probe_scopes(const struct probe_kind *kind) {
  return SCOPE_PROBE | kind->traits;
}

/* --- names --------------------------------------------------------------- */

const struct config_item *config_item_find(const char *name, unsigned scopes) {
  for (size_t i = 0; i < config_item_count; i++)
    if ((config_items[i].scopes & scopes) != 0 &&
        strcasecmp(config_items[i].name, name) == 0)
      return &config_items[i];
  return NULL;
}

const struct probe_kind *config_probe_find(const char *name, unsigned scopes) {
  for (size_t i = 0; i < probe_kind_count; i++)
    if ((scopes & SCOPE_RELAY) != 0 &&
        strcasecmp(probe_kinds[i].block, name) == 0)
      return &probe_kinds[i];
  return NULL;
}

/* The Levenshtein distance, ignoring case; `b` is a name from the tables. */
static unsigned distance(const char *a, const char *b) {
  unsigned row[32];
  size_t width = strlen(b);
  for (unsigned j = 0; j <= width; j++)
    row[j] = j;
  for (unsigned i = 0; a[i] != '\0'; i++) {
    unsigned diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < width; j++) {
      bool same = tolower((unsigned char)a[i]) == tolower((unsigned char)b[j]);
      unsigned best = diagonal + (same ? 0 : 1);
      diagonal = row[j + 1];
      if (row[j] + 1 < best)
        best = row[j] + 1;
      if (diagonal + 1 < best)
        best = diagonal + 1;
      row[j + 1] = best;
    }
  }
  return row[width];
}

struct nearest {
  const char *name;
  unsigned distance;
};

static void compare(struct nearest *nearest, const char *name,
                    const char *candidate) {
  unsigned d = distance(name, candidate);
  if (d < nearest->distance && d < strlen(candidate))
    *nearest = (struct nearest){candidate, d};
}

const char *config_name_nearest(const char *name, unsigned scopes) {
  struct nearest nearest = {NULL, 4}; /* a greater distance is not a typo */
  for (size_t i = 0; i < config_item_count; i++)
    if ((config_items[i].scopes & scopes) != 0)
      compare(&nearest, name, config_items[i].name);
  for (size_t i = 0; i < probe_kind_count; i++)
    if ((scopes & SCOPE_RELAY) != 0)
      compare(&nearest, name, probe_kinds[i].block);
  return nearest.name;
}
