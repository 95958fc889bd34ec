/* The API key of a relay, and where it comes from. */
#ifndef HOLYSHEEP_KEY_H
#define HOLYSHEEP_KEY_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

enum { KEY_MAX = 2048 }; /* bytes; JSON web tokens are long */

enum key_source { KEY_FROM_ENV, KEY_FROM_FILE, KEY_FROM_CONFIG };

struct key {
  enum key_source source;
  char *name;            /* the file, or the variable; owned, else NULL */
  char value[KEY_MAX];   /* empty while there is none that may be used */
  int64_t loaded;        /* Unix seconds, when it was taken up */
  struct stat signature; /* of the file when it was read */
};

/* Reads the key for the first time. `configured` is the key itself for
 * KEY_FROM_CONFIG. The error never quotes the key, and does not say where it
 * comes from. */
bool key_read(struct key *key, const char *configured, struct error *error);

/* The same, with an error that names the configuration's key. */
bool key_load(struct key *key, const char *configured, struct error *error);

/* The variable that the key is to come from is not there. */
bool key_is_unset(const struct key *key);

/* Reads a key file again if it has changed. False: there is no key that may
 * be used now; an old one is forgotten. Allocates nothing. */
bool key_refresh(struct key *key, struct error *error);

/* Others than its owner and group may read the key's file. */
bool key_is_exposed(const struct key *key);

void key_free(struct key *key);

#endif
