/* One host: the real configuration, engine and state, in virtual time. */
#ifndef HOLYSHEEP_SIM_HOST_H
#define HOLYSHEEP_SIM_HOST_H

#include "base/error.h"
#include "notes.h"
#include "series.h"
#include "story.h"

#include <stdbool.h>

/* What comes out of a story. */
struct output {
  struct series_set series;
  struct notes notes;
};

/* Runs a host of the story from its beginning to its end. On a mistake in its
 * configuration false and one line. */
bool host_run(const struct story *story, const struct story_host *host,
              struct output *output, struct error *error);

#endif
