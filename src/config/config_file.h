/* A configuration's files, as collectd reads them: one, and what it includes.
 */
#ifndef HOLYSHEEP_CONFIG_FILE_H
#define HOLYSHEEP_CONFIG_FILE_H

#include "base/error.h"
#include "config/config_tree.h"

#include <stdbool.h>
#include <stddef.h>

struct config_file {
  struct config_node *root; /* what stands in all of them are its children */
  struct config_name *names;
  config_warn *warn;
  size_t paths, bytes; /* so many were looked at, and read */
};

/* Reads a file, or those of a folder. What collectd's log calls an error is a
 * mistake here, though collectd may pass over it. False and one line on a
 * mistake; config_file_free() is due in either case. */
bool config_file_read(struct config_file *file, const char *path,
                      config_warn *warn, struct error *error);
void config_file_free(struct config_file *file);

#endif
