#include "scrape.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As many as the rules of prometheus.yml turn back, and take. */
enum { SLASHES_MAX = 15, PERCENTS_MAX = 6, LABELS_TAKEN_MAX = 12 };

static const char prefix[] = "collectd_holysheep_";

void scrape_raw_name(char name[SCRAPE_RAW_MAX], enum metric_family family,
                     enum metric_suffix part) {
  char type[TYPE_NAME_MAX];
  metric_family_type_name(family, part, type);
  snprintf(name, SCRAPE_RAW_MAX, "%s%s%s", prefix, type,
           metric_suffix_is_counter(family, part) ? "_total" : "");
}

/* --- what is written %2F and %25 ------------------------------------------ */

/* The last ones, as the regular expressions are greedy. */
static void turn_slashes_back(char *text) {
  static const char code[] = "%2F";
  for (int i = 0; i < SLASHES_MAX; i++) {
    char *last = NULL;
    for (char *at = text; (at = strstr(at, code)) != NULL; at++)
      last = at;
    if (last == NULL)
      return;
    *last = '/';
    memmove(last + 1, last + 3, strlen(last + 3) + 1);
  }
}

/* All of them, or none: a rule for each number of them. */
static void turn_percents_back(char *text) {
  int count = 0;
  for (const char *at = text; (at = strchr(at, '%')) != NULL; at++, count++)
    if (strncmp(at, "%25", 3) != 0)
      return;
  if (count > PERCENTS_MAX)
    return;
  for (char *at = text; (at = strchr(at, '%')) != NULL; at++)
    memmove(at + 1, at + 3, strlen(at + 3) + 1);
}

/* --- labels --------------------------------------------------------------- */

struct label {
  const char *name, *value;
};

struct labels {
  struct label list[LABELS_TAKEN_MAX + 2];
  size_t count;
};

static void set_label(struct labels *labels, const char *name,
                      const char *value) {
  size_t i = 0;
  while (i < labels->count && strcmp(labels->list[i].name, name) != 0)
    i++;
  labels->list[i] = (struct label){name, value};
  if (i == labels->count)
    labels->count++;
}

static bool is_label(const char *text) {
  size_t length = strcspn(text, "=");
  if (text[length] != '=' || !islower((unsigned char)text[0]))
    return false;
  for (size_t i = 0; i < length; i++)
    if (!isalnum((unsigned char)text[i]) && text[i] != '_')
      return false;
  return true;
}

/* Cuts the text into them. */
static void take_labels(struct labels *labels, char *text) {
  for (int i = 0; text != NULL && i < LABELS_TAKEN_MAX; i++) {
    char *comma = strchr(text, ',');
    if (comma != NULL)
      *comma = '\0';
    if (is_label(text)) {
      char *value = strchr(text, '=');
      *value = '\0';
      set_label(labels, text, value + 1);
    }
    text = comma != NULL ? comma + 1 : NULL;
  }
}

static int by_name(const void *a, const void *b) {
  const struct label *one = a, *other = b;
  return strcmp(one->name, other->name);
}

/* --- the name ------------------------------------------------------------- */

/* collectd adds _total to each counter, so to the parts of a histogram, too. */
static void name_family(char *name, size_t size, const char *raw) {
  static const char *const parts[] = {"_bucket_total", "_count_total"};
  bool ours = strncmp(raw, prefix, sizeof prefix - 1) == 0;
  snprintf(name, size, "%s", ours ? raw + sizeof prefix - 1 : raw);
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    size_t length = strlen(name), part = strlen(parts[i]);
    if (length > part && strcmp(name + length - part, parts[i]) == 0)
      name[length - (sizeof "_total" - 1)] = '\0';
  }
}

static size_t add(char *name, size_t length, const char *text) {
  while (*text != '\0' && length < SCRAPE_NAME_MAX - 1)
    name[length++] = *text++;
  name[length] = '\0';
  return length;
}

static size_t add_value(char *name, size_t length, const char *value) {
  for (; *value != '\0'; value++) {
    char one[] = {'\\', *value, '\0'};
    bool escaped = strchr("\\\"", *value) != NULL;
    length = add(name, length, escaped ? one : one + 1);
  }
  return length;
}

static void print(char *name, const char *raw, const struct labels *labels) {
  name_family(name, SCRAPE_NAME_MAX, raw);
  size_t length = strlen(name);
  const char *before = "{";
  for (size_t i = 0; i < labels->count; i++) {
    if (labels->list[i].value[0] == '\0')
      continue;
    length = add(name, length, before);
    length = add(name, length, labels->list[i].name);
    length = add(name, length, "=\"");
    length = add_value(name, length, labels->list[i].value);
    length = add(name, length, "\"");
    before = ",";
  }
  add(name, length, "}");
}

void scrape_name(char name[SCRAPE_NAME_MAX], const char *raw, const char *relay,
                 const char *type, const char *host) {
  char joined[SCRAPE_NAME_MAX];
  struct labels labels = {0};
  snprintf(joined, sizeof joined, "relay=%s,%s", relay, type);
  turn_slashes_back(joined);
  turn_percents_back(joined);
  set_label(&labels, "instance", host);
  set_label(&labels, "job", "collectd");
  take_labels(&labels, joined);
  qsort(labels.list, labels.count, sizeof *labels.list, by_name);
  print(name, raw, &labels);
}
