/* Reads configuration files as collectd does: one file, and what it includes.
 */
#ifndef HOLYSHEEP_CONFIG_FILE_H
#define HOLYSHEEP_CONFIG_FILE_H

#include "base/error.h"
#include "config/config_tree.h"

#include <stdbool.h>
#include <stddef.h>

struct config_file {
  struct config_node *root; /* its children are the statements of all files */
  struct config_file_name *names;
  config_warn *warn;
  size_t paths, bytes; /* how many were examined, and read */
};

/* Reads a file, or those in a directory. Anything that collectd logs as an
 * error is one here, even if collectd would ignore it. Either way, call
 * config_file_free() afterwards. */
bool config_file_read(struct config_file *file, const char *path,
                      config_warn *warn, struct error *error);
void config_file_free(struct config_file *file);

#endif
