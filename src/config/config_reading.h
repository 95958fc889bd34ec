/* Reads the items of a block of the configuration. */
#ifndef HOLYSHEEP_CONFIG_READING_H
#define HOLYSHEEP_CONFIG_READING_H

#include "config/config_settings.h"

/* The context: what is being filled, and for whom. */
struct config_reading {
  struct settings *settings;
  struct relay_settings *relay; /* the current relay */
  struct config_reader *reader;
};

typedef bool config_block_reader(const struct config_node *item,
                                 struct config_reading *reading,
                                 struct error *error);

/* Reads the items of a block: values into `object` by the table, blocks by
 * `read_block`. `given` has a bit for each key so far. Behind the last one, it
 * is about the block as a whole. */
bool config_reading_items(const struct config_node *block, unsigned scopes,
                          uint64_t *given, void *object,
                          config_block_reader *read_block,
                          struct config_reading *reading, struct error *error);

/* Warns about something in the current relay's block. */
__attribute__((format(printf, 2, 3))) void
config_reading_warn(const struct config_reading *reading, const char *format,
                    ...);

#endif
