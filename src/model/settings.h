/* What the configuration says, checked and with its defaults filled in. */
#ifndef HOLYSHEEP_SETTINGS_H
#define HOLYSHEEP_SETTINGS_H

#include "base/clock.h"
#include "model/key.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where neither a probe nor a key is configured. */
#define DEFAULT_MODEL "gpt-4o-mini"
#define DEFAULT_KEY_ENV "HOLYSHEEP_API_KEY"

struct probe_kind;
struct billing_preset;

enum {
  LABEL_MAX = 56,            /* bytes of a relay's or a model's label, with
                                its end: the longest series' labels fit into
                                collectd's 127 */
  TIMEOUTS_MAX = 16,         /* different timeouts in all */
  CONNECTIONS_DEFAULT = 256, /* requests in flight at a time */
  PROMPT_MAX = 4096,         /* bytes */
  PROMPT_TIME = 20,          /* bytes that a %t in it becomes */
  REQUIRED_MAX = 64,         /* models of a relay; a bit each */
};

enum address_family { ADDRESS_ANY, ADDRESS_IPV4, ADDRESS_IPV6 };

/* Told an id of a list of models, which is not terminated. */
typedef void model_listener(void *listener, const char *id, size_t length);

/* What a kind of probe has no use for is not set: see enum probe_trait. */
struct probe_settings {
  const struct probe_kind *kind;
  usec interval;
  usec timeout; /* of the whole request */
  char *path;   /* below the base URL; begins with `/` */

  /* PROBE_USES_TOKENS: */
  char *model;                 /* as it is sent */
  char *label;                 /* as configured, NULL without */
  char model_label[LABEL_MAX]; /* escaped; empty where there is no model */
  char *prompt;
  double prompt_price, completion_price; /* US dollars a million tokens; below
                                            0: not configured */
  double max_cost_per_day;               /* US dollars; 0: no limit */

  /* PROBE_COMPLETES, PROBE_STREAMS: */
  unsigned max_tokens;
  unsigned max_completion_tokens; /* in place of max_tokens; 0: not */
  bool stream;

  /* PROBE_LISTS_MODELS: */
  struct required *required; /* which have to be listed */
  size_t required_count;
  model_listener *listed; /* is told each id; NULL: nobody asks */
  void *listener;

  /* PROBE_TELLS_BALANCE: */
  const struct billing_preset *preset;
  char *remaining_key; /* paths into the answer; NULL: not there */
  char *limit_key, *used_key, *expires_key;
  double scale; /* times this is US dollars */
  bool in_yuan; /* the site counts in yuan, and does not say so */
};

/* A model that has to be listed. */
struct required {
  char *id;
  char label[LABEL_MAX]; /* escaped */
};

struct relay_settings {
  char *name;
  char label[LABEL_MAX]; /* the name, escaped */
  char *base_url;        /* without a `/` at its end */
  struct key_source key; /* one of the three, or the default variable */
  char *key_file, *key_env, *key_text; /* as configured */
  int64_t key_expires;                 /* Unix seconds; 0: not told */
  usec interval;                       /* 0: not configured */
  usec retry_interval;
  usec timeout; /* 0: not configured */
  bool verify_peer, verify_host, keep_alive, allow_plain_http;
  enum address_family address_family;
  char *ca_cert, *proxy; /* NULL without */
  char **headers;        /* "Name: value" */
  size_t header_count;
  unsigned max_requests; /* 0: no limit of our own */
  usec max_requests_span;
  bool reference; /* the others are compared with this one */
  struct probe_settings *probes;
  size_t probe_count;
};

struct settings {
  uint64_t given; /* keys of the plugin's own blocks, a bit each */
  usec interval;  /* the plugin's own */
  unsigned max_connections;
  char *state_file; /* what is remembered over a restart */
  struct relay_settings *relays;
  size_t relay_count;
};

/* The tokens that a completion is reckoned at. */
unsigned probe_settings_prompt_tokens(const struct probe_settings *probe);
unsigned probe_settings_answer_tokens(const struct probe_settings *probe);

/* The configured value of one of the headers; it is a secret. */
const char *header_value(const char *header);

void probe_settings_free(struct probe_settings *probe);
void relay_settings_free(struct relay_settings *relay);
void settings_free(struct settings *settings);

#endif
