// libcurl's setters and getters are variadic, which Swift cannot call.
#ifndef FERRY_CCURL_SHIM_H
#define FERRY_CCURL_SHIM_H

#include <curl/curl.h>

typedef size_t (*ferry_curl_sink)(char *_Nullable bytes, size_t size, size_t count, void *_Nullable context);

static inline CURLcode ferry_curl_set_long(CURL *_Nonnull easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ferry_curl_set_size(CURL *_Nonnull easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ferry_curl_set_text(CURL *_Nonnull easy, CURLoption option, const char *_Nullable value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ferry_curl_set_pointer(CURL *_Nonnull easy, CURLoption option, const void *_Nullable value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ferry_curl_set_sink(CURL *_Nonnull easy, CURLoption option, ferry_curl_sink _Nonnull sink) {
    return curl_easy_setopt(easy, option, sink);
}

static inline CURLMcode ferry_curl_set_multi_long(CURLM *_Nonnull multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

static inline long ferry_curl_get_long(CURL *_Nonnull easy, CURLINFO info) {
    long value = 0;
    curl_easy_getinfo(easy, info, &value);
    return value;
}

static inline curl_off_t ferry_curl_get_size(CURL *_Nonnull easy, CURLINFO info) {
    curl_off_t value = 0;
    curl_easy_getinfo(easy, info, &value);
    return value;
}

/* The chain that was served, where CURLOPT_CERTINFO asked for it; the handle owns it. */
static inline struct curl_certinfo *_Nullable ferry_curl_get_certificates(CURL *_Nonnull easy) {
    struct curl_certinfo *info = NULL;
    curl_easy_getinfo(easy, CURLINFO_CERTINFO, &info);
    return info;
}

static inline int ferry_curl_get_socket(CURL *_Nonnull easy) {
    curl_socket_t descriptor = CURL_SOCKET_BAD;
    curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &descriptor);
    return descriptor;
}

/* The outcome of a finished transfer; the union in CURLMsg is awkward in Swift. */
static inline CURLcode ferry_curl_outcome(const CURLMsg *_Nonnull message) {
    return message->data.result;
}

#endif
