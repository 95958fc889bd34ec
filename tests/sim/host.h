/* One host: the real configuration, engine and state, in virtual time. */
#ifndef HOLYSHEEP_SIM_HOST_H
#define HOLYSHEEP_SIM_HOST_H

#include "base/error.h"
#include "engine/engine.h"
#include "event_matcher.h"
#include "exposition.h"
#include "memory_files.h"
#include "notification_list.h"
#include "story.h"
#include "virtual_clock.h"
#include "wire.h"

#include <stdbool.h>

/* What comes out of a story. */
struct output {
  bool traced; /* no series are kept, but a sum over all that is published and
                  sent */
  uint64_t trace;
  struct series_set series;
  struct notification_list notes;
};

struct host;

/* Who looks on. */
struct host_observer {
  void *user;

  /* It is about to run, and has stopped. */
  void (*opened)(void *user, const struct host *host);
  void (*closed)(void *user, const struct host *host);

  /* A request is sent, and the event decides about it, or none; and the probe's
   * request has ended. */
  void (*sent)(void *user, const struct host *host,
               const struct request *request, const struct story_event *event);
  void (*answered)(void *user, const struct host *host,
                   const struct relay_settings *relay, size_t probe,
                   const struct probe_result *result);

  /* As the engine tells. `told`: so is somebody else. */
  void (*ended)(void *user, const struct host *host,
                const struct relay_state *relay, size_t probe,
                const struct probe_result *result,
                const struct state_change *change, bool told);
  void (*held)(void *user, const struct host *host,
               const struct relay_state *relay, size_t probe,
               enum suppress_reason reason);
  void (*incident)(void *user, const struct host *host,
                   const struct relay_state *relay, enum incident_event event);
  void (*published)(void *user, const struct host *host,
                    const struct relay_state *relay);

  /* The state file is another one. */
  void (*saved)(void *user, const struct host *host, const char *text,
                size_t length);
};

struct host {
  const struct story *story;
  const struct story_host *entry;
  const struct host_observer *observer; /* NULL: nobody does */
  struct output *output;
  struct settings settings;
  struct virtual_clock clock;
  struct memory_files files;
  struct event_matcher script;
  struct wire wire;
  struct exposition exposition;
  usec end; /* it stops then */
};

/* How a story is played. */
struct play {
  const struct story *story;
  const struct host_observer *observer; /* NULL: nobody looks on */
  bool each_tick;                       /* though nothing is to be done in it */
};

/* Runs a host from its beginning to its end. On a mistake in its configuration
 * false and one line. */
bool host_run(const struct play *play, const struct story_host *entry,
              struct disk *disk, struct output *output, struct error *error);

/* Seconds of the story. */
double host_time(const struct host *host);

#endif
