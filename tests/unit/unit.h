/* Shared by the test programs. */
#ifndef HOLYSHEEP_UNIT_H
#define HOLYSHEEP_UNIT_H

#include "model/settings.h"
#include "probe/answer.h"
#include "state/histogram.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <check.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* For conditions checked a million times: libcheck records each of its own
 * assertions. */
#define UNIT_ASSERT(condition)                                                 \
  do {                                                                         \
    if (!(condition))                                                          \
      ck_abort_msg("does not hold: %s", #condition);                           \
  } while (0)

/* The body of main(): runs the tests and prints libcheck's summary. */
#define UNIT_RUN(name, ...)                                                    \
  unit_run(name, (const TTest *[]){__VA_ARGS__},                               \
           COUNT_OF(((const TTest *[]){__VA_ARGS__})))
int unit_run(const char *name, const TTest *const *tests, size_t count);

/* CLOCK_MONOTONIC, for code that waits. */
usec unit_now(void);

/* Pseudo-random numbers from 0 to `below` - 1, the same in every run. */
unsigned unit_random(unsigned below);

/* Evaluates holds() as an unprivileged user, in a child process: root could
 * access any file. */
bool unit_as_nobody(bool (*holds)(void));

/* Feeds `data` in chunks. */
typedef void unit_feed(void *user, const char *data, size_t length);
void unit_whole(const char *data, size_t length, unit_feed *take, void *user);
void unit_bytes(const char *data, size_t length, unit_feed *take, void *user);
void unit_random_chunks(const char *data, size_t length, unit_feed *take,
                        void *user);

/* A relay with its three probes, as in the default configuration, but with a
 * slash in the model's name. Contains pointers to itself. */
struct unit_relay {
  struct settings settings;
  struct relay_settings relay;
  struct probe_settings probes[3];
  struct histogram_bounds bounds;
};
enum { UNIT_MODELS, UNIT_BILLING, UNIT_CHAT };
void unit_relay_init(struct unit_relay *unit);

/* A complete response with this status. */
struct http_result unit_http_result(int http_status);

/* The body of the probe's request at that time, or its length; see
 * prober.h. */
size_t unit_request(const struct probe_settings *probe, time_t now, char *text);

/* The result of a response with this status and body. */
struct probe_result unit_probe_result(const struct probe_settings *probe,
                                      int http_status, const char *body);

#endif
