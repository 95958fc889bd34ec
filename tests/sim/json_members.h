/* Reads the members of a JSON object into a struct, by a table. */
#ifndef HOLYSHEEP_SIM_JSON_MEMBERS_H
#define HOLYSHEEP_SIM_JSON_MEMBERS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

#include <yajl/yajl_tree.h>

typedef bool member_reader(yajl_val value, void *at, struct error *error);

struct member {
  const char *name;
  member_reader *read;
  size_t offset; /* of what it fills */
  bool needed;
};

/* Each member has to be in the table, and each that is needed has to be
 * there. An error begins with the rest of its place: `.name: ...`, or `: ...`
 * where it is about the value itself. */
bool members_read(yajl_val object, const struct member *table, size_t count,
                  void *into, struct error *error);

/* Readers of values. */
member_reader member_text;    /* const char *, owned by the tree */
member_reader member_pattern; /* the same, NULL for "*" */
member_reader member_flag;    /* bool */
member_reader member_real;    /* double, like the rest: any, */
member_reader member_time;    /* not negative, */
member_reader member_end;     /* the same, and null is INFINITY, */
member_reader member_length;  /* above 0, */
member_reader member_count;   /* whole, and not negative */

#endif
