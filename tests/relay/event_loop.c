#define _GNU_SOURCE 1
#include "event_loop.h"

#include <microhttpd.h>
#include <signal.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

enum { MAX_EVENTS = 64, MAX_WAIT_MS = 60000 };

double loop_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void signal_ready(struct watcher *watcher, uint32_t events) {
  (void)events;
  struct event_loop *loop =
      (struct event_loop *)((char *)watcher -
                            offsetof(struct event_loop, signal_watcher));
  loop->stopping = true;
}

/* Every iteration runs the daemons, so waking up is enough. */
static void daemon_ready(struct watcher *watcher, uint32_t events) {
  (void)watcher;
  (void)events;
}

int loop_open(struct event_loop *loop) {
  *loop = (struct event_loop){.epoll = -1, .signals = -1};
  TAILQ_INIT(&loop->timers);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  if (sigprocmask(SIG_BLOCK, &signals, NULL) != 0 ||
      (loop->epoll = epoll_create1(EPOLL_CLOEXEC)) < 0 ||
      (loop->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK)) < 0)
    return -1;
  loop->signal_watcher.fd = loop->signals;
  loop->signal_watcher.ready = signal_ready;
  return loop_add_watcher(loop, &loop->signal_watcher, EPOLLIN);
}

void loop_close(struct event_loop *loop) {
  if (loop->signals >= 0)
    close(loop->signals);
  if (loop->epoll >= 0)
    close(loop->epoll);
}

int loop_add_daemon(struct event_loop *loop, struct MHD_Daemon *daemon) {
  size_t i = 0;
  while (loop->daemons[i] != NULL)
    i++;
  loop->daemons[i] = daemon;
  struct watcher *watcher = &loop->daemon_watchers[i];
  watcher->fd = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
  watcher->ready = daemon_ready;
  return loop_add_watcher(loop, watcher, EPOLLIN);
}

int loop_add_watcher(struct event_loop *loop, struct watcher *watcher,
                     uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = watcher};
  watcher->events = events;
  return epoll_ctl(loop->epoll, EPOLL_CTL_ADD, watcher->fd, &event);
}

void loop_modify_watcher(struct event_loop *loop, struct watcher *watcher,
                         uint32_t events) {
  if (watcher->events == events)
    return;
  struct epoll_event event = {.events = events, .data.ptr = watcher};
  watcher->events = events;
  epoll_ctl(loop->epoll, EPOLL_CTL_MOD, watcher->fd, &event);
}

void loop_remove_watcher(struct event_loop *loop, struct watcher *watcher) {
  epoll_ctl(loop->epoll, EPOLL_CTL_DEL, watcher->fd, NULL);
}

/* Searches from the end: concurrent timers mostly have the same length. */
void loop_start_timer(struct event_loop *loop, struct timer *timer,
                      unsigned ms) {
  loop_stop_timer(loop, timer);
  timer->expires = loop_now() + ms / 1e3;
  timer->running = true;
  struct timer *earlier;
  TAILQ_FOREACH_REVERSE(earlier, &loop->timers, timer_list, entry) {
    if (earlier->expires <= timer->expires)
      break;
  }
  if (earlier != NULL)
    TAILQ_INSERT_AFTER(&loop->timers, earlier, timer, entry);
  else
    TAILQ_INSERT_HEAD(&loop->timers, timer, entry);
}

void loop_stop_timer(struct event_loop *loop, struct timer *timer) {
  if (!timer->running)
    return;
  timer->running = false;
  TAILQ_REMOVE(&loop->timers, timer, entry);
}

/* The longest time to wait. Rounded up, so that no timer expires early. */
static int loop_wait_ms(const struct event_loop *loop) {
  double wait = loop->run_again ? 0 : MAX_WAIT_MS;
  const struct timer *first = TAILQ_FIRST(&loop->timers);
  if (first != NULL) {
    double ms = (first->expires - loop_now()) * 1e3 + 1;
    wait = ms < 0 ? 0 : ms < wait ? ms : wait;
  }
  for (size_t i = 0; i < LOOP_DAEMONS && loop->daemons[i] != NULL; i++) {
    MHD_UNSIGNED_LONG_LONG ms;
    if (MHD_get_timeout(loop->daemons[i], &ms) == MHD_YES && (double)ms < wait)
      wait = (double)ms;
  }
  return (int)wait;
}

static void loop_run_timers(struct event_loop *loop) {
  double now = loop_now();
  struct timer *first;
  while ((first = TAILQ_FIRST(&loop->timers)) != NULL &&
         first->expires <= now) {
    loop_stop_timer(loop, first);
    first->callback(first);
  }
}

void loop_run(struct event_loop *loop) {
  struct epoll_event events[MAX_EVENTS];
  while (!loop->stopping) {
    int ready = epoll_wait(loop->epoll, events, MAX_EVENTS, loop_wait_ms(loop));
    for (int i = 0; i < ready; i++) {
      struct watcher *watcher = events[i].data.ptr;
      watcher->ready(watcher, events[i].events);
    }
    loop_run_timers(loop);
    loop->run_again = false;
    for (size_t i = 0; i < LOOP_DAEMONS && loop->daemons[i] != NULL; i++)
      MHD_run(loop->daemons[i]);
  }
}
