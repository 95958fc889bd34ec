/* Where the requests of a relay are sent, and with which headers: prepared
 * once. */
#ifndef HOLYSHEEP_TARGET_H
#define HOLYSHEEP_TARGET_H

#include "http/resolver.h"
#include "model/settings.h"

#include <stdbool.h>

#include <curl/curl.h>

enum { AUTHORITY_MAX = RESOLVER_NAME_MAX + 16 };

struct target {
  struct resolver *resolver;
  struct resolver_name *name;    /* of the relay or its proxy; NULL: it is an
                                    address */
  char authority[AUTHORITY_MAX]; /* host:port of the same */
  struct curl_slist *get_headers, *post_headers;
};

/* False without memory; target_free() has to be called then as well. */
bool target_init(struct target *target, const struct relay_settings *relay,
                 struct resolver *resolver);
void target_free(struct target *target);

#endif
