/* Each allocation of the plugin and of libcurl fails in turn: nothing crashes,
 * the error says so, and the next round works. The program is linked with
 * --wrap, which replaces malloc and related functions by these; leaks after a
 * failure are found by valgrind and ASan. */
#include "config_fixture.h"
#include "engine/engine.h"
#include "http/http_transport.h"
#include "http/memory.h"
#include "http/system_clock.h"
#include "http/url.h"
#include "state/notification_queue.h"
#include "state/system_files.h"

#include "config/config_text.h"
#include "unit.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <curl/curl.h>

/* --- the allocator ------------------------------------------------------- */

static struct {
  bool armed;
  bool lasting;   /* all later ones fail too */
  unsigned fails; /* number of the first one that fails */
  unsigned count;
  unsigned own; /* of ours, not libcurl's */
} memory;

static bool denied(void) {
  if (!memory.armed)
    return false;
  memory.count++;
  return memory.lasting ? memory.count >= memory.fails
                        : memory.count == memory.fails;
}

static void arm(unsigned fails, bool lasting) {
  memory.fails = fails;
  memory.lasting = lasting;
  memory.count = memory.own = 0;
  memory.armed = true;
}

/* Whether an allocation failed. */
static bool disarm(void) {
  memory.armed = false;
  return memory.count >= memory.fails;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
char *__wrap_strdup(const char *text);

static bool own_denied(void) {
  memory.own += memory.armed;
  return denied();
}

void *__wrap_malloc(size_t size) {
  return own_denied() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
  return own_denied() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size) {
  return own_denied() ? NULL : __real_realloc(block, size);
}

char *__wrap_strdup(const char *text) {
  return own_denied() ? NULL : __real_strdup(text);
}

static void *curl_malloc(size_t size) {
  return memory_noted(denied() ? NULL : __real_malloc(size));
}

static void *curl_calloc(size_t count, size_t size) {
  return memory_noted(denied() ? NULL : __real_calloc(count, size));
}

static void *curl_realloc(void *block, size_t size) {
  return memory_noted(denied() ? NULL : __real_realloc(block, size));
}

static char *curl_strdup(const char *text) {
  return memory_noted(denied() ? NULL : __real_strdup(text));
}

/* --- a relay that refuses connections ------------------------------------- */

static int closed; /* bound, but it does not listen */
static char lines[1024];
static struct config_node *block;
static struct settings settings;
static struct error error;

static void setup(void) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t size = sizeof address;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  closed = socket(AF_INET, SOCK_STREAM, 0);
  ck_assert_int_ge(closed, 0);
  ck_assert_int_eq(bind(closed, (struct sockaddr *)&address, size), 0);
  ck_assert_int_eq(getsockname(closed, (struct sockaddr *)&address, &size), 0);
  snprintf(lines, sizeof lines,
           "StateFile \"/nowhere/state\"\n"
           "<Relay \"main\">\n  BaseURL \"http://127.0.0.1:%u/v1\"\n"
           "  APIKey \"sk-test\"\n  Header \"X-One: the first\"\n  Header "
           "\"X-Two: the second\"\n"
           "  Interval 0.1\n  RetryInterval 0.1\n  Timeout 30000\n</Relay>\n"
           "<Relay \"two\">\n  BaseURL \"http://127.0.0.1:%u/v1\"\n"
           "  APIKey \"sk-two\"\n  <Chat \"a\">\n    PromptPrice 1\n"
           "    CompletionPrice 1\n    MaxCostPerDay 1\n  </Chat>\n</Relay>\n",
           ntohs(address.sin_port), ntohs(address.sin_port));
  block = config_text_parse("test", lines, strlen(lines), &error);
  ck_assert_msg(block != NULL, "%s", error.text);
  ck_assert_int_eq(curl_global_init_mem(CURL_GLOBAL_DEFAULT, curl_malloc, free,
                                        curl_realloc, curl_strdup, curl_calloc),
                   CURLE_OK);
}

static void teardown(void) {
  settings_free(&settings);
  config_node_free(block);
  curl_global_cleanup();
  close(closed);
}

static void ignore_warning(const char *line) { (void)line; }

static bool read_config(void) {
  settings_free(&settings);
  settings.interval = 10 * USEC_PER_SEC;
  error.text[0] = '\0';
  struct config_reader reader = {
      .warn = ignore_warning, .files = &system_files, .urls = &http_url_rules};
  return config_settings_read(block, &settings, &reader, &error);
}

static void read_good_config(void) {
  ck_assert_msg(read_config(), "%s", error.text);
  ck_assert_uint_eq(settings.relay_count, 2);
  settings.max_connections = 4;
}

/* --- the configuration --------------------------------------------------- */

static void fail_config(bool lasting) {
  unsigned n = 0;
  for (bool denied_one = true; denied_one;) {
    arm(++n, lasting);
    bool ok = read_config();
    denied_one = disarm();
    ck_assert_int_eq(ok, !denied_one);
    ck_assert_msg(ok || strstr(error.text, "memory") != NULL, "%u: %s", n,
                  error.text);
  }
  ck_assert_uint_gt(n, 30);
  read_good_config();
}

/* The same for parsing the text of a configuration. */
static void fail_text(bool lasting) {
  static const char text[] = "A ::1 \"b\" 2 true\n<C d>\n  E 1\n</C>\n";
  unsigned n = 0;
  for (bool denied_one = true; denied_one;) {
    arm(++n, lasting);
    struct config_node *node =
        config_text_parse("test", text, strlen(text), &error);
    denied_one = disarm();
    ck_assert_int_eq(node == NULL, denied_one);
    ck_assert(node != NULL || strcmp(error.text, "test: out of memory") == 0);
    config_node_free(node);
  }
  ck_assert_uint_gt(n, 10);
}

START_TEST(test_text) {
  fail_text(false);
  fail_text(true);
}
END_TEST

START_TEST(test_configuration) {
  setup();
  fail_config(false);
  fail_config(true);
  teardown();
}
END_TEST

/* --- the engine ---------------------------------------------------------- */

static unsigned ended, refused, without_cause;

/* libcheck allocates too, so there are no assertions here. */
static void on_ended(void *user, const struct relay_state *relay, size_t probe,
                     const struct probe_result *result,
                     const struct state_change *change) {
  (void)user;
  (void)relay;
  (void)probe;
  (void)change;
  ended++;
  refused += result->cause == CAUSE_CONNECTION;
  /* libcurl reports lack of memory during a look-up as an unknown name. */
  bool name = result->cause == CAUSE_DNS &&
              strstr(result->http.detail, "Could not resolve") != NULL;
  without_cause += result->cause != CAUSE_CONNECTION &&
                   result->cause != CAUSE_INTERNAL && !name;
}

static void on_incident(void *user, const struct relay_state *relay,
                        enum incident_event event) {
  (void)user, (void)relay, (void)event;
}

static void on_network(void *user, const struct network_watch *network) {
  (void)user, (void)network;
}

static size_t on_state(void *user, const struct relay_state *relay) {
  (void)user;
  (void)relay;
  return 170;
}

static bool on_arrived(void *user, const struct relay_state *relay) {
  (void)user;
  (void)relay;
  return true;
}

static const struct engine_listener listener = {.completed = on_ended,
                                                .incident = on_incident,
                                                .network = on_network,
                                                .publish = on_state,
                                                .arrived = on_arrived,
                                                .warn = ignore_warning};

static struct transport *transport;

static struct engine *new_engine(void) {
  transport = http_transport_new(&settings);
  const struct engine_parts parts = {.settings = &settings,
                                     .host = "host",
                                     .clock = &system_clock,
                                     .transport = transport,
                                     .files = &system_files,
                                     .listener = &listener};
  return transport != NULL ? engine_new(&parts) : NULL;
}

static void free_engine(struct engine *engine) {
  engine_free(engine);
  http_transport_free(transport);
}

static void fail_engine(bool lasting) {
  unsigned n = 0;
  for (bool denied_one = true; denied_one;) {
    arm(++n, lasting);
    struct engine *engine = new_engine();
    denied_one = disarm();
    ck_assert_int_eq(engine == NULL, denied_one);
    free_engine(engine);
  }
  ck_assert_uint_gt(n, 20);
}

START_TEST(test_engine) {
  setup();
  read_good_config();
  fail_engine(false);
  fail_engine(true);
  teardown();
}
END_TEST

static void tick_until_ended(struct engine *engine, unsigned more) {
  for (ended = refused = without_cause = 0; ended < more;)
    engine_tick(engine);
}

/* All probes end, whatever fails, and report the reason if possible. */
static void fail_rounds(bool lasting) {
  unsigned n = 0;
  for (bool denied_one = true; denied_one;) {
    struct engine *engine = new_engine();
    ck_assert_ptr_nonnull(engine);
    arm(++n, lasting);
    tick_until_ended(engine, 4);
    denied_one = disarm();
    ck_assert_uint_eq(memory.own, 0); /* everything was allocated before */
    ck_assert_uint_eq(without_cause, 0);
    ck_assert(denied_one || refused == ended);
    free_engine(engine);
  }
  ck_assert_uint_gt(n, 20);
}

START_TEST(test_probe_rounds) {
  setup();
  read_good_config();
  fail_rounds(false);
  fail_rounds(true);
  teardown();
}
END_TEST

static void hurry(struct relay_settings *relay) {
  relay->retry_interval = USEC_PER_SEC / 10;
  for (size_t i = 0; i < relay->probe_count; i++)
    relay->probes[i].interval = USEC_PER_SEC / 10;
}

/* The same engine works normally in the round after one without memory. */
START_TEST(test_recovery_in_the_next_round) {
  setup();
  read_good_config();
  hurry(&settings.relays[0]);
  hurry(&settings.relays[1]);
  struct engine *engine = new_engine();
  ck_assert_ptr_nonnull(engine);
  for (unsigned n = 1; n < 100; n += 40) {
    arm(n, true);
    tick_until_ended(engine, 4);
    disarm();
    ck_assert_uint_eq(memory.own, 0);
    tick_until_ended(engine, 4); /* some of these may have started before */
    tick_until_ended(engine, 4);
    ck_assert_uint_eq(refused, ended);
  }
  free_engine(engine);
  teardown();
}
END_TEST

/* --- other ---------------------------------------------------------------- */

START_TEST(test_notification_queue) {
  arm(1, false);
  ck_assert_ptr_null(notification_queue_new());
  disarm();
  struct notification_queue *queue = notification_queue_new();
  ck_assert_ptr_nonnull(queue);
  notification_queue_free(queue);
}
END_TEST

int main(void) {
  return UNIT_RUN("no_memory", test_text, test_configuration, test_engine,
                  test_probe_rounds, test_recovery_in_the_next_round,
                  test_notification_queue);
}
