#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *memory) {
  if (memory != NULL)
    return memory;
  fputs("holysheep-sim: out of memory\n", stderr);
  exit(1);
}

void *memory_zeros(size_t count, size_t size) {
  return checked(calloc(count > 0 ? count : 1, size));
}

void *memory_resize(void *old, size_t count, size_t size) {
  return checked(realloc(old, count * size));
}

char *memory_text(const char *text) { return checked(strdup(text)); }

void *memory_grow(void *list, size_t count, size_t *room, size_t size) {
  if (count < *room)
    return list;
  *room = *room > 0 ? 2 * *room : 8;
  return memory_resize(list, *room, size);
}
