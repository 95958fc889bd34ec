/* A plan as a story. */
#include "memory.h"
#include "random_story.h"

#include <stdio.h>
#include <stdlib.h>

/* Inside a text of JSON. */
static void print_line(FILE *to, const char *line) {
  if (line[0] == '\0')
    return;
  for (; *line != '\0'; line++)
    fprintf(to, *line == '"' ? "\\\"" : "%c", *line);
  fputs("\\n", to);
}

static void print_block(FILE *to, const struct random_story_block *block) {
  char name[16];
  if (sscanf(block->head, "<%15[A-Za-z]", name) != 1)
    return;
  print_line(to, block->head);
  for (unsigned i = 0; i < RANDOM_LINES; i++)
    print_line(to, block->lines[i]);
  fprintf(to, "</%s>\\n", name);
}

static void print_config(FILE *to, const struct random_story *plan,
                         const struct random_story_host *host) {
  if (plan->max_connections > 0)
    fprintf(to, "MaxConnections %u\\n", plan->max_connections);
  for (unsigned i = 0; i < RANDOM_RELAYS; i++) {
    const struct random_story_relay *relay = &plan->relays[i];
    if (!relay->used || !host->relays[i])
      continue;
    fprintf(to, "<Relay \\\"r%u\\\">\\n", i);
    for (unsigned line = 0; line < RANDOM_LINES; line++)
      print_line(to, relay->lines[line]);
    for (unsigned block = 0; block < RANDOM_BLOCKS; block++)
      print_block(to, &relay->blocks[block]);
    fputs("</Relay>\\n", to);
  }
}

static void print_to(FILE *to, double time) {
  if (time >= 0)
    fprintf(to, ", \"to\": %.10g", time);
}

static void print_host(FILE *to, const struct random_story *plan,
                       unsigned number, const char **comma) {
  const struct random_story_host *host = &plan->hosts[number];
  for (unsigned i = 0; i < RANDOM_RUNS; i++) {
    if (!host->used || !host->runs[i].used)
      continue;
    fprintf(to, "%s\n    {\"name\": \"h%u\", \"from\": %.10g", *comma, number,
            host->runs[i].from);
    print_to(to, host->runs[i].to);
    fprintf(to,
            ", \"interval\": %.10g, \"clock\": %.10g%s,\n     \"config\": \"",
            host->interval, host->clock,
            host->runs[i].keep ? ", \"keep\": true" : "");
    print_config(to, plan, host);
    fputs("\"}", to);
    *comma = ",";
  }
}

static void print_event(FILE *to, const struct random_story_event *event,
                        const char **comma) {
  if (!event->used)
    return;
  fprintf(to, "%s\n    {\"from\": %.10g", *comma, event->from);
  print_to(to, event->to);
  if (event->host >= 0)
    fprintf(to, ", \"host\": \"h%d\"", event->host);
  if (event->relay >= 0)
    fprintf(to, ", \"relay\": \"r%d\"", event->relay);
  if (event->endpoint != NULL)
    fprintf(to, ", \"endpoint\": \"%s\"", event->endpoint);
  if (event->path != NULL)
    fprintf(to, ", \"path\": \"%s\"", event->path);
  if (event->every != 1)
    fprintf(to, ", \"every\": %u", event->every);
  if (event->share != 1)
    fprintf(to, ", \"share\": %.17g", event->share);
  fprintf(to, ",\n     %s}", event->what);
  *comma = ",";
}

char *random_story_print(const struct random_story *plan) {
  char *text = NULL;
  size_t size;
  const char *comma = "";
  FILE *to = open_memstream(&text, &size);
  if (to == NULL)
    return memory_text("");
  fprintf(to, "{\"seed\": %llu, \"until\": %.10g,\n \"hosts\": [",
          (unsigned long long)plan->seed, plan->until);
  for (unsigned i = 0; i < RANDOM_HOSTS; i++)
    print_host(to, plan, i, &comma);
  fputs("],\n \"events\": [", to);
  comma = "";
  for (unsigned i = 0; i < RANDOM_EVENTS; i++)
    print_event(to, &plan->events[i], &comma);
  fputs("]}\n", to);
  fclose(to);
  return text;
}
