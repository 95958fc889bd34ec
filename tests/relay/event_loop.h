/* The event loop that drives file descriptors, timers and the HTTP servers.
 * There are no threads, so nothing needs a lock. */
#ifndef RELAY_EVENT_LOOP_H
#define RELAY_EVENT_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct MHD_Daemon;

enum { LOOP_DAEMONS = 3 };

/* Watches a descriptor. `ready` may remove its own watcher but no other. */
struct watcher {
  int fd;
  uint32_t events; /* EPOLL..., as registered */
  void (*ready)(struct watcher *watcher, uint32_t events);
};

struct timer {
  double expires; /* seconds of CLOCK_MONOTONIC */
  bool running;
  void (*callback)(struct timer *timer);
  TAILQ_ENTRY(timer) entry;
};

struct event_loop {
  int epoll;
  int signals;
  struct watcher signal_watcher;
  struct watcher daemon_watchers[LOOP_DAEMONS];
  struct MHD_Daemon *daemons[LOOP_DAEMONS];
  TAILQ_HEAD(timer_list, timer) timers; /* sorted, the next to expire first */
  bool run_again; /* the daemons have pending work: poll without waiting */
  bool stopping;
};

/* Blocks SIGTERM and SIGINT; either of them stops the loop. Returns 0, or -1
 * with errno set. */
int loop_open(struct event_loop *loop);
void loop_close(struct event_loop *loop);

/* The daemon must use epoll and have no thread of its own. */
int loop_add_daemon(struct event_loop *loop, struct MHD_Daemon *daemon);
void loop_run(struct event_loop *loop);

int loop_add_watcher(struct event_loop *loop, struct watcher *watcher,
                     uint32_t events);
void loop_modify_watcher(struct event_loop *loop, struct watcher *watcher,
                         uint32_t events);
void loop_remove_watcher(struct event_loop *loop, struct watcher *watcher);

/* Starts or restarts the timer. */
void loop_start_timer(struct event_loop *loop, struct timer *timer,
                      unsigned ms);
void loop_stop_timer(struct event_loop *loop, struct timer *timer);

double loop_now(void);

#endif
