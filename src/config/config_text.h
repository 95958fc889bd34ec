/* A parser for collectd's configuration language that behaves like liboconfig:
 * it drops what that drops, and refuses what that refuses. */
#ifndef HOLYSHEEP_CONFIG_TEXT_H
#define HOLYSHEEP_CONFIG_TEXT_H

#include "base/error.h"
#include "config/config_tree.h"

#include <stddef.h>

/* Parses a text. The root's children are its statements; the caller owns the
 * tree. `name` is the file's, for errors and for the nodes, which keep the
 * pointer. On a mistake, returns NULL; the error says what would be right, and
 * quotes no value. */
struct config_node *config_text_parse(const char *name, const char *text,
                                      size_t length, struct error *error);

#endif
