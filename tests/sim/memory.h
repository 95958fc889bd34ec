/* Memory for a program that ends where there is none. */
#ifndef HOLYSHEEP_SIM_MEMORY_H
#define HOLYSHEEP_SIM_MEMORY_H

#include <stddef.h>

void *memory_zeros(size_t count, size_t size);
void *memory_resize(void *old, size_t count, size_t size);
char *memory_text(const char *text);

/* Room for one more item in a list that doubles. */
void *memory_grow(void *list, size_t count, size_t *room, size_t size);

#endif
