/* What the test programs share. */
#ifndef HOLYSHEEP_UNIT_H
#define HOLYSHEEP_UNIT_H

#include "model/settings.h"
#include "probe/answer.h"
#include "state/histogram.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <check.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* For what is asked a million times: libcheck notes down each of its own
 * assertions. */
#define UNIT_ASSERT(condition)                                                 \
  do {                                                                         \
    if (!(condition))                                                          \
      ck_abort_msg("does not hold: %s", #condition);                           \
  } while (0)

/* The body of a program's main: runs the tests, prints libcheck's closing
 * line. */
#define UNIT_RUN(name, ...)                                                    \
  unit_run(name, (const TTest *[]){__VA_ARGS__},                               \
           COUNT_OF(((const TTest *[]){__VA_ARGS__})))
int unit_run(const char *name, const TTest *const *tests, size_t count);

/* CLOCK_MONOTONIC, for what waits by it. */
usec unit_now(void);

/* The same numbers in every run: from 0 to `below` - 1. */
unsigned unit_random(unsigned below);

/* Whether it holds for a user that is not root: root, whom no file is barred
 * from, gives that up for it. It runs in a process of its own. */
bool unit_as_nobody(bool (*holds)(void));

/* Feeds `data` in chunks. */
typedef void unit_feed(void *user, const char *data, size_t length);
void unit_whole(const char *data, size_t length, unit_feed *take, void *user);
void unit_bytes(const char *data, size_t length, unit_feed *take, void *user);
void unit_random_chunks(const char *data, size_t length, unit_feed *take,
                        void *user);

/* A relay with its three probes, as the default configuration makes it; of a
 * chat model with a slash in its name. Points into itself. */
struct unit_relay {
  struct settings settings;
  struct relay_settings relay;
  struct probe_settings probes[3];
  struct histogram_bounds bounds;
};
enum { UNIT_MODELS, UNIT_BILLING, UNIT_CHAT };
void unit_relay_init(struct unit_relay *unit);

/* A whole answer with this status. */
struct http_result unit_http_result(int http_status);

/* What became of a 200, or of another status, with this body. */
struct probe_result unit_probe_result(const struct probe_settings *probe,
                                      int http_status, const char *body);

#endif
