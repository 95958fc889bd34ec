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
        .help = "A relay to probe; may repeat. The name becomes the label "
                "C<relay>. A relay with none of the blocks C<Models>, "
                "C<Billing>, C<Chat> gets all three with their defaults, the "
                "model being C<gpt-4o-mini>; with any of them, exactly those."),
    ROW("MaxConnections", CONFIG_COUNT, PLUGIN(max_connections), .min = 1,
        .max = 767, .argument = "I<N>",
        .help = "How many requests may be in flight at a time; 256 by "
                "default, and never more than a quarter of the process's file "
                "limit. A probe that waits for its turn is late, and its "
                "timeout begins with its transfer. Names are looked up in 64 "
                "threads at most, each name by one at a time."),

    ROW("StateFile", CONFIG_TEXT, PLUGIN(state_file), .max = 4095,
        .default_value = "holysheep.state", .argument = "\"I<path>\"",
        .help = "Remembers over a restart what C<MaxCostPerDay> must know; "
                "below collectd's C<BaseDir> unless it begins with C</>."),

    ROW("BaseURL", CONFIG_URL, RELAY(base_url), .max = 1024,
        .default_value = "https://api.holysheep.ai/v1",
        .argument = "\"I<url>\"", .help = "Where the relay's API begins."),
    ROW("APIKeyFile", CONFIG_KEY_FILE, RELAY(key_file), .max = 4095,
        .argument = "\"I<path>\"",
        .help = "The file that holds the key. It is read again when it "
                "changes. Exactly one of the three C<APIKey...> keys may be "
                "given."),
    ROW("APIKeyEnv", CONFIG_VARIABLE, RELAY(key_env), .max = 255,
        .argument = "\"I<VAR>\"",
        .help = "The environment variable that holds the key; "
                "C<HOLYSHEEP_API_KEY> when none of the three is given. "
                "Debian's unit reads F</etc/default/collectd>."),
    ROW("APIKey", CONFIG_SECRET, RELAY(key_text), .max = KEY_MAX - 1,
        .argument = "\"I<key>\"",
        .help = "The key itself; F<collectd.conf> should then be readable by "
                "root alone."),
    ROW("KeyExpires", CONFIG_DATE, RELAY(key_expires),
        .argument = "\"I<YYYY-MM-DD>\"",
        .help = "When the key ends (that day's start in UTC), as the relay's "
                "console says, for relays that do not tell one."),
    ROW("Interval", CONFIG_SECONDS, RELAY(interval), .min = 0.1, .max = 86400,
        .argument = "I<Seconds>",
        .help = "Of all the relay's probes. By default the plugin's interval "
                "for models, and that, but 60 at least, for billing and chat: "
                "a completion costs money. Fractions are allowed."),
    ROW("RetryInterval", CONFIG_SECONDS, RELAY(retry_interval), .min = 0.1,
        .max = 86400, .default_value = "10", .argument = "I<Seconds>",
        .help = "A failed probe is repeated after this time, then after twice "
                "that, and so on, up to its interval."),
    ROW("Timeout", CONFIG_MILLISECONDS, RELAY(timeout), .min = 100,
        .max = 600000, .argument = "I<Milliseconds>",
        .help = "Of a whole request; 10000 by default, 30000 for chat."),
    ROW("VerifyPeer", CONFIG_BOOLEAN, RELAY(verify_peer),
        .default_value = "true", .argument = "B<true>|B<false>",
        .help = "Whether the certificate has to come from a trusted issuer."),
    ROW("VerifyHost", CONFIG_BOOLEAN, RELAY(verify_host),
        .default_value = "true", .argument = "B<true>|B<false>",
        .help = "Whether it has to be made out to the relay's name."),
    ROW("CACert", CONFIG_FILE, RELAY(ca_cert), .max = 4095,
        .argument = "\"I<path>\"",
        .help = "The only issuers to be trusted, in PEM, in place of the "
                "system's. Read once a day at least; where relays have "
                "different ones, for most connections."),
    ROW("AddressFamily", CONFIG_ADDRESS, RELAY(address_family),
        .default_value = "any",
        .argument = "\"B<any>\"|\"B<ipv4>\"|\"B<ipv6>\"",
        .help = "Which addresses of the relay are used."),
    ROW("Proxy", CONFIG_PROXY, RELAY(proxy), .max = 1024,
        .argument = "\"I<url>\"",
        .help = "An HTTP proxy to go through, such as "
                "C<http://proxy.example:3128>; the port has to be said. The "
                "environment's proxies are never used."),
    ROW("Header", CONFIG_HEADERS, RELAY(headers), .max = 4096,
        .argument = "\"I<Name>: I<value>\"",
        .help = "A further header of each request; may repeat. The value is "
                "kept as secret as the key."),
    ROW("KeepAlive", CONFIG_BOOLEAN, RELAY(keep_alive),
        .default_value = "false", .argument = "B<true>|B<false>",
        .help = "Whether connections are kept. False measures what a new "
                "client sees: name, connection and TLS each time, no session "
                "resumed. With true, libcurl makes a request once more by "
                "itself when a kept connection turns out to be dead."),
    ROW("AllowPlainHTTP", CONFIG_BOOLEAN, RELAY(allow_plain_http),
        .default_value = "false", .argument = "B<true>|B<false>",
        .help = "Whether the key may be sent over plain http to anything but "
                "127.0.0.0/8, ::1 or localhost."),
    ROW("MaxRequests", CONFIG_RATE, RELAY(max_requests), .min = 1, .max = 10000,
        .argument = "I<N> [I<Seconds>]",
        .help = "No more than so many requests in any so many seconds (60), "
                "over all probes of the relay: its own rate limit, kept. When "
                "it is tight the models come first and completions last; "
                "what is held back is counted and not made up for."),
    ROW("Reference", CONFIG_BOOLEAN, RELAY(reference), .default_value = "false",
        .argument = "B<true>|B<false>",
        .help = "On one relay: the others are compared with it."),

    ROW("Path", CONFIG_PATH, PROBE(SCOPE_PROBE, path), .max = 1024,
        .argument = "\"I</path>\"", .help = "Below the base URL."),
    ROW("Interval", CONFIG_SECONDS, PROBE(SCOPE_PROBE, interval), .min = 0.1,
        .max = 86400, .argument = "I<Seconds>",
        .help = "Of this probe; else the relay's."),
    ROW("Timeout", CONFIG_MILLISECONDS, PROBE(SCOPE_PROBE, timeout), .min = 100,
        .max = 600000, .argument = "I<Milliseconds>",
        .help = "Of this probe; else the relay's."),
    ROW("Require", CONFIG_REQUIRED, PROBE(PROBE_LISTS_MODELS, required),
        .max = 255, .argument = "\"I<id>\" ...",
        .help = "Models that have to be listed; may repeat and take several. "
                "A missing one is told by C<holysheep_model_available>, and "
                "does not fail the probe."),
    ROW("RemainingKey", CONFIG_TEXT, PROBE(PROBE_TELLS_BALANCE, remaining_key),
        .max = 255, .argument = "\"I<path>\"",
        .help = "Where the balance stands in the answer: a path such as "
                "C<data/balance> or C<balance_infos/0/total_balance>. Without "
                "it, the balance is what is at C<LimitKey> less what is at "
                "C<UsedKey>; without those, C<remaining>."),
    ROW("LimitKey", CONFIG_TEXT, PROBE(PROBE_TELLS_BALANCE, limit_key),
        .max = 255, .argument = "\"I<path>\"",
        .help = "Where it says how much there was in all."),
    ROW("UsedKey", CONFIG_TEXT, PROBE(PROBE_TELLS_BALANCE, used_key),
        .max = 255, .argument = "\"I<path>\"",
        .help = "Where it says how much of that was used."),
    ROW("ExpiresKey", CONFIG_TEXT, PROBE(PROBE_TELLS_BALANCE, expires_key),
        .max = 255, .argument = "\"I<path>\"",
        .help = "Where it says when the key ends: Unix seconds (0 and -1 are "
                "never), null, or a date such as C<2027-01-31T00:00:00Z>."),
    ROW("Scale", CONFIG_NUMBER, PROBE(PROBE_TELLS_BALANCE, scale), .min = 1e-12,
        .max = 1e12, .default_value = "1", .argument = "I<Factor>",
        .help = "Times this, the numbers are US dollars."),
    ROW("Prompt", CONFIG_TEXT, PROBE(PROBE_USES_TOKENS, prompt),
        .max = PROMPT_MAX, .default_value = "ping", .argument = "\"I<text>\"",
        .help = "What is asked. Each C<%t> in it becomes the time, for relays "
                "that answer the same question from a cache."),
    ROW("MaxTokens", CONFIG_COUNT, PROBE(PROBE_COMPLETES, max_tokens), .min = 1,
        .max = 100000, .default_value = "10", .argument = "I<N>",
        .help = "C<max_tokens> of the request."),
    ROW("MaxCompletionTokens", CONFIG_COUNT,
        PROBE(PROBE_MAX_COMPLETION_TOKENS, max_completion_tokens), .min = 1,
        .max = 100000, .argument = "I<N>",
        .help = "C<max_completion_tokens>, in place of C<max_tokens>: for "
                "reasoning models, which refuse that one."),
    ROW("Stream", CONFIG_BOOLEAN, PROBE(PROBE_STREAMS, stream),
        .default_value = "false", .argument = "B<true>|B<false>",
        .help = "Whether the answer is to be streamed: that shows the time to "
                "the first token, the tokens a second, and streams that stop "
                "in the middle."),
    ROW("PromptPrice", CONFIG_NUMBER, PROBE(PROBE_USES_TOKENS, prompt_price),
        .min = 0, .max = 1e6, .argument = "I<Dollars>",
        .help = "What a million tokens of prompt cost, in US dollars."),
    ROW("CompletionPrice", CONFIG_NUMBER,
        PROBE(PROBE_COMPLETES, completion_price), .min = 0, .max = 1e6,
        .argument = "I<Dollars>",
        .help = "What a million tokens of completion cost, in US dollars."),
    ROW("MaxCostPerDay", CONFIG_NUMBER,
        PROBE(PROBE_USES_TOKENS, max_cost_per_day), .min = 1e-6, .max = 1e6,
        .argument = "I<Dollars>",
        .help = "Stops this probe for the rest of the day (in UTC) before it "
                "would spend more; needs the prices."),
    ROW("Label", CONFIG_TEXT, PROBE(PROBE_USES_TOKENS, label), .max = 255,
        .argument = "\"I<text>\"",
        .help = "Stands for the model in every series: needed when its name "
                "is too long for collectd, or two look alike."),
};

const size_t config_item_count = sizeof config_items / sizeof *config_items;

_Static_assert(sizeof config_items / sizeof *config_items <= CONFIG_ITEMS_MAX,
               "there is a bit for each key");

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

/* Levenshtein's distance without regard to case; `b` is one of our names. */
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
  struct nearest nearest = {NULL, 4}; /* further away it is no misspelling */
  for (size_t i = 0; i < config_item_count; i++)
    if ((config_items[i].scopes & scopes) != 0)
      compare(&nearest, name, config_items[i].name);
  for (size_t i = 0; i < probe_kind_count; i++)
    if ((scopes & SCOPE_RELAY) != 0)
      compare(&nearest, name, probe_kinds[i].block);
  return nearest.name;
}
