/* Generates documentation from the tables of the core, so that the two cannot
 * differ:
 *
 *   tables types             collectd's types.db
 *   tables names             one line for each name that must be documented
 *   tables json              what dashboards/mixin reads
 *   tables manual < FILE     FILE, with lines such as `@keys Chat@` replaced
 *                            by the contents of the tables, in POD */
#include "config/config_items.h"
#include "model/cause.h"
#include "model/status.h"
#include "probe/probe_kind.h"
#include "probe/prober.h"
#include "state/metric_family.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_names[] = {
    [GAUGE] = "gauge", [COUNTER] = "counter", [HISTOGRAM] = "histogram"};

/* --- keys ---------------------------------------------------------------- */

static void print_block_head(const char *name, const char *argument) {
  printf("=item E<lt>B<%s>%s%sE<gt>\n\n", name, argument != NULL ? " " : "",
         argument != NULL ? argument : "");
}

static void print_key_head(const struct config_item *key) {
  if (key->type == CONFIG_BLOCK)
    print_block_head(key->name, key->argument);
  else
    printf("=item B<%s> %s\n\n", key->name, key->argument);
}

static void print_key_limits(const struct config_item *key) {
  switch (key->type) {
  case CONFIG_NUMBER:
  case CONFIG_COUNT:
  case CONFIG_SECONDS:
  case CONFIG_MILLISECONDS:
    printf(" From %.10g to %.10g.", key->min, key->max);
    break;
  case CONFIG_TEXT:
  case CONFIG_SECRET:
  case CONFIG_HEADERS:
    printf(" At most %.0f bytes.", key->max);
    break;
  default:
    break;
  }
}

static void print_key(const struct config_item *key) {
  print_key_head(key);
  printf("%s", key->help);
  print_key_limits(key);
  if (key->default_value != NULL)
    printf(" Default: C<%s>.", key->default_value);
  printf("\n\n");
}

/* What a kind's probes do unless they are configured. */
static void print_kind(const struct probe_kind *kind) {
  print_block_head(kind->block, probe_kind_has(kind, PROBE_USES_TOKENS)
                                    ? "\"I<model>\""
                                : probe_kind_has(kind, PROBE_TELLS_BALANCE)
                                    ? "[\"I<preset>\"]"
                                    : NULL);
  printf("%s%s By default it sends C<%s %s>, B<Timeout> is C<%.0f>, and "
         "B<Interval> is that of the plugin",
         kind->help,
         kind->by_default ? " It is one of the default probes." : "",
         kind->prober->add_members != NULL ? "POST" : "GET", kind->path,
         seconds_of(kind->timeout) * 1000);
  if (kind->min_default_interval > 0)
    printf(" but at least C<%g>", seconds_of(kind->min_default_interval));
  printf(".\n\n");
}

/* A key of several blocks is described with the first of them alone, but the
 * relay's with the relay. */
static bool is_described(const struct config_item *key, size_t block) {
  for (size_t i = CONFIG_OUTER_BLOCKS; i < block; i++)
    if ((key->scopes & config_block_at(i).scopes) != 0)
      return false;
  return (key->scopes & config_block_at(block).scopes) != 0;
}

static void print_block(size_t block) {
  printf("=over 4\n\n");
  for (size_t i = 0; i < config_item_count; i++)
    if (is_described(&config_items[i], block))
      print_key(&config_items[i]);
  for (size_t i = 0; i < probe_kind_count; i++)
    if (config_block_at(block).scopes == SCOPE_RELAY)
      print_kind(&probe_kinds[i]);
  printf("=back\n");
}

static bool print_keys(const char *name) {
  for (size_t i = 0; i < config_block_count(); i++)
    if (strcmp(config_block_at(i).name, name) == 0) {
      print_block(i);
      return true;
    }
  return false;
}

static const char *separator(size_t index, size_t count, const char *last) {
  return index == 0 ? "" : index + 1 == count ? last : ", ";
}

/* The heading of what kinds with a trait have in common. */
static bool print_blocks(unsigned trait) {
  size_t count = 0, index = 0;
  for (size_t i = 0; i < probe_kind_count; i++)
    count += (probe_kinds[i].traits & trait) != 0;
  printf("=head2 In ");
  for (size_t i = 0; i < probe_kind_count; i++)
    if ((probe_kinds[i].traits & trait) != 0)
      printf("%sE<lt>%sE<gt>", separator(index++, count, " and "),
             probe_kinds[i].block);
  printf("\n");
  return true;
}

static bool print_all_blocks(const char *argument) {
  return argument[0] == '\0' && print_blocks(PROBE_TRAITS);
}

static bool print_model_blocks(const char *argument) {
  return argument[0] == '\0' && print_blocks(PROBE_USES_TOKENS);
}

static bool print_endpoints(const char *argument) {
  for (size_t i = 0; i < probe_kind_count; i++)
    printf("%sC<%s>", separator(i, probe_kind_count, " or "),
           probe_kinds[i].endpoint);
  printf("\n");
  return argument[0] == '\0';
}

/* --- families, statuses, causes ------------------------------------------ */

static void print_labels(const char *labels) {
  if (labels[0] != '\0')
    printf(";");
  while (labels[0] != '\0') {
    size_t length = strcspn(labels, ",");
    printf(" %.*s%s", (int)length, labels, labels[length] == ',' ? "," : "");
    labels += length + strspn(labels + length, ",");
  }
}

static bool print_families(const char *argument) {
  printf("=over 4\n\n");
  for (enum metric_family f = 0; f < METRIC_COUNT; f++) {
    const struct metric_family_row *row = &metric_families[f];
    printf("=item B<%s> (%s", row->name, kind_names[row->kind]);
    print_labels(row->labels);
    printf(")\n\n%s\n\n", row->help);
  }
  printf("=back\n");
  return argument[0] == '\0';
}

static bool print_causes(const char *argument) {
  printf("=over 4\n\n");
  for (enum cause c = CAUSE_OK; c < CAUSE_COUNT; c++) {
    const struct cause_row *row = &causes[c];
    printf("=item B<%s>", row->name);
    if (row->error_type != NULL)
      printf(" (C<%s>, fault C<%s>)", row->error_type, fault_name(row->fault));
    printf("\n\nI<What it is:> %s.%s%s I<What to do:> %s\n\n", row->meaning,
           row->detail != NULL ? " " : "",
           row->detail != NULL ? row->detail : "", row->advice);
  }
  printf("=back\n");
  return argument[0] == '\0';
}

static void list_statuses(bool starts_at_zero) {
  const char *comma = "";
  for (unsigned i = 0; i < STATUS_COUNT; i++)
    if (statuses[i].starts_at_zero == starts_at_zero) {
      printf("%sC<%s>", comma, statuses[i].name);
      comma = ", ";
    }
}

static bool print_statuses(const char *argument) {
  printf("Present from the start, at 0: ");
  list_statuses(true);
  printf(".\nAdded when first seen: ");
  list_statuses(false);
  printf(".\n");
  return argument[0] == '\0';
}

static bool print_warnings(const char *argument) {
  const char *comma = "";
  for (enum cause c = CAUSE_OK; c < CAUSE_COUNT; c++)
    if (cause_severity(c) == SEVERITY_WARNING) {
      printf("%sC<%s>", comma, causes[c].name);
      comma = ", ";
    }
  printf("\n");
  return argument[0] == '\0';
}

/* --- the manual ---------------------------------------------------------- */

static const struct marker {
  const char *name;
  bool (*print)(const char *argument); /* false: not with this argument */
} markers[] = {{"@keys ", print_keys},
               {"@blocks", print_all_blocks},
               {"@model_blocks", print_model_blocks},
               {"@endpoints", print_endpoints},
               {"@families", print_families},
               {"@causes", print_causes},
               {"@statuses", print_statuses},
               {"@warnings", print_warnings}};

static bool replace(char *line) {
  line[strcspn(line, "\n")] = '\0';
  size_t length = strlen(line);
  for (size_t i = 0; i < sizeof markers / sizeof *markers; i++) {
    size_t name = strlen(markers[i].name);
    if (length > name && strncmp(line, markers[i].name, name) == 0 &&
        line[length - 1] == '@') {
      line[length - 1] = '\0';
      return markers[i].print(line + name);
    }
  }
  return false;
}

static bool print_manual(void) {
  char line[1024];
  while (fgets(line, sizeof line, stdin) != NULL) {
    if (line[0] != '@') {
      fputs(line, stdout);
    } else if (!replace(line)) {
      fprintf(stderr, "tables: %s: no such table\n", line);
      return false;
    }
  }
  return !ferror(stdin);
}

/* --- lists --------------------------------------------------------------- */

static bool print_types(void) {
  char name[TYPE_NAME_MAX];
  for (enum metric_family f = 0; f < METRIC_COUNT; f++)
    for (enum metric_suffix suffix = 0; suffix < metric_family_suffix_count(f);
         suffix++) {
      metric_family_type_name(f, suffix, name);
      printf("%-48s value:%s\n", name,
             metric_suffix_is_counter(f, suffix) ? "DERIVE:0:U" : "GAUGE:U:U");
    }
  return true;
}

static void name_keys(void) {
  for (size_t b = 0; b < config_block_count(); b++)
    for (size_t i = 0; i < config_item_count; i++)
      if ((config_items[i].scopes & config_block_at(b).scopes) != 0)
        printf("key %s %s\n", config_block_at(b).name, config_items[i].name);
}

/* Each has its block in a relay's. */
static void name_kinds(void) {
  for (size_t i = 0; i < probe_kind_count; i++) {
    printf("key Relay %s\n", probe_kinds[i].block);
    printf("endpoint %s\n", probe_kinds[i].endpoint);
    if (probe_kinds[i].applications)
      printf("application_endpoint %s\n", probe_kinds[i].endpoint);
  }
}

static void name_causes(void) {
  for (enum cause c = CAUSE_OK; c < CAUSE_COUNT; c++) {
    printf("cause %s\n", causes[c].name);
    if (causes[c].error_type != NULL && cause_counter(c) == c)
      printf("error_type %s\n", causes[c].error_type);
  }
  for (enum fault f = FAULT_NONE; f < FAULT_COUNT; f++)
    printf("fault %s\n", fault_name(f));
  for (enum problem p = PROBLEM_NONE + 1; p < PROBLEM_COUNT; p++)
    printf("problem %s\n", problem_name(p));
}

static bool print_names(void) {
  name_keys();
  name_kinds();
  name_causes();
  for (enum metric_family f = 0; f < METRIC_COUNT; f++)
    printf("family %s\n", metric_families[f].name);
  for (unsigned i = 0; i < STATUS_COUNT; i++)
    printf("status %s\n", statuses[i].name);
  return true;
}

/* --- for the mixin ------------------------------------------------------- */

/* Our own text: no control characters. */
static void print_json_string(const char *text) {
  putchar('"');
  for (; *text != '\0'; text++) {
    if (*text == '"' || *text == '\\')
      putchar('\\');
    putchar(*text);
  }
  putchar('"');
}

static void print_json_member(const char *name, const char *text) {
  printf(", \"%s\": ", name);
  print_json_string(text);
}

static void print_json_causes(void) {
  for (enum cause c = CAUSE_OK; c < CAUSE_COUNT; c++) {
    printf("%s\n    {\"name\": \"%s\"", c == CAUSE_OK ? "" : ",",
           causes[c].name);
    print_json_member("fault", fault_name(causes[c].fault));
    print_json_member("problem", problem_name(causes[c].problem));
    print_json_member("meaning", causes[c].meaning);
    print_json_member("advice", causes[c].advice);
    putchar('}');
  }
}

static void print_json_flag(const char *name, bool flag) {
  printf(", \"%s\": %s", name, flag ? "true" : "false");
}

static void print_json_endpoints(void) {
  for (size_t i = 0; i < probe_kind_count; i++) {
    const struct probe_kind *kind = &probe_kinds[i];
    printf("%s\n    {\"name\": \"%s\"", i == 0 ? "" : ",", kind->endpoint);
    print_json_flag("applications", kind->applications);
    print_json_flag("balance", probe_kind_has(kind, PROBE_TELLS_BALANCE));
    putchar('}');
  }
}

static void print_json_families(void) {
  for (enum metric_family f = 0; f < METRIC_COUNT; f++) {
    printf("%s\n    {\"name\": \"%s\"", f == 0 ? "" : ",",
           metric_families[f].name);
    print_json_member("kind", kind_names[metric_families[f].kind]);
    print_json_member("labels", metric_families[f].labels);
    putchar('}');
  }
}

static void print_json_problems(void) {
  for (enum problem p = PROBLEM_NONE + 1; p < PROBLEM_COUNT; p++) {
    printf("%s\n    {\"name\": \"%s\"", p == PROBLEM_NONE + 1 ? "" : ",",
           problems[p].name);
    print_json_member("alert", problems[p].alert);
    print_json_flag("pages", problems[p].pages);
    print_json_flag("outage", problems[p].outage);
    printf(", \"precedence\": %u}", problems[p].precedence);
  }
}

static bool print_json(void) {
  printf("{\n  \"causes\": [");
  print_json_causes();
  printf("\n  ],\n  \"endpoints\": [");
  print_json_endpoints();
  printf("\n  ],\n  \"families\": [");
  print_json_families();
  printf("\n  ],\n  \"problems\": [");
  print_json_problems();
  printf("\n  ]\n}\n");
  return true;
}

static const struct command {
  const char *name;
  bool (*run)(void);
} commands[] = {{"types", print_types},
                {"names", print_names},
                {"json", print_json},
                {"manual", print_manual}};

int main(int argc, char **argv) {
  for (size_t i = 0; argc == 2 && i < sizeof commands / sizeof *commands; i++)
    if (strcmp(argv[1], commands[i].name) == 0)
      return commands[i].run() && fflush(stdout) == 0 ? EXIT_SUCCESS
                                                      : EXIT_FAILURE;
  fprintf(stderr, "usage: tables types|names|json|manual\n");
  return EXIT_FAILURE;
}
