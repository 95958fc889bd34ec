/* The configuration, validated and with defaults filled in. */
#ifndef HOLYSHEEP_SETTINGS_H
#define HOLYSHEEP_SETTINGS_H

#include "base/clock.h"
#include "model/key.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* If no probe or no key is configured. */
#define DEFAULT_MODEL "gpt-4o-mini"
#define DEFAULT_KEY_ENV "HOLYSHEEP_API_KEY"

struct probe_kind;
struct billing_preset;

enum {
  LABEL_MAX = 56,            /* bytes of a relay's or a model's label,
                                terminated: the labels of any series fit into
                                collectd's 127 */
  TIMEOUTS_MAX = 16,         /* distinct timeouts in all */
  CONNECTIONS_DEFAULT = 256, /* requests in flight at a time */
  PROMPT_MAX = 4096,         /* bytes */
  PROMPT_TIME = 20,          /* bytes that replace a %t */
  REQUIRED_MAX = 64,         /* models of a relay; a bit each */
};

enum address_family { ADDRESS_ANY, ADDRESS_IPV4, ADDRESS_IPV6 };

/* Receives a model's id, which is not terminated. */
typedef void model_listener(void *listener, const char *id, size_t length);

/* Members that a probe kind does not use are not set: see enum probe_trait. */
struct probe_settings {
  const struct probe_kind *kind;
  usec interval;
  usec timeout; /* of the whole request */
  char *path;   /* below the base URL; begins with `/` */

  /* PROBE_USES_TOKENS: */
  char *model;                 /* as sent */
  char *label;                 /* as configured, or NULL */
  char model_label[LABEL_MAX]; /* escaped; empty if there is no model */
  char *prompt;
  double prompt_price, completion_price; /* US dollars per million tokens; below
                                            0: not configured */
  double max_cost_per_day;               /* US dollars; 0: no limit */

  /* PROBE_COMPLETES, PROBE_STREAMS: */
  unsigned max_tokens;
  unsigned max_completion_tokens; /* instead of max_tokens, unless 0 */
  bool stream;

  /* PROBE_LISTS_MODELS: */
  struct required *required; /* must be listed */
  size_t required_count;
  model_listener *listed; /* called for each id; may be NULL */
  void *listener;

  /* PROBE_TELLS_BALANCE: */
  const struct billing_preset *preset;
  char *remaining_key; /* paths in the answer; NULL: none */
  char *limit_key, *used_key, *expires_key;
  double scale; /* multiplier to US dollars */
  bool in_yuan; /* the site uses yuan without saying so */
};

/* A model that must be listed. */
struct required {
  char *id;
  char label[LABEL_MAX]; /* escaped */
};

struct relay_settings {
  char *name;
  char label[LABEL_MAX]; /* the name, escaped */
  char *base_url;        /* without a trailing `/` */
  struct key_source key; /* one of the following, or the default variable */
  char *key_file, *key_env, *key_text; /* as configured */
  int64_t key_expires;                 /* Unix seconds; 0: not configured */
  usec interval;                       /* 0: not configured */
  usec retry_interval;
  usec timeout; /* 0: not configured */
  bool verify_peer, verify_host, keep_alive, allow_plain_http;
  enum address_family address_family;
  char *ca_cert, *proxy; /* NULL: none */
  char **headers;        /* "Name: value" */
  size_t header_count;
  unsigned max_requests; /* 0: no limit */
  usec max_requests_span;
  bool reference; /* the others are compared with this relay */
  struct probe_settings *probes;
  size_t probe_count;
};

struct settings {
  uint64_t given; /* which keys of the plugin's blocks were given: a bit each */
  usec interval;  /* the plugin's */
  unsigned max_connections;
  char *state_file; /* its path */
  struct relay_settings *relays;
  size_t relay_count;
};

/* The estimated tokens of a completion: of its prompt, and of its answer at
 * most. */
unsigned probe_settings_prompt_tokens(const struct probe_settings *probe);
unsigned probe_settings_answer_tokens(const struct probe_settings *probe);

/* The value of one of the configured headers, which is a secret. */
const char *header_value(const char *header);

void probe_settings_free(struct probe_settings *probe);
void relay_settings_free(struct relay_settings *relay);
void settings_free(struct settings *settings);

#endif
