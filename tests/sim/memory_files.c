#include "memory_files.h"

#include "memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What a disk takes that is well. */
static const usec usual_delay = 2000;

static const char usual_key[] = "sk-simulated";

/* --- reading -------------------------------------------------------------- */

static bool is_of_relay(const struct memory_files *memory, const char *relay,
                        const char *path) {
  for (size_t i = 0; i < memory->settings->relay_count; i++) {
    const struct relay_settings *one = &memory->settings->relays[i];
    if (one->key_file != NULL && strcmp(one->key_file, path) == 0 &&
        strcmp(one->name, relay) == 0)
      return true;
  }
  return false;
}

/* The event that has put what is there now in the place of a key; NULL: it is
 * as it was in the beginning. */
static const struct story_event *last_change(const struct memory_files *memory,
                                             const char *path) {
  const struct story *story = memory->clock->story;
  double now = virtual_clock_story(memory->clock->now);
  for (size_t i = story->event_count; i-- > 0;) {
    const struct story_event *event = &story->events[i];
    if (event->kind == EVENT_KEY &&
        story_event_is_on(event, memory->clock->host, now) &&
        (event->relay == NULL || is_of_relay(memory, event->relay, path)))
      return event;
  }
  return NULL;
}

/* Each change makes another file of it. */
static ino_t number_of(const struct memory_files *memory,
                       const struct story_event *change) {
  return change != NULL ? (ino_t)(change - memory->clock->story->events) + 2
                        : 1;
}

static int give(const char *from, size_t all, char *text, size_t size,
                size_t *length) {
  *length = all < size ? all : size;
  memcpy(text, from, *length);
  return 0;
}

static bool is_state(const struct memory_files *memory, const char *path) {
  const char *state = memory->settings->state_file;
  return state != NULL && strcmp(path, state) == 0;
}

static int read_file(void *user, const char *path, char *text, size_t size,
                     size_t *length, struct stat *status) {
  const struct memory_files *memory = user;
  *status = (struct stat){.st_mode = S_IFREG | S_IRUSR | S_IWUSR};
  if (is_state(memory, path))
    return memory->disk->state == NULL
               ? ENOENT
               : give(memory->disk->state, memory->disk->length, text, size,
                      length);
  const struct story_event *change = last_change(memory, path);
  const char *key = change != NULL ? change->of.key : usual_key;
  status->st_ino = number_of(memory, change);
  return key == NULL ? ENOENT : give(key, strlen(key), text, size, length);
}

static bool is_unchanged(void *user, const char *path,
                         const struct stat *status) {
  const struct memory_files *memory = user;
  const struct story_event *change = last_change(memory, path);
  return status->st_ino == number_of(memory, change) &&
         (change == NULL || change->of.key != NULL);
}

/* --- writing -------------------------------------------------------------- */

static usec delay(const struct memory_files *memory, usec time) {
  const struct story *story = memory->clock->story;
  usec delay = usual_delay;
  for (size_t i = 0; i < story->event_count; i++)
    if (story->events[i].kind == EVENT_WRITER_DELAY &&
        story_event_is_on(&story->events[i], memory->clock->host,
                          virtual_clock_story(time)))
      delay = usec_of(story->events[i].of.seconds);
  return delay;
}

static void begin(struct memory_files *memory, usec time) {
  memory->writing = memory->next;
  memory->next = NULL;
  memory->begun = memory->submitted;
  memory->written_at = time + delay(memory, time);
}

static void finish(struct memory_files *memory) {
  free(memory->disk->state);
  memory->disk->state = memory->writing;
  memory->disk->length = strlen(memory->writing);
  memory->writing = NULL;
  memory->status.number = memory->begun;
  memory->status.ok = true;
  if (memory->saved != NULL)
    memory->saved(memory->user, memory->disk->state, memory->disk->length);
}

/* The disk goes on until then. */
static void go_on(struct memory_files *memory, usec time) {
  while (memory->writing != NULL && memory->written_at <= time) {
    finish(memory);
    if (memory->next != NULL)
      begin(memory, memory->written_at);
  }
}

static void *open_writer(void *user, const char *path, size_t size_max,
                         void (*on_written)(void *user),
                         void *on_written_user) {
  (void)path, (void)size_max, (void)on_written, (void)on_written_user;
  return user;
}

static unsigned long submit(void *writer, const char *text, size_t length) {
  struct memory_files *memory = writer;
  go_on(memory, memory->clock->now);
  free(memory->next);
  memory->next = memory_zeros(1, length + 1);
  memcpy(memory->next, text, length);
  memory->submitted++;
  if (memory->writing == NULL)
    begin(memory, memory->clock->now);
  go_on(memory, memory->clock->now);
  return memory->submitted;
}

static void poll_writer(void *writer, struct write_status *status) {
  struct memory_files *memory = writer;
  go_on(memory, memory->clock->now);
  *status = memory->status;
}

/* The host does not wait any longer, and what it had not written is lost. */
static void close_writer(void *writer, usec until) {
  struct memory_files *memory = writer;
  go_on(memory, until);
  free(memory->writing);
  free(memory->next);
  memory->writing = memory->next = NULL;
}

/* --- all of it ------------------------------------------------------------ */

void memory_files_init(struct memory_files *memory,
                       const struct virtual_clock *clock,
                       const struct settings *settings, struct disk *disk) {
  *memory = (struct memory_files){.files = {.user = memory,
                                            .read = read_file,
                                            .is_unchanged = is_unchanged,
                                            .open_writer = open_writer,
                                            .submit = submit,
                                            .poll_writer = poll_writer,
                                            .close_writer = close_writer},
                                  .clock = clock,
                                  .settings = settings,
                                  .disk = disk};
}

void memory_files_free(struct memory_files *memory) {
  free(memory->writing);
  free(memory->next);
}

usec memory_files_alarm(void *user) {
  const struct memory_files *memory = user;
  return memory->writing != NULL ? memory->written_at : INT64_MAX;
}
