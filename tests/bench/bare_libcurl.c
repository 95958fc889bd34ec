/* Sends the requests of the plugin's three probes with libcurl alone, on the
 * same schedule: the minimum that they can cost. Runs until killed. */
#define _GNU_SOURCE 1
#include <curl/curl.h>
#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { EXIT_USAGE = 2, LONGEST_WAIT_MS = 1000, TIMEOUT_MS = 10000 };

struct options {
  const char *url, *ca;
  unsigned long relays, connections;
  double interval;
  bool keep; /* connections open between rounds */
  bool each; /* print a line for each response */
};

static const struct request {
  const char *path;
  const char *body; /* NULL for a GET */
} requests[] = {
    {"/models", NULL},
    {"/billing", NULL},
    {"/chat/completions",
     "{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"user\","
     "\"content\":\"ping\"}],\"max_tokens\":10}"},
};

enum { REQUESTS = sizeof requests / sizeof *requests };

struct probe {
  CURL *easy;
  bool in_flight;
};

/* The probes run in the order of their numbers. */
struct loop {
  const struct options *options;
  CURLM *multi;
  struct probe *probes;
  size_t count;
  double begin;
  size_t next;  /* the next probe to run */
  double round; /* its round; in the first, all are due at once */
  unsigned long in_flight;
};

static _Noreturn void give_up(const char *what) {
  fprintf(stderr, "bare-libcurl: %s\n", what);
  exit(EXIT_FAILURE);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* --- the requests -------------------------------------------------------- */

static size_t ignore(char *data, size_t size, size_t count, void *user) {
  (void)data;
  (void)user;
  return size * count;
}

static __attribute__((format(printf, 2, 3))) struct curl_slist *
add_header(struct curl_slist *list, const char *format, ...) {
  char *line;
  va_list arguments;
  va_start(arguments, format);
  if (vasprintf(&line, format, arguments) < 0)
    give_up("no memory");
  va_end(arguments);
  list = curl_slist_append(list, line);
  free(line);
  return list;
}

static void set_request(CURL *easy, const char *base,
                        const struct request *request, size_t relay) {
  char *url;
  if (asprintf(&url, "%s%s", base, request->path) < 0)
    give_up("no memory");
  curl_easy_setopt(easy, CURLOPT_URL, url);
  free(url);
  struct curl_slist *headers =
      add_header(NULL, "Authorization: Bearer sk-test-%zu", relay);
  if (request->body != NULL) {
    headers = add_header(headers, "Content-Type: application/json");
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body);
  }
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
}

static void set_connection(CURL *easy, const struct options *options) {
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)TIMEOUT_MS);
  curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
  if (options->ca != NULL)
    curl_easy_setopt(easy, CURLOPT_CAINFO, options->ca);
  if (options->keep)
    return;
  curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
  curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
}

static void probe_open(struct probe *probe, const struct options *options,
                       size_t number) {
  CURL *easy = probe->easy = curl_easy_init();
  if (easy == NULL)
    give_up("no memory");
  set_connection(easy, options);
  set_request(easy, options->url, &requests[number % REQUESTS],
              number / REQUESTS);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
  curl_easy_setopt(easy, CURLOPT_PRIVATE, (char *)probe);
}

/* Prints the request id, the server's time and the total time. */
static void print_answer(CURL *easy) {
  struct curl_header *id;
  curl_off_t sent = 0, first = 0, total = 0;
  if (curl_easy_header(easy, "x-request-id", 0, CURLH_HEADER, -1, &id) !=
      CURLHE_OK)
    return;
  curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &sent);
  curl_easy_getinfo(easy, CURLINFO_STARTTRANSFER_TIME_T, &first);
  curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &total);
  printf("%s %.6f %.6f\n", id->value, (double)(first - sent) / 1e6,
         (double)total / 1e6);
}

/* --- the loop ------------------------------------------------------------ */

static double loop_due(const struct loop *loop) {
  if (loop->round < 1)
    return loop->begin;
  double place = (double)loop->next / (double)loop->count;
  return loop->begin + (loop->round + place) * loop->options->interval;
}

static void loop_start_due(struct loop *loop) {
  double time = now();
  while (loop->in_flight < loop->options->connections &&
         loop_due(loop) <= time) {
    struct probe *probe = &loop->probes[loop->next];
    if (!probe->in_flight) {
      probe->in_flight = true;
      loop->in_flight++;
      curl_multi_add_handle(loop->multi, probe->easy);
    }
    if (++loop->next == loop->count) {
      loop->next = 0;
      loop->round += 1;
    }
  }
}

static void loop_finish(struct loop *loop, CURL *easy) {
  char *private;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
  struct probe *probe = (struct probe *)(void *)private;
  if (loop->options->each)
    print_answer(easy);
  curl_multi_remove_handle(loop->multi, easy);
  probe->in_flight = false;
  loop->in_flight--;
}

static int loop_wait_ms(const struct loop *loop) {
  if (loop->in_flight >= loop->options->connections)
    return LONGEST_WAIT_MS;
  double ms = ceil((loop_due(loop) - now()) * 1e3);
  return (int)fmax(0, fmin(ms, LONGEST_WAIT_MS));
}

static void loop_turn(struct loop *loop) {
  int running, left;
  loop_start_due(loop);
  curl_multi_perform(loop->multi, &running);
  CURLMsg *message;
  while ((message = curl_multi_info_read(loop->multi, &left)) != NULL) {
    if (message->msg == CURLMSG_DONE)
      loop_finish(loop, message->easy_handle);
  }
  curl_multi_poll(loop->multi, NULL, 0, loop_wait_ms(loop), NULL);
}

static void loop_open(struct loop *loop, const struct options *options) {
  *loop =
      (struct loop){.options = options, .count = options->relays * REQUESTS};
  loop->multi = curl_multi_init();
  loop->probes = calloc(loop->count, sizeof *loop->probes);
  if (loop->multi == NULL || loop->probes == NULL)
    give_up("no memory");
  /* otherwise they are closed when few are in flight */
  curl_multi_setopt(loop->multi, CURLMOPT_MAXCONNECTS, (long)loop->count);
  for (size_t i = 0; i < loop->count; i++)
    probe_open(&loop->probes[i], options, i);
  loop->begin = now();
}

/* --- the command line ---------------------------------------------------- */

static const struct option long_options[] = {
    {"url", required_argument, NULL, 'u'},
    {"ca", required_argument, NULL, 'a'},
    {"relays", required_argument, NULL, 'r'},
    {"interval", required_argument, NULL, 'i'},
    {"connections", required_argument, NULL, 'c'},
    {"keep", no_argument, NULL, 'k'},
    {"each", no_argument, NULL, 'e'},
    {"version", no_argument, NULL, 'v'},
    {NULL, 0, NULL, 0},
};

static void take_option(struct options *options, int option) {
  switch (option) {
  case 'u':
    options->url = optarg;
    break;
  case 'a':
    options->ca = optarg;
    break;
  case 'r':
    options->relays = strtoul(optarg, NULL, 10);
    break;
  case 'i':
    options->interval = strtod(optarg, NULL);
    break;
  case 'c':
    options->connections = strtoul(optarg, NULL, 10);
    break;
  case 'k':
    options->keep = true;
    break;
  case 'e':
    options->each = true;
    break;
  case 'v':
    puts(curl_version());
    exit(EXIT_SUCCESS);
  default:
    exit(EXIT_USAGE);
  }
}

int main(int argc, char **argv) {
  struct options options = {.relays = 1, .connections = 256, .interval = 10};
  int option;
  while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
    take_option(&options, option);
  if (options.url == NULL || options.relays == 0 || options.connections == 0 ||
      !(options.interval > 0)) {
    fprintf(stderr, "usage: bare-libcurl --url URL [--ca FILE] [--relays N] "
                    "[--interval SECONDS] [--connections N] [--keep] "
                    "[--each]\n");
    return EXIT_USAGE;
  }
  setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
  curl_global_init(CURL_GLOBAL_ALL);
  struct loop loop;
  loop_open(&loop, &options);
  for (;;)
    loop_turn(&loop);
}
