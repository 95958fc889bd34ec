/* holysheep-sim: prints what a story makes of a fleet. */
#include "memory.h"
#include "play.h"
#include "story.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] = "usage: holysheep-sim [--notifications] FILE\n";

static const char help[] =
    "Plays a story of hosts and relays in virtual time, and prints the series "
    "as\n"
    "Prometheus has them after the scrape job, as promtool's input_series; or "
    "the\n"
    "notifications, a line of JSON each.\n"
    "\n"
    "FILE is JSON; times are seconds from the start, a `to` of null is for "
    "ever:\n"
    "\n"
    "  {\"seed\": 1, \"until\": 3600, \"sample\": 15,\n"
    "   \"hosts\":  [{\"name\": \"web1\", \"from\": 0, \"to\": null, "
    "\"interval\": 10,\n"
    "               \"clock\": 0, \"keep\": false, \"config\": \"<Relay "
    "...\"}],\n"
    "   \"events\": [{\"from\": 600, \"to\": 1200, \"host\": \"*\", "
    "\"relay\": \"main\",\n"
    "               \"endpoint\": \"chat/completions\", \"model\": \"*\", "
    "\"every\": 1,\n"
    "               \"share\": 1.0, \"answer\": {\"status\": 401}}]}\n"
    "\n"
    "A host's `config` is the inside of <Plugin holysheep>, `interval` the "
    "plugin's,\n"
    "`clock` how far its wall clock is off. A host that stops and begins again "
    "is two\n"
    "entries of one name; with `keep` the second still has its state file.\n"
    "\n"
    "The last event that matches a request when it starts decides about it. "
    "`every` n\n"
    "takes each n-th request of a probe, `share` a part of them. It has one "
    "of:\n"
    "  answer        status, headers, body or chunks [[seconds after the first "
    "byte,\n"
    "                text], ...], after (seconds to the first byte)\n"
    "  break         kind, after, bytes (of the body, before it breaks); the "
    "kind is\n"
    "                refused, reset, dns, unroutable, dropped, hang, "
    "tls_expired,\n"
    "                tls_name, tls_issuer, cut or stall\n"
    "  healthy       balance, spend (of it, dollars an hour), delay (added), "
    "model\n"
    "or, about the host:\n"
    "  key           another one in the key file; null: the file is gone\n"
    "  clock_step, standstill, writer_delay   seconds\n"
    "Without an event a healthy relay answers: after 0.2 s, a completion after "
    "0.9 s,\n"
    "with a balance of 80 dollars. Timestamps are printed less the story's "
    "start, which\n"
    "is 2026-01-01 00:00:00 UTC.\n";

static char *read_all(FILE *file) {
  size_t length = 0, room = 0;
  char *text = NULL;
  do {
    text = memory_grow(text, length + 1, &room, 1);
    length += fread(text + length, 1, room - length - 1, file);
  } while (!feof(file) && !ferror(file));
  text[length] = '\0';
  return text;
}

static char *read_file(const char *path, struct error *error) {
  FILE *file = fopen(path, "r");
  if (file == NULL) {
    error_set(error, "%s", strerror(errno));
    return NULL;
  }
  char *text = read_all(file);
  bool ok = !ferror(file) || error_set(error, "%s", strerror(errno));
  fclose(file);
  if (ok)
    return text;
  free(text);
  return NULL;
}

static bool tell(const char *path, bool notifications, struct error *error) {
  struct story story = {0};
  struct play play = {.story = &story};
  struct output output = {0};
  char *text = read_file(path, error);
  bool ok = text != NULL && story_read(&story, text, error) &&
            story_play(&play, &output, error);
  if (ok && notifications)
    notes_print(&output.notes, stdout);
  else if (ok)
    series_print(&output.series, stdout);
  output_free(&output);
  story_free(&story);
  free(text);
  return ok;
}

int main(int argc, char **argv) {
  struct error error;
  bool notifications = argc == 3 && strcmp(argv[1], "--notifications") == 0;
  if (argc == 2 && strcmp(argv[1], "--help") == 0)
    return fputs(usage, stdout) < 0 || fputs(help, stdout) < 0;
  if (argc != 2 + notifications || argv[argc - 1][0] == '-') {
    fputs(usage, stderr);
    return 2;
  }
  const char *path = argv[argc - 1];
  if (!tell(path, notifications, &error)) {
    fprintf(stderr, "holysheep-sim: %s: %s\n", path, error.text);
    return 1;
  }
  return fflush(stdout) != 0;
}
