/* The one loop that everything runs in: descriptors, timers and the HTTP
 * servers. There are no threads, so nothing here needs a lock. */
#ifndef RELAY_EVENT_LOOP_H
#define RELAY_EVENT_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct MHD_Daemon;

enum { LOOP_DAEMONS = 3 };

/* A descriptor that somebody waits for. `ready` may end its own watch, and no
 * other one. */
struct watch {
  int fd;
  uint32_t events; /* EPOLL..., as registered */
  void (*ready)(struct watch *watch, uint32_t events);
};

struct timer {
  double at; /* seconds of CLOCK_MONOTONIC */
  bool running;
  void (*expired)(struct timer *timer);
  TAILQ_ENTRY(timer) entry;
};

struct loop {
  int epoll;
  int signals;
  struct watch signal_watch;
  struct watch daemon_watch[LOOP_DAEMONS];
  struct MHD_Daemon *daemons[LOOP_DAEMONS];
  TAILQ_HEAD(timer_list, timer) timers; /* the next to expire first */
  bool again; /* the daemons have more to do: do not wait */
  bool stopping;
};

/* Blocks SIGTERM and SIGINT and takes them as the wish to end. 0, or -1 with
 * errno set. */
int loop_open(struct loop *loop);
void loop_close(struct loop *loop);

/* The daemon polls with epoll and has no thread of its own. */
int loop_add_daemon(struct loop *loop, struct MHD_Daemon *daemon);
void loop_run(struct loop *loop);

int loop_watch(struct loop *loop, struct watch *watch, uint32_t events);
void loop_rewatch(struct loop *loop, struct watch *watch, uint32_t events);
void loop_unwatch(struct loop *loop, struct watch *watch);

/* Starts the timer, or moves it. */
void loop_start_timer(struct loop *loop, struct timer *timer, unsigned ms);
void loop_stop_timer(struct loop *loop, struct timer *timer);

double loop_now(void);

#endif
