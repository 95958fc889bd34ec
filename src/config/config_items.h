/* The configuration items: one row each. Parsing, error messages and the tables
 * of the manual page are derived from them. */
#ifndef HOLYSHEEP_CONFIG_ITEMS_H
#define HOLYSHEEP_CONFIG_ITEMS_H

#include "probe/probe_kind.h"

#include <stdbool.h>
#include <stddef.h>

/* The blocks in which an item is allowed; a bit each. The bits of enum
 * probe_trait stand for the blocks of all probe kinds with that trait. */
enum config_scope {
  SCOPE_PLUGIN = 1 << 16,
  SCOPE_RELAY = 1 << 17,
  SCOPE_PROBE = 1 << 18, /* the blocks of all probe kinds */
};

enum config_type {
  CONFIG_TEXT,         /* char * */
  CONFIG_WORD,         /* char *: lower-case letters */
  CONFIG_FILE,         /* char *: an absolute path, readable */
  CONFIG_KEY_FILE,     /* char *: likewise, but it is read with the key */
  CONFIG_URL,          /* char * */
  CONFIG_PROXY,        /* char *: a proxy's URL */
  CONFIG_PATH,         /* char *: a URL's path */
  CONFIG_SECRET,       /* char *: never quoted in a message */
  CONFIG_VARIABLE,     /* char *: an environment variable, likewise */
  CONFIG_HEADERS,      /* char ** and size_t: may repeat, likewise */
  CONFIG_DATE,         /* int64_t: Unix seconds */
  CONFIG_NUMBER,       /* double */
  CONFIG_SECONDS,      /* usec */
  CONFIG_MILLISECONDS, /* usec */
  CONFIG_COUNT,        /* unsigned */
  CONFIG_RATE,         /* unsigned, followed by usec: seconds */
  CONFIG_REQUIRED,     /* struct required * and size_t: may repeat */
  CONFIG_BOOLEAN,      /* bool */
  CONFIG_ADDRESS,      /* enum address_family */
  CONFIG_BLOCK,        /* a block */
};

enum { CONFIG_ITEMS_MAX = 64 }; /* a bit each */

struct config_item {
  const char *name;
  unsigned scopes;
  enum config_type type;
  size_t offset;             /* in the struct of its scope */
  double min, max;           /* of a number; `max` of a text is in bytes */
  const char *default_value; /* NULL: none, or see help */
  const char *argument;      /* the value's notation in the manual */
  const char *help;          /* one or two sentences for the manual, in POD */
};

extern const struct config_item config_items[];
extern const size_t config_item_count;

/* A block: the plugin's, a relay's, or that of a probe kind. */
struct config_block {
  const char *name;
  unsigned scopes; /* of the items in it */
};

enum {
  CONFIG_OUTER_BLOCKS = 2
}; /* the plugin's and the relay's, which come first */

size_t config_block_count(void);
struct config_block config_block_at(size_t i);

/* The scopes of the items in a probe kind's block. */
unsigned config_probe_scopes(const struct probe_kind *kind);

/* The item or probe kind that is allowed under this name in any of the scopes;
 * NULL: none. Ignores case, as collectd does everywhere. */
const struct config_item *config_item_find(const char *name, unsigned scopes);
const struct probe_kind *config_probe_find(const char *name, unsigned scopes);

/* The name of an item or block that is similar to a misspelt one; NULL: none
 * is. */
const char *config_name_nearest(const char *name, unsigned scopes);

#endif
