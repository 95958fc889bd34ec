/* Plays a whole story, host after host: they do not know of each other. */
#ifndef HOLYSHEEP_SIM_PLAYBACK_H
#define HOLYSHEEP_SIM_PLAYBACK_H

#include "host.h"

/* Fills in the output, which has to be zeros but for what it says it is to
 * have. On a mistake in a configuration false and one line. output_free() is
 * due in either case. */
bool story_play(const struct play *play, struct output *output,
                struct error *error);
void output_free(struct output *output);

#endif
