/* The API key of a relay, and where it comes from. */
#ifndef HOLYSHEEP_KEY_H
#define HOLYSHEEP_KEY_H

#include "base/error.h"
#include "model/files.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

enum { KEY_MAX = 2048 }; /* bytes; JSON web tokens are long */

/* As configured. */
struct key_source {
  enum { KEY_FROM_ENV, KEY_FROM_FILE, KEY_FROM_CONFIG } kind;
  const char *name; /* the file, or the variable */
  const char *text; /* KEY_FROM_CONFIG: the key itself */
};

/* As it is now. */
struct key {
  const struct key_source *source;
  const struct files *files;
  char value[KEY_MAX]; /* empty while there is none that may be used */
  int64_t loaded;      /* Unix seconds, when it became this one; or 0 */
  struct stat status;  /* of the file when it was read */
};

/* A key that was not read yet. Source and files have to outlive it. */
void key_init(struct key *key, const struct key_source *source,
              const struct files *files);
void key_clear(struct key *key);

/* Reads the key at `wall`, in Unix seconds. The error never quotes the key, and
 * does not say where it comes from. */
bool key_read(struct key *key, double wall, struct error *error);

/* The same, with an error that names the configuration's item. */
bool key_load(struct key *key, double wall, struct error *error);

/* The variable that the key is to come from is not set. */
bool key_source_is_unset(const struct key_source *source);

/* Reads the key again if its file has changed, or if there was none that may be
 * used. False: there is still none; an old one is forgotten. Allocates
 * nothing. */
bool key_refresh(struct key *key, double wall, struct error *error);

/* Others than the owner of its file and their group may read it. */
bool key_is_world_readable(const struct key *key);

#endif
