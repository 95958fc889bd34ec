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

static int complain(const char *what) {
  fprintf(stderr, "holysheep-relay: %s: %s\n", what, strerror(errno));
  return -1;
}

/* Each hanging client holds a descriptor. */
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
  relay->dir = buffer_take(&path);
  if (dir == NULL && mkdtemp(relay->dir) == NULL) {
    relay->own_dir = false;
    return complain(relay->dir);
  }
  return 0;
}

static int open_servers(struct relay *relay, const struct options *options) {
  if (http_open(relay, &relay->http, false, options->port) != 0)
    return complain("the http port");
  if (http_open(relay, &relay->https, true, options->tls_port) != 0)
    return complain("the https port");
  if (control_open(relay, options->control_port) != 0)
    return complain("the control port");
  snprintf(relay->control_url, sizeof(relay->control_url),
           "http://127.0.0.1:%u", relay->control.listener.port);
  return 0;
}

int relay_open(struct relay *relay, const struct options *options) {
  *relay = (struct relay){.account = options->account,
                          .delay_ms = options->delay_ms,
                          .pace = options->pace};
  raise_file_limit();
  rules_open(&relay->rules);
  extras_open(&relay->extras);
  raw_open(&relay->raw, &relay->loop);
  int loop = loop_open(&relay->loop);
  if (journal_open(&relay->journal, options->journal) != 0)
    return complain(options->journal);
  if (loop != 0)
    return complain("epoll");
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
  /* First: a server cannot be stopped while a connection of it is held. */
  raw_close(&relay->raw);
  server_close(&relay->http);
  server_close(&relay->https);
  server_close(&relay->control);
  certificates_close(relay->certificates, !relay->own_dir);
  if (relay->own_dir)
    rmdir(relay->dir);
  free(relay->dir);
  loop_close(&relay->loop);
  journal_close(&relay->journal);
  rules_close(&relay->rules);
  extras_clear(&relay->extras);
}

bool relay_apply_rules(struct relay *relay) {
  const struct fault *fault = rules_match_connection(&relay->rules, true);
  certificates_use(relay->certificates,
                   fault == NULL ? LEAF_GOOD : fault->leaf);
  if (fault != NULL && fault->refuses) {
    listener_refuse(&relay->http.listener);
    listener_refuse(&relay->https.listener);
    return true;
  }
  return listener_listen(&relay->http.listener) == 0 &&
         listener_listen(&relay->https.listener) == 0;
}
