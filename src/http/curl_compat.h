/* What newer releases of libcurl have renamed. */
#ifndef HOLYSHEEP_CURL_COMPAT_H
#define HOLYSHEEP_CURL_COMPAT_H

#include <curl/curl.h>

#if LIBCURL_VERSION_NUM < 0x075500
#define COMPAT_PROTOCOLS CURLOPT_PROTOCOLS
#define COMPAT_HTTP_ONLY ((long)(CURLPROTO_HTTP | CURLPROTO_HTTPS))
#else
#define COMPAT_PROTOCOLS CURLOPT_PROTOCOLS_STR
#define COMPAT_HTTP_ONLY "http,https"
#endif

/* A header line longer than libcurl's own limit. */
#if LIBCURL_VERSION_NUM < 0x080600
#define COMPAT_TOO_LARGE CURLE_OUT_OF_MEMORY
#else
#define COMPAT_TOO_LARGE CURLE_TOO_LARGE
#endif

#if LIBCURL_VERSION_NUM < 0x075000
#define compat_url_strerror(code) "it is malformed"
#else
#define compat_url_strerror(code) curl_url_strerror(code)
#endif

#endif
