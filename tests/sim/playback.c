#include "playback.h"

#include "memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The disk of a host's first run is that of its later ones. */
static struct disk *disk_of(const struct story *story, struct disk *disks,
                            const struct story_host *host) {
  size_t first = 0;
  while (strcmp(story->hosts[first].name, host->name) != 0)
    first++;
  struct disk *disk = &disks[first];
  if (!host->keep) {
    free(disk->state);
    *disk = (struct disk){0};
  }
  return disk;
}

bool story_play(const struct play *play, struct output *output,
                struct error *error) {
  const struct story *story = play->story;
  struct disk *disks = memory_zeros(story->host_count, sizeof *disks);
  bool ok = true;
  /* A sample too much for what floating point makes of it is none. */
  double samples = floor(story->until / story->sample + 1e-9);
  series_set_init(&output->series, (size_t)samples + 1);
  for (size_t i = 0; i < story->host_count && ok; i++)
    ok = host_run(play, &story->hosts[i],
                  disk_of(story, disks, &story->hosts[i]), output, error) ||
         error_prepend(error, "hosts[%zu].config: ", i);
  for (size_t i = 0; i < story->host_count; i++)
    free(disks[i].state);
  free(disks);
  return ok;
}

void output_free(struct output *output) {
  series_set_free(&output->series);
  notification_list_free(&output->notes);
}
