/* usage: bare_fetch BASE_URL AGENT_ID PAGE [TOKEN_FILE]
 *
 * Fetches the whole message listing of an agent page by page with libcurl and
 * throws the bytes away: the limit that `ferry snapshot --read-only` is
 * measured against. It looks for the last id of a page and nothing else.
 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct page { char *bytes; size_t count, room; };

static size_t take(char *bytes, size_t size, size_t count, void *to) {
    struct page *page = to;
    size_t more = size * count;
    if (page->count + more + 1 > page->room) {
        page->room = (page->count + more + 1) * 2;
        page->bytes = realloc(page->bytes, page->room);
    }
    memcpy(page->bytes + page->count, bytes, more);
    page->count += more;
    page->bytes[page->count] = 0;
    return more;
}

/* The id of the last listed message: the last `"id":"…"` of the page. */
static int last_id(struct page *page, char *id, size_t room) {
    static const char mark[] = "\"id\":\"message-";
    for (char *at = page->bytes + page->count; at-- > page->bytes;) {
        if (strncmp(at, mark, sizeof mark - 1)) continue;
        char *start = at + 6, *end = strchr(start, '"');
        if (!end || (size_t)(end - start) >= room) return 0;
        memcpy(id, start, end - start);
        id[end - start] = 0;
        return 1;
    }
    return 0;
}

int main(int count, char **words) {
    if (count < 4) return 2;
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = NULL;
    if (count > 4) {
        char token[512] = "", line[600];
        FILE *file = fopen(words[4], "r");
        if (!file || !fgets(token, sizeof token, file)) return 2;
        token[strcspn(token, "\n")] = 0;
        snprintf(line, sizeof line, "Authorization: Bearer %s", token);
        headers = curl_slist_append(headers, line);
    }
    struct page page = {0};
    char id[200] = "", url[1000];
    size_t bytes = 0, pages = 0;
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "bare");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &page);
    for (;;) {
        snprintf(url, sizeof url,
                 "%s/v1/agents/%s/messages?limit=%s&order=asc&use_assistant_message=false&conversation_id=default%s%s",
                 words[1], words[2], words[3], *id ? "&after=" : "", id);
        curl_easy_setopt(curl, CURLOPT_URL, url);
        page.count = 0;
        if (curl_easy_perform(curl)) return 1;
        pages++;
        bytes += page.count;
        if (page.count < 10 || !last_id(&page, id, sizeof id)) break;
    }
    printf("%zu pages, %zu bytes\n", pages, bytes);
    return 0;
}
