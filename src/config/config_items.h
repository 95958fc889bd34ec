/* The configuration's keys: one row each. The parser, its messages and the
 * manual page's table are made from these. */
#ifndef HOLYSHEEP_CONFIG_ITEMS_H
#define HOLYSHEEP_CONFIG_ITEMS_H

#include "probe/probe_kind.h"

#include <stdbool.h>
#include <stddef.h>

/* Where a key may stand; a bit each, and those of enum probe_trait: the blocks
 * of the kinds of probes that have the trait. */
enum config_scope {
  SCOPE_PLUGIN = 1 << 16,
  SCOPE_RELAY = 1 << 17,
  SCOPE_PROBE = 1 << 18, /* the blocks of all kinds of probes */
};

enum config_type {
  CONFIG_TEXT,         /* char * */
  CONFIG_FILE,         /* char *: an absolute path that can be read */
  CONFIG_KEY_FILE,     /* char *: likewise, but it is read with the key */
  CONFIG_URL,          /* char * */
  CONFIG_PROXY,        /* char *: the URL of one */
  CONFIG_PATH,         /* char *: the path of a URL */
  CONFIG_SECRET,       /* char *: a text that no message quotes */
  CONFIG_VARIABLE,     /* char *: of the environment, likewise */
  CONFIG_HEADERS,      /* char ** and size_t: may repeat, likewise */
  CONFIG_DATE,         /* int64_t: Unix seconds */
  CONFIG_NUMBER,       /* double */
  CONFIG_SECONDS,      /* usec */
  CONFIG_MILLISECONDS, /* usec */
  CONFIG_COUNT,        /* unsigned */
  CONFIG_RATE,         /* unsigned, and then usec: seconds */
  CONFIG_REQUIRED,     /* struct required * and size_t: may repeat */
  CONFIG_BOOLEAN,      /* bool */
  CONFIG_ADDRESS,      /* enum address_family */
  CONFIG_BLOCK,        /* a block of its own */
};

enum { CONFIG_ITEMS_MAX = 64 }; /* a bit each */

struct config_item {
  const char *name;
  unsigned scopes;
  enum config_type type;
  size_t offset;   /* in the struct of its scope */
  double min, max; /* of a number; bytes of a text at most */
  const char
      *default_value;   /* the value when it is not given; NULL: see help */
  const char *argument; /* how the manual writes the value */
  const char *help;     /* one or two sentences for the manual, in POD */
};

extern const struct config_item config_items[];
extern const size_t config_item_count;

/* A block: the plugin's own, a relay's, and one for each kind of probe. */
struct config_block {
  const char *name;
  unsigned scopes; /* of the keys in it */
};

enum { CONFIG_OUTER_BLOCKS = 2 }; /* that come before those of probes */

size_t config_block_count(void);
struct config_block config_block_at(size_t i);

/* The scopes of the keys in the block of a kind of probe. */
unsigned config_probe_scopes(const struct probe_kind *kind);

/* A key, and a kind of probe that has its block here. Case does not count, as
 * everywhere in collectd. NULL: there is none. */
const struct config_item *config_item_find(const char *name, unsigned scopes);
const struct probe_kind *config_probe_find(const char *name, unsigned scopes);

/* The name of a key or block here that is nearest to a misspelt one, else
 * NULL. */
const char *config_name_nearest(const char *name, unsigned scopes);

#endif
