/* The configuration, validated and with defaults filled in. */
#ifndef HOLYSHEEP_SETTINGS_H
#define HOLYSHEEP_SETTINGS_H

#include "base/clock.h"
#include "model/key.h"
#include "model/probe_settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* If no probe or no key is configured. */
#define DEFAULT_MODEL "gpt-4o-mini"
#define DEFAULT_KEY_ENV "HOLYSHEEP_API_KEY"

enum {
  TIMEOUTS_MAX = 16,         /* distinct timeouts in all */
  CONNECTIONS_DEFAULT = 256, /* requests in flight at a time */
};

enum address_family { ADDRESS_ANY, ADDRESS_IPV4, ADDRESS_IPV6 };

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

/* The value of one of the configured headers, which is a secret. */
const char *header_value(const char *header);

/* The relay's probe that sends what this one does, but without a stream; NULL:
 * there is none, or this is no stream itself. */
const struct probe_settings *
relay_settings_plain(const struct relay_settings *relay,
                     const struct probe_settings *stream);

void relay_settings_free(struct relay_settings *relay);
void settings_free(struct settings *settings);

#endif
