#include "http/target.h"

#include "http/url.h"

#include <arpa/inet.h>
#include <stdio.h>

/* --- the address --------------------------------------------------------- */

static bool is_address(const char *host) {
  struct in_addr v4;
  return host[0] == '[' || inet_pton(AF_INET, host, &v4) == 1;
}

static bool init_address(struct target *target,
                         const struct relay_settings *relay) {
  char host[RESOLVER_NAME_MAX];
  unsigned port;
  if (!url_authority(relay->proxy != NULL ? relay->proxy : relay->base_url,
                     host, sizeof host, &port))
    return false;
  snprintf(target->authority, sizeof target->authority, "%s:%u", host, port);
  if (is_address(host))
    return true;
  target->name =
      resolver_add_name(target->resolver, host, relay->address_family);
  return target->name != NULL;
}

/* --- the headers --------------------------------------------------------- */

static bool add_header(struct curl_slist **list, const char *header) {
  struct curl_slist *longer = curl_slist_append(*list, header);
  if (longer != NULL)
    *list = longer;
  return longer != NULL;
}

static bool init_headers(struct target *target,
                         const struct relay_settings *relay) {
  bool ok = add_header(&target->post_headers, "Content-Type: application/json");
  for (size_t i = 0; i < relay->header_count && ok; i++)
    ok = add_header(&target->get_headers, relay->headers[i]) &&
         add_header(&target->post_headers, relay->headers[i]);
  return ok;
}

/* --- the target itself --------------------------------------------------- */

bool target_init(struct target *target, const struct relay_settings *relay,
                 struct resolver *resolver) {
  *target = (struct target){.resolver = resolver};
  return init_address(target, relay) && init_headers(target, relay);
}

void target_free(struct target *target) {
  curl_slist_free_all(target->get_headers);
  curl_slist_free_all(target->post_headers);
  *target = (struct target){0};
}
