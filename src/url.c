#include "url.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

static bool is_loopback(const char *host) {
  struct in_addr v4;
  struct in6_addr v6;
  char plain[64];
  if (strcasecmp(host, "localhost") == 0)
    return true;
  if (inet_pton(AF_INET, host, &v4) == 1)
    return ntohl(v4.s_addr) >> 24 == 127;
  size_t length = strlen(host);
  if (length < 2 || host[0] != '[' || length - 2 >= sizeof plain)
    return false;
  snprintf(plain, sizeof plain, "%.*s", (int)(length - 2), host + 1);
  return inet_pton(AF_INET6, plain, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

static bool has(CURLU *handle, CURLUPart part) {
  char *text = NULL;
  bool there = curl_url_get(handle, part, &text, 0) == CURLUE_OK;
  curl_free(text);
  return there;
}

static bool describe(CURLU *handle, struct url *url, struct error *error) {
  char *scheme = NULL;
  char *host = NULL;
  bool ok = curl_url_get(handle, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
            curl_url_get(handle, CURLUPART_HOST, &host, 0) == CURLUE_OK;
  if (!ok || (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0))
    ok = error_set(error, "a URL that begins with https:// is needed");
  if (ok) {
    url->plain = strcmp(scheme, "http") == 0;
    url->loopback = is_loopback(host);
    url->credentials =
        has(handle, CURLUPART_USER) || has(handle, CURLUPART_PASSWORD);
  }
  curl_free(scheme);
  curl_free(host);
  return ok;
}

bool url_parse(const char *text, struct url *url, struct error *error) {
  CURLU *handle = curl_url();
  if (handle == NULL)
    return error_set(error, "no memory");
  CURLUcode code =
      curl_url_set(handle, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME);
  bool ok = code == CURLUE_OK
                ? describe(handle, url, error)
                : error_set(error, "%s; a URL such as https://host/v1 is needed",
                            curl_url_strerror(code));
  curl_url_cleanup(handle);
  /* libcurl tells of none that is empty. */
  url->query = strpbrk(text, "?#") != NULL;
  return ok;
}
