/* Reads the items of a block of the configuration. */
#ifndef HOLYSHEEP_CONFIG_CONTEXT_H
#define HOLYSHEEP_CONFIG_CONTEXT_H

#include "config/config_settings.h"

/* The context: what is being filled, and for whom. */
struct config_context {
  struct settings *settings;
  struct relay_settings *relay; /* the current relay */
  struct config_reader *reader;
};

typedef bool config_block_reader(const struct config_node *item,
                                 struct config_context *context,
                                 struct error *error);

/* Reads the items of a block: stores values in `object` according to the table,
 * and passes blocks to `read_block`. `given` has a bit for each item that was
 * given. Errors and warnings after this are about the block as a whole. */
bool config_context_read_items(const struct config_node *block, unsigned scopes,
                               uint64_t *given, void *object,
                               config_block_reader *read_block,
                               struct config_context *context,
                               struct error *error);

/* Warns about something in the current relay's block. */
__attribute__((format(printf, 2, 3))) void
config_context_warn(const struct config_context *context, const char *format,
                    ...);

#endif
