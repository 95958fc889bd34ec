#include "http/url.h"

#include "http/curl_compat.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#define INTERNATIONAL                                                          \
  "the host name must be in its ASCII form, such as "                          \
  "https://xn--mnchen-3ya.example: the command idn2 prints it"

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

/* libcurl decodes %XX in it since 7.76. */
static bool is_ascii(const char *host) {
  if (host[0] != '[' && strchr(host, '%') != NULL)
    return false;
  while ((unsigned char)*host - 1u < 0x7F)
    host++;
  return *host == '\0';
}

static CURLUcode look_for(CURLU *handle, CURLUPart part, bool *there) {
  char *text = NULL;
  CURLUcode code = curl_url_get(handle, part, &text, 0);
  curl_free(text);
  *there = *there || code == CURLUE_OK;
  return code == CURLUE_OUT_OF_MEMORY ? code : CURLUE_OK;
}

static CURLUcode describe_peer(CURLU *handle, struct url *url) {
  char *scheme = NULL;
  char *host = NULL;
  CURLUcode code = curl_url_get(handle, CURLUPART_SCHEME, &scheme, 0);
  if (code == CURLUE_OK)
    code = curl_url_get(handle, CURLUPART_HOST, &host, 0);
  if (code == CURLUE_OK) {
    url->plain = strcmp(scheme, "http") == 0;
    url->loopback = is_loopback(host);
    url->ascii = is_ascii(host);
    if (!url->plain && strcmp(scheme, "https") != 0)
      code = CURLUE_UNSUPPORTED_SCHEME;
  }
  curl_free(scheme);
  curl_free(host);
  return code;
}

static CURLUcode describe(CURLU *handle, const char *text, struct url *url) {
  *url = (struct url){0};
  CURLUcode code =
      curl_url_set(handle, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME);
  if (code == CURLUE_OK)
    code = describe_peer(handle, url);
  if (code == CURLUE_OK)
    code = look_for(handle, CURLUPART_USER, &url->credentials);
  if (code == CURLUE_OK)
    code = look_for(handle, CURLUPART_PASSWORD, &url->credentials);
  if (code == CURLUE_OK)
    code = look_for(handle, CURLUPART_PORT, &url->port);
  /* libcurl does not report an empty one. */
  url->query = strpbrk(text, "?#") != NULL;
  return code;
}

/* Before 7.79, libcurl accepts some of these. */
static bool has_blank(const char *text) {
  while ((unsigned char)*text > ' ' && *text != 0x7F)
    text++;
  return *text != '\0';
}

static CURLUcode parse(const char *text, struct url *url) {
  CURLU *handle = curl_url();
  CURLUcode code = handle == NULL    ? CURLUE_OUT_OF_MEMORY
                   : has_blank(text) ? CURLUE_MALFORMED_INPUT
                                     : describe(handle, text, url);
  curl_url_cleanup(handle);
  return code;
}

static bool parse_relay(const char *text, struct url *url,
                        struct error *error) {
  CURLUcode code = parse(text, url);
  switch (code) {
  case CURLUE_OK:
    /* libcurl converts other names if it was built so, and only in a locale
     * that collectd does not set. */
    return url->ascii || error_set(error, INTERNATIONAL);
  case CURLUE_OUT_OF_MEMORY:
    return error_set(error, "out of memory");
  case CURLUE_UNSUPPORTED_SCHEME:
    return error_set(error,
                     "must be a URL that starts with https:// or http://");
  default:
    return error_set(error, "%s; must be a URL such as https://host/v1",
                     compat_url_strerror(code));
  }
}

/* Without a port, libcurl uses 1080, which no HTTP proxy listens on. */
static bool parse_proxy(const char *text, struct url *url,
                        struct error *error) {
  CURLUcode code = parse(text, url);
  if (code == CURLUE_OUT_OF_MEMORY)
    return error_set(error, "out of memory");
  return (code == CURLUE_OK && url->plain && url->port && url->ascii &&
          !url->query) ||
         error_set(error, "must be an HTTP proxy with its port, such as "
                          "http://proxy.example:3128");
}

const struct url_rules http_url_rules = {.parse = parse_relay,
                                         .parse_proxy = parse_proxy};

bool url_authority(const char *text, char *host, size_t size, unsigned *port) {
  CURLU *handle = curl_url();
  char *name = NULL, *number = NULL;
  bool ok = handle != NULL &&
            curl_url_set(handle, CURLUPART_URL, text, 0) == CURLUE_OK &&
            curl_url_get(handle, CURLUPART_HOST, &name, 0) == CURLUE_OK &&
            curl_url_get(handle, CURLUPART_PORT, &number, CURLU_DEFAULT_PORT) ==
                CURLUE_OK &&
            strlen(name) < size;
  if (ok) {
    strcpy(host, name);
    *port = (unsigned)strtoul(number, NULL, 10);
  }
  curl_free(name);
  curl_free(number);
  curl_url_cleanup(handle);
  return ok;
}
