#include "state_file_fixture.h"

#include "unit.h"

#include <stdio.h>
#include <string.h>

char taken[4096];

void take(void *user, const struct state_file_entry *saved) {
  ck_assert_ptr_eq(user, taken);
  size_t length = strlen(taken);
  snprintf(taken + length, sizeof taken - length, "%d %llu %llu %s %s;",
           (int)saved->day, (unsigned long long)saved->today,
           (unsigned long long)saved->max_cost, saved->relay, saved->model);
}

bool next(void *user, struct state_file_entry *saved) {
  struct lines *lines = user;
  if (lines->left == 0)
    return false;
  lines->left--;
  *saved = *lines->at++;
  return true;
}
