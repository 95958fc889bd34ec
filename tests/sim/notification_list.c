#include "notification_list.h"

#include "memory.h"

#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_gen.h>

void notification_list_add(struct notification_list *notes, double time,
                           const char *host,
                           const struct notification *notification) {
  notes->list =
      memory_grow(notes->list, notes->count, &notes->room, sizeof *notes->list);
  struct listed_notification *note = &notes->list[notes->count++];
  *note = (struct listed_notification){
      .time = time, .host = host, .severity = notification->severity};
  memcpy(note->text, notification->text, sizeof note->text);
}

/* A host's come in their order; of several hosts, as the story has them. */
static void sort(struct listed_notification *list,
                 struct listed_notification *spare, size_t count) {
  size_t half = count / 2, left = 0, right = half;
  if (count < 2)
    return;
  sort(list, spare, half);
  sort(list + half, spare, count - half);
  for (size_t i = 0; i < count; i++)
    spare[i] =
        right == count || (left < half && list[left].time <= list[right].time)
            ? list[left++]
            : list[right++];
  memcpy(list, spare, count * sizeof *list);
}

static void text(yajl_gen gen, const char *value) {
  yajl_gen_string(gen, (const unsigned char *)value, strlen(value));
}

static void write_note(yajl_gen gen, const struct listed_notification *note) {
  static const char *const severities[] = {[SEVERITY_OKAY] = "OKAY",
                                           [SEVERITY_WARNING] = "WARNING",
                                           [SEVERITY_FAILURE] = "FAILURE"};
  char time[40];
  int length = snprintf(time, sizeof time, "%.10g", note->time);
  yajl_gen_map_open(gen);
  text(gen, "time");
  yajl_gen_number(gen, time, (size_t)length);
  text(gen, "host");
  text(gen, note->host);
  text(gen, "severity");
  text(gen, severities[note->severity]);
  text(gen, "message");
  text(gen, note->text);
  yajl_gen_map_close(gen);
}

void notification_list_print(struct notification_list *notes, FILE *to) {
  struct listed_notification *spare = memory_zeros(notes->count, sizeof *spare);
  yajl_gen gen = yajl_gen_alloc(NULL);
  sort(notes->list, spare, notes->count);
  for (size_t i = 0; i < notes->count; i++) {
    const unsigned char *line;
    size_t length;
    write_note(gen, &notes->list[i]);
    yajl_gen_get_buf(gen, &line, &length);
    fprintf(to, "%.*s\n", (int)length, (const char *)line);
    yajl_gen_clear(gen);
    yajl_gen_reset(gen, NULL);
  }
  yajl_gen_free(gen);
  free(spare);
}

void notification_list_free(struct notification_list *notes) {
  free(notes->list);
}
