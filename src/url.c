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
  /* libcurl tells of none that is empty. */
  url->query = strpbrk(text, "?#") != NULL;
  return code;
}

bool url_parse(const char *text, struct url *url, struct error *error) {
  CURLU *handle = curl_url();
  CURLUcode code =
      handle != NULL ? describe(handle, text, url) : CURLUE_OUT_OF_MEMORY;
  curl_url_cleanup(handle);
  switch (code) {
  case CURLUE_OK:
    return true;
  case CURLUE_OUT_OF_MEMORY:
    return error_set(error, "no memory");
  case CURLUE_UNSUPPORTED_SCHEME:
    return error_set(error,
                     "a URL that begins with https:// or http:// is needed");
  default:
    return error_set(error, "%s; a URL such as https://host/v1 is needed",
                     curl_url_strerror(code));
  }
}
