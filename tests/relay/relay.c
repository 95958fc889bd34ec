#define _GNU_SOURCE 1
#include "relay.h"

#include "control.h"
#include "http.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static int report_errno(const char *what) {
  fprintf(stderr, "holysheep-relay: %s: %s\n", what, strerror(errno));
  return -1;
}

/* Each hanging client uses a descriptor. */
static void raise_file_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

static int choose_dir(struct relay *relay, const char *dir) {
  struct buffer path = {0};
  const char *parent = getenv("TMPDIR");
  relay->own_dir = dir == NULL;
  if (dir != NULL)
    buffer_add_text(&path, dir);
  else
    buffer_add_format(&path, "%s/holysheep-relay-XXXXXX",
                      parent == NULL ? "/tmp" : parent);
  buffer_text(&path);
  relay->dir = buffer_detach(&path);
  if (dir == NULL && mkdtemp(relay->dir) == NULL) {
    relay->own_dir = false;
    return report_errno(relay->dir);
  }
  return 0;
}

static int open_servers(struct relay *relay, const struct options *options) {
  if (http_start(relay, &relay->http, false, options->port) != 0)
    return report_errno("the http port");
  if (http_start(relay, &relay->https, true, options->tls_port) != 0)
    return report_errno("the https port");
  if (control_start(relay, options->control_port) != 0)
    return report_errno("the control port");
  snprintf(relay->control_url, sizeof(relay->control_url),
           "http://127.0.0.1:%u", relay->control.listener.port);
  return 0;
}

int relay_open(struct relay *relay, const struct options *options) {
  *relay = (struct relay){.account = options->account,
                          .delay_ms = options->delay_ms,
                          .pace = options->pace};
  raise_file_limit();
  active_faults_init(&relay->active_faults);
  extra_headers_init(&relay->extra_headers);
  raw_connections_init(&relay->raw_connections, &relay->loop);
  int loop = loop_open(&relay->loop);
  if (journal_open(&relay->journal, options->journal) != 0)
    return report_errno(options->journal);
  if (loop != 0)
    return report_errno("epoll");
  if (choose_dir(relay, options->dir) != 0)
    return -1;
  relay->certificates = certificates_open(relay->dir);
  if (relay->certificates == NULL)
    return -1;
  return open_servers(relay, options);
}

static void server_close(struct server *server) {
  listener_close(&server->listener);
  if (server->daemon != NULL)
    MHD_stop_daemon(server->daemon);
}

void relay_close(struct relay *relay) {
  /* First, because a server cannot be stopped while one of its connections is
   * suspended. */
  raw_connections_close(&relay->raw_connections);
  server_close(&relay->http);
  server_close(&relay->https);
  server_close(&relay->control);
  certificates_close(relay->certificates, !relay->own_dir);
  if (relay->own_dir)
    rmdir(relay->dir);
  free(relay->dir);
  loop_close(&relay->loop);
  journal_close(&relay->journal);
  active_faults_close(&relay->active_faults);
  extra_headers_clear(&relay->extra_headers);
}

bool relay_apply_active_faults(struct relay *relay) {
  const struct fault *fault =
      active_faults_match_connection(&relay->active_faults, true);
  certificates_use(relay->certificates,
                   fault == NULL ? LEAF_GOOD : fault->leaf);
  if (fault != NULL && fault->refuses_connections) {
    listener_refuse(&relay->http.listener);
    listener_refuse(&relay->https.listener);
    return true;
  }
  return listener_listen(&relay->http.listener) == 0 &&
         listener_listen(&relay->https.listener) == 0;
}
