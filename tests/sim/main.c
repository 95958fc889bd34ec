/* holysheep-sim: prints what a story makes of a fleet. */
#include "memory.h"
#include "playback.h"
#include "story.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] = "usage: holysheep-sim [--notifications] FILE\n";

static const char help[] =
    "Plays a story of hosts and relays in virtual time, and prints the series "
    "as\nPrometheus has them after the scrape job, as promtool's input_series; "
    "or the\nnotifications, a line of JSON each. tests/sim/README.md says how "
    "a story is\nwritten.\n";

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
    notification_list_print(&output.notes, stdout);
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
