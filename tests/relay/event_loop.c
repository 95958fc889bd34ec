#define _GNU_SOURCE 1
#include "event_loop.h"

#include <microhttpd.h>
#include <signal.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS_AT_ONCE = 64, LONGEST_WAIT_MS = 60000 };

double loop_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void signal_ready(struct watch *watch, uint32_t events) {
  (void)events;
  struct loop *loop =
      (struct loop *)((char *)watch - offsetof(struct loop, signal_watch));
  loop->stopping = true;
}

/* The daemons run in each turn of the loop: all that is needed is to wake. */
static void daemon_ready(struct watch *watch, uint32_t events) {
  (void)watch;
  (void)events;
}

int loop_open(struct loop *loop) {
  *loop = (struct loop){.epoll = -1, .signals = -1};
  TAILQ_INIT(&loop->timers);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  if (sigprocmask(SIG_BLOCK, &signals, NULL) != 0 ||
      (loop->epoll = epoll_create1(EPOLL_CLOEXEC)) < 0 ||
      (loop->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK)) < 0)
    return -1;
  loop->signal_watch.fd = loop->signals;
  loop->signal_watch.ready = signal_ready;
  return loop_watch(loop, &loop->signal_watch, EPOLLIN);
}

void loop_close(struct loop *loop) {
  if (loop->signals >= 0)
    close(loop->signals);
  if (loop->epoll >= 0)
    close(loop->epoll);
}

int loop_add_daemon(struct loop *loop, struct MHD_Daemon *daemon) {
  size_t i = 0;
  while (loop->daemons[i] != NULL)
    i++;
  loop->daemons[i] = daemon;
  struct watch *watch = &loop->daemon_watch[i];
  watch->fd = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
  watch->ready = daemon_ready;
  return loop_watch(loop, watch, EPOLLIN);
}

int loop_watch(struct loop *loop, struct watch *watch, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = watch};
  watch->events = events;
  return epoll_ctl(loop->epoll, EPOLL_CTL_ADD, watch->fd, &event);
}

void loop_rewatch(struct loop *loop, struct watch *watch, uint32_t events) {
  if (watch->events == events)
    return;
  struct epoll_event event = {.events = events, .data.ptr = watch};
  watch->events = events;
  epoll_ctl(loop->epoll, EPOLL_CTL_MOD, watch->fd, &event);
}

void loop_unwatch(struct loop *loop, struct watch *watch) {
  epoll_ctl(loop->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
}

/* From the end, since most timers of a moment have one length. */
void loop_start_timer(struct loop *loop, struct timer *timer, unsigned ms) {
  loop_stop_timer(loop, timer);
  timer->at = loop_now() + ms / 1e3;
  timer->running = true;
  struct timer *earlier;
  TAILQ_FOREACH_REVERSE(earlier, &loop->timers, timer_list, entry) {
    if (earlier->at <= timer->at)
      break;
  }
  if (earlier != NULL)
    TAILQ_INSERT_AFTER(&loop->timers, earlier, timer, entry);
  else
    TAILQ_INSERT_HEAD(&loop->timers, timer, entry);
}

void loop_stop_timer(struct loop *loop, struct timer *timer) {
  if (!timer->running)
    return;
  timer->running = false;
  TAILQ_REMOVE(&loop->timers, timer, entry);
}

/* How long to wait at most. Rounded up: a timer never expires early. */
static int loop_wait_ms(const struct loop *loop) {
  double wait = loop->again ? 0 : LONGEST_WAIT_MS;
  const struct timer *first = TAILQ_FIRST(&loop->timers);
  if (first != NULL) {
    double ms = (first->at - loop_now()) * 1e3 + 1;
    wait = ms < 0 ? 0 : ms < wait ? ms : wait;
  }
  for (size_t i = 0; i < LOOP_DAEMONS && loop->daemons[i] != NULL; i++) {
    MHD_UNSIGNED_LONG_LONG ms;
    if (MHD_get_timeout(loop->daemons[i], &ms) == MHD_YES && (double)ms < wait)
      wait = (double)ms;
  }
  return (int)wait;
}

static void loop_expire_timers(struct loop *loop) {
  double now = loop_now();
  struct timer *first;
  while ((first = TAILQ_FIRST(&loop->timers)) != NULL && first->at <= now) {
    loop_stop_timer(loop, first);
    first->expired(first);
  }
}

void loop_run(struct loop *loop) {
  struct epoll_event events[EVENTS_AT_ONCE];
  while (!loop->stopping) {
    int ready =
        epoll_wait(loop->epoll, events, EVENTS_AT_ONCE, loop_wait_ms(loop));
    for (int i = 0; i < ready; i++) {
      struct watch *watch = events[i].data.ptr;
      watch->ready(watch, events[i].events);
    }
    loop_expire_timers(loop);
    loop->again = false;
    for (size_t i = 0; i < LOOP_DAEMONS && loop->daemons[i] != NULL; i++)
      MHD_run(loop->daemons[i]);
  }
}
