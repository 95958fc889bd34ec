/* A relay's API key, and where it comes from. */
#ifndef HOLYSHEEP_KEY_H
#define HOLYSHEEP_KEY_H

#include "base/error.h"
#include "model/files.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

enum { KEY_MAX = 2048 }; /* bytes; JSON web tokens are long */

/* Where the key comes from, as configured. */
struct key_source {
  enum { KEY_FROM_ENV, KEY_FROM_FILE, KEY_FROM_CONFIG } kind;
  const char *name; /* the file, or the variable */
  const char *text; /* KEY_FROM_CONFIG: the key itself */
};

/* The current key. */
struct key {
  const struct key_source *source;
  const struct files *files;
  char value[KEY_MAX]; /* empty while there is no usable key */
  int64_t loaded;      /* Unix seconds, when this value was first read; or 0 */
  struct stat status;  /* of the file when it was read */
};

/* Initializes a key that has not been read. `source` and `files` must outlive
 * it. */
void key_init(struct key *key, const struct key_source *source,
              const struct files *files);
void key_clear(struct key *key);

/* Reads the key at `wall` (Unix seconds). The error does not say where the key
 * comes from, and never quotes it. */
bool key_read(struct key *key, double wall, struct error *error);

/* Likewise, but the error names the configuration item. */
bool key_load(struct key *key, double wall, struct error *error);

/* Whether the key should come from a variable that is not set. */
bool key_source_is_unset(const struct key_source *source);

/* Reads the key again if its file has changed or there is no usable key yet.
 * False: there is none now, and an old one is cleared. Does not allocate. */
bool key_refresh(struct key *key, double wall, struct error *error);

/* Whether every user of the host may read the key's file. */
bool key_is_world_readable(const struct key *key);

#endif
