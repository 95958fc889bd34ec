#define _GNU_SOURCE 1
#include "help.h"
#include "number.h"
#include "relay.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { MAX_LIST_ITEMS = 1024, MAX_PORT = 65535, MAX_DELAY_MS = 3600000 };

enum { EXIT_USAGE = 2 };

/* Everything on the command line: the relay's options and the program's own. */
struct command_line {
  struct options options;
  const char *keys[MAX_LIST_ITEMS + 1]; /* NULL-terminated, like models */
  const char *models[MAX_LIST_ITEMS + 1];
  bool exit_with_parent;
};

static const char *const default_models[] = {
    "gpt-4o-mini", "gpt-4o", "claude-3-5-sonnet", "deepseek-chat", NULL};

static bool add_string_or_null(const char **words, const char *word) {
  size_t count = 0;
  while (words[count] != NULL)
    count++;
  if (count == MAX_LIST_ITEMS)
    return false;
  words[count] = word;
  return true;
}

static const struct option long_options[] = {
    {"port", required_argument, NULL, 'p'},
    {"tls-port", required_argument, NULL, 't'},
    {"control-port", required_argument, NULL, 'c'},
    {"key", required_argument, NULL, 'k'},
    {"balance", required_argument, NULL, 'b'},
    {"price", required_argument, NULL, 'r'},
    {"model", required_argument, NULL, 'm'},
    {"delay", required_argument, NULL, 'd'},
    {"first-token", required_argument, NULL, 'f'},
    {"token", required_argument, NULL, 'T'},
    {"journal", required_argument, NULL, 'j'},
    {"dir", required_argument, NULL, 'D'},
    {"exit-with-parent", no_argument, NULL, 'e'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* Returns false if the value is invalid. */
static bool apply_option(struct command_line *line, int option,
                         const char *value) {
  struct options *options = &line->options;
  switch (option) {
  case 'p':
    return number_parse_unsigned(value, MAX_PORT, &options->port);
  case 't':
    return number_parse_unsigned(value, MAX_PORT, &options->tls_port);
  case 'c':
    return number_parse_unsigned(value, MAX_PORT, &options->control_port);
  case 'k':
    return add_string_or_null(line->keys, value);
  case 'm':
    return add_string_or_null(line->models, value);
  case 'b':
    return number_parse(value, -1e9, 1e9, &options->account.balance);
  case 'r':
    return number_parse(value, 0, 1e9, &options->account.price);
  case 'd':
    return number_parse_unsigned(value, MAX_DELAY_MS, &options->delay_ms);
  case 'f':
    return number_parse_unsigned(value, MAX_DELAY_MS, &options->pace.first);
  case 'T':
    return number_parse_unsigned(value, MAX_DELAY_MS, &options->pace.token);
  case 'j':
    options->journal = value;
    return true;
  case 'D':
    options->dir = value;
    return true;
  default: /* 'e' */
    line->exit_with_parent = true;
    return true;
  }
}

/* Exits on --help and on errors. */
static void read_command_line(struct command_line *line, int argc,
                              char **argv) {
  int option;
  int which = 0;
  while ((option = getopt_long(argc, argv, "", long_options, &which)) != -1) {
    if (option == 'h') {
      help_print(stdout);
      exit(EXIT_SUCCESS);
    }
    if (option == '?')
      exit(EXIT_USAGE);
    if (!apply_option(line, option, optarg)) {
      fprintf(stderr, "holysheep-relay: --%s %s: see --help\n",
              long_options[which].name, optarg);
      exit(EXIT_USAGE);
    }
  }
  if (optind < argc) {
    fprintf(stderr, "holysheep-relay: %s: see --help\n", argv[optind]);
    exit(EXIT_USAGE);
  }
  struct account *account = &line->options.account;
  account->keys = line->keys;
  account->models = line->models[0] == NULL ? default_models : line->models;
}

/* Requests SIGTERM when the parent exits. False if it already has. */
static bool exit_with_parent_process(pid_t parent) {
  return prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid() == parent;
}

static void print_addresses(const struct relay *relay) {
  printf("http http://127.0.0.1:%u/v1\n", relay->http.listener.port);
  printf("https https://localhost:%u/v1\n", relay->https.listener.port);
  printf("control %s\n", relay->control_url);
  printf("ca %s/ca.pem\n", relay->dir);
  fflush(stdout);
}

int main(int argc, char **argv) {
  static struct relay relay;
  static struct command_line line = {
      .options.account = {.balance = 12.34, .price = 1}};
  pid_t parent = getppid();
  read_command_line(&line, argc, argv);
  if (line.exit_with_parent && !exit_with_parent_process(parent))
    return EXIT_FAILURE;
  /* gnutls_record_send() writes without MSG_NOSIGNAL. */
  signal(SIGPIPE, SIG_IGN);
  int opened = relay_open(&relay, &line.options);
  if (opened == 0) {
    print_addresses(&relay);
    loop_run(&relay.loop);
  }
  relay_close(&relay);
  return opened == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
