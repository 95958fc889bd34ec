#include "story.h"

#include "base/strbuf.h"
#include "json_members.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More would be a mistake, and fill the disk. */
static const double samples_max = 1e6;

#define TABLE(table) (table), sizeof(table) / sizeof *(table)

/* --- lists ---------------------------------------------------------------- */

/* Allocates an item of `size` bytes for each of the array's. */
static void *list_of(yajl_val value, size_t size, size_t *count,
                     struct error *error) {
  if (!YAJL_IS_ARRAY(value)) {
    error_set(error, ": a list is needed");
    return NULL;
  }
  void *list = calloc(value->u.array.len + 1, size);
  if (list == NULL)
    error_set(error, ": no memory");
  else
    *count = value->u.array.len;
  return list;
}

static bool in_list(struct error *error, size_t index) {
  return error_prepend(error, "[%zu]", index);
}

/* --- answers -------------------------------------------------------------- */

static bool read_header(const char *name, yajl_val value, char **header,
                        struct error *error) {
  const char *text = YAJL_GET_STRING(value);
  if (text == NULL)
    return error_set(error, ".%s: a text is needed", name);
  size_t size = strlen(name) + strlen(text) + 3;
  *header = malloc(size);
  if (*header == NULL)
    return error_set(error, ": no memory");
  snprintf(*header, size, "%s: %s", name, text);
  return true;
}

static bool read_headers(yajl_val value, void *at, struct error *error) {
  struct story_answer *answer = at;
  if (!YAJL_IS_OBJECT(value))
    return error_set(error, ": an object is needed");
  answer->headers = calloc(value->u.object.len + 1, sizeof *answer->headers);
  if (answer->headers == NULL)
    return error_set(error, ": no memory");
  for (size_t i = 0; i < value->u.object.len; i++)
    if (!read_header(value->u.object.keys[i], value->u.object.values[i],
                     &answer->headers[answer->header_count++], error))
      return false;
  return true;
}

static bool read_chunk(yajl_val value, struct story_chunk *chunk,
                       struct error *error) {
  if (!YAJL_IS_ARRAY(value) || value->u.array.len != 2 ||
      !member_time(value->u.array.values[0], &chunk->time, error) ||
      !member_text(value->u.array.values[1], &chunk->text, error))
    return error_set(error, ": [seconds, \"text\"] is needed");
  chunk->length = strlen(chunk->text);
  return true;
}

static bool read_chunks(yajl_val value, void *at, struct error *error) {
  struct story_answer *answer = at;
  if (answer->chunks != NULL)
    return error_set(error, ": either body or chunks is needed, not both");
  answer->chunks =
      list_of(value, sizeof *answer->chunks, &answer->chunk_count, error);
  for (size_t i = 0; answer->chunks != NULL && i < answer->chunk_count; i++) {
    if (!read_chunk(value->u.array.values[i], &answer->chunks[i], error))
      return in_list(error, i);
    if (i > 0 && answer->chunks[i].time < answer->chunks[i - 1].time)
      return error_set(error, "[%zu]: its time has to follow the last one's",
                       i);
  }
  return answer->chunks != NULL;
}

static bool read_body(yajl_val value, void *at, struct error *error) {
  struct story_answer *answer = at;
  if (answer->chunks != NULL)
    return error_set(error, ": either body or chunks is needed, not both");
  answer->chunks = calloc(1, sizeof *answer->chunks);
  if (answer->chunks == NULL)
    return error_set(error, ": no memory");
  answer->chunk_count = 1;
  if (!member_text(value, &answer->chunks->text, error))
    return false;
  answer->chunks->length = strlen(answer->chunks->text);
  return true;
}

static bool read_status(yajl_val value, void *at, struct error *error) {
  double *status = at;
  return (member_count(value, at, error) && *status >= 200 && *status < 600) ||
         error_set(error, ": a status from 200 to 599 is needed");
}

static bool read_answer(yajl_val value, void *at, struct error *error) {
  static const struct member members[] = {
      {"status", read_status, offsetof(struct story_answer, status), true},
      {"headers", read_headers, 0, false},
      {"body", read_body, 0, false},
      {"chunks", read_chunks, 0, false},
      {"after", member_time, offsetof(struct story_answer, after), false}};
  struct story_answer *answer = at;
  *answer = (struct story_answer){.after = -1};
  return members_read(value, TABLE(members), at, error);
}

/* --- the other kinds ------------------------------------------------------ */

static bool read_break_kind(yajl_val value, void *at, struct error *error) {
  static const char *const names[BREAK_KINDS] = {
      "refused",     "reset",    "dns",        "unroutable", "dropped", "hang",
      "tls_expired", "tls_name", "tls_issuer", "cut",        "stall"};
  const char *name = YAJL_IS_STRING(value) ? YAJL_GET_STRING(value) : "";
  char line[160];
  struct strbuf known = strbuf_wrap(line, sizeof line);
  for (int i = 0; i < BREAK_KINDS; i++) {
    if (strcmp(names[i], name) == 0) {
      *(enum break_kind *)at = (enum break_kind)i;
      return true;
    }
    strbuf_addf(&known, "%s%s", i > 0 ? ", " : "", names[i]);
  }
  return error_set(error, ": one of %s is needed", line);
}

static bool read_break(yajl_val value, void *at, struct error *error) {
  static const struct member members[] = {
      {"kind", read_break_kind, offsetof(struct story_break, kind), true},
      {"after", member_time, offsetof(struct story_break, after), false},
      {"bytes", member_count, offsetof(struct story_break, bytes), false}};
  *(struct story_break *)at = (struct story_break){.after = -1, .bytes = -1};
  return members_read(value, TABLE(members), at, error);
}

static bool read_healthy(yajl_val value, void *at, struct error *error) {
  static const struct member members[] = {
      {"balance", member_time, offsetof(struct story_healthy, balance), false},
      {"spend", member_time, offsetof(struct story_healthy, spend), false},
      {"delay", member_time, offsetof(struct story_healthy, delay), false},
      {"stream_tokens", member_count,
       offsetof(struct story_healthy, stream_tokens), false},
      {"first_token", member_time, offsetof(struct story_healthy, first_token),
       false},
      {"reply", member_text, offsetof(struct story_healthy, reply), false},
      {"model", member_text, offsetof(struct story_healthy, model), false}};
  *(struct story_healthy *)at = (struct story_healthy){.balance = -1};
  return members_read(value, TABLE(members), at, error);
}

static bool read_key(yajl_val value, void *at, struct error *error) {
  return YAJL_IS_NULL(value) || member_text(value, at, error) ||
         error_set(error, ": a text, or null, is needed");
}

/* --- events --------------------------------------------------------------- */

#define AT(member) offsetof(struct story_event, member)

static const char *const kinds[EVENT_KINDS] = {
    "answer",     "break",      "healthy",     "key",
    "clock_step", "standstill", "writer_delay"};

static bool read_share(yajl_val value, void *at, struct error *error) {
  return (member_time(value, at, error) && *(double *)at <= 1) ||
         error_set(error, ": a number from 0 to 1 is needed");
}

static bool read_every(yajl_val value, void *at, struct error *error) {
  return (member_count(value, at, error) && *(double *)at >= 1) ||
         error_set(error, ": a whole number above 0 is needed");
}

static const struct member event_members[] = {
    {"from", member_time, AT(from), false},
    {"to", member_end, AT(to), false},
    {"host", member_pattern, AT(host), false},
    {"relay", member_pattern, AT(relay), false},
    {"endpoint", member_pattern, AT(endpoint), false},
    {"model", member_pattern, AT(model), false},
    {"path", member_pattern, AT(path), false},
    {"every", read_every, AT(every), false},
    {"share", read_share, AT(share), false},
    {"answer", read_answer, AT(of.answer), false},
    {"break", read_break, AT(of.broken), false},
    {"healthy", read_healthy, AT(of.healthy), false},
    {"key", read_key, AT(of.key), false},
    {"clock_step", member_real, AT(of.seconds), false},
    {"standstill", member_time, AT(of.seconds), false},
    {"writer_delay", member_time, AT(of.seconds), false}};

static bool find_kind(yajl_val value, struct story_event *event,
                      struct error *error) {
  unsigned found = 0;
  for (int i = 0; i < EVENT_KINDS; i++) {
    const char *path[] = {kinds[i], NULL};
    if (!YAJL_IS_OBJECT(value) ||
        yajl_tree_get(value, path, yajl_t_any) == NULL)
      continue;
    event->kind = (enum event_kind)i;
    found++;
  }
  return found == 1 ||
         error_set(error, ": exactly one of answer, break, healthy, key, "
                          "clock_step, standstill, writer_delay is needed");
}

/* What happens to a host happens to it as a whole; a key is a relay's. */
static bool check_reach(const struct story_event *event, struct error *error) {
  bool of_host = event->kind >= EVENT_KEY;
  if (!of_host ||
      (event->endpoint == NULL && event->model == NULL && event->path == NULL &&
       event->every == 1 && event->share == 1 &&
       (event->relay == NULL || event->kind == EVENT_KEY)))
    return event->from < event->to ||
           error_set(error, ".to: a time after `from` is needed, or null");
  return error_set(error, ".%s: is about a host%s: no more can be chosen",
                   kinds[event->kind],
                   event->kind == EVENT_KEY ? " and a relay" : "");
}

static bool read_event(yajl_val value, struct story_event *event,
                       struct error *error) {
  *event = (struct story_event){.to = INFINITY, .every = 1, .share = 1};
  event->kind = EVENT_HEALTHY; /* it has nothing to be freed */
  return find_kind(value, event, error) &&
         members_read(value, TABLE(event_members), event, error) &&
         check_reach(event, error);
}

static bool read_events(yajl_val value, void *at, struct error *error) {
  struct story *story = at;
  size_t count = 0;
  story->events = list_of(value, sizeof *story->events, &count, error);
  for (size_t i = 0; story->events != NULL && i < count; i++) {
    story->event_count++;
    if (!read_event(value->u.array.values[i], &story->events[i], error))
      return in_list(error, i);
  }
  return story->events != NULL;
}

/* --- hosts ---------------------------------------------------------------- */

static bool read_host(yajl_val value, struct story_host *host,
                      struct error *error) {
  static const struct member members[] = {
      {"name", member_text, offsetof(struct story_host, name), true},
      {"from", member_time, offsetof(struct story_host, from), false},
      {"to", member_end, offsetof(struct story_host, to), false},
      {"interval", member_length, offsetof(struct story_host, interval), false},
      {"clock", member_real, offsetof(struct story_host, clock), false},
      {"keep", member_flag, offsetof(struct story_host, keep), false},
      {"config", member_text, offsetof(struct story_host, config), true}};
  *host = (struct story_host){.to = INFINITY, .interval = 10};
  if (!members_read(value, TABLE(members), host, error))
    return false;
  return host->from < host->to ||
         error_set(error, ".to: a time after `from` is needed, or null");
}

/* A host runs once at a time, and its runs are in their order. */
static bool follows(const struct story *story, const struct story_host *host,
                    struct error *error) {
  for (const struct story_host *other = story->hosts; other < host; other++)
    if (strcmp(other->name, host->name) == 0 && other->to > host->from)
      return error_set(error,
                       ".from: \"%s\" still runs then: hosts of one name have "
                       "to follow each other",
                       host->name);
  return true;
}

static bool read_hosts(yajl_val value, void *at, struct error *error) {
  struct story *story = at;
  story->hosts =
      list_of(value, sizeof *story->hosts, &story->host_count, error);
  for (size_t i = 0; story->hosts != NULL && i < story->host_count; i++)
    if (!read_host(value->u.array.values[i], &story->hosts[i], error) ||
        !follows(story, &story->hosts[i], error))
      return in_list(error, i);
  return story->hosts != NULL;
}

/* --- all of it ------------------------------------------------------------ */

static bool read_story(yajl_val value, struct story *story,
                       struct error *error) {
  static const struct member members[] = {
      {"seed", member_count, offsetof(struct story, seed), false},
      {"until", member_length, offsetof(struct story, until), true},
      {"sample", member_length, offsetof(struct story, sample), false},
      {"hosts", read_hosts, 0, true},
      {"events", read_events, 0, false}};
  if (!members_read(value, TABLE(members), story, error))
    return false;
  return story->until / story->sample <= samples_max ||
         error_set(error,
                   ".sample: %g is too little for `until` %g: a million "
                   "samples at most",
                   story->sample, story->until);
}

bool story_read(struct story *story, const char *text, struct error *error) {
  char reason[256];
  *story = (struct story){.seed = 1, .sample = 15};
  story->tree = yajl_tree_parse(text, reason, sizeof reason);
  if (story->tree == NULL) {
    reason[strcspn(reason, "\n")] = '\0';
    return error_set(error, "not JSON: %s", reason);
  }
  if (read_story(story->tree, story, error))
    return true;
  /* `.hosts[1].from: ...`, or `: ...` of the whole */
  size_t skipped = error->text[0] == '.' ? 1 : 2;
  memmove(error->text, error->text + skipped,
          strlen(error->text) - skipped + 1);
  return false;
}

static void free_answer(struct story_answer *answer) {
  for (size_t i = 0; i < answer->header_count; i++)
    free(answer->headers[i]);
  free(answer->headers);
  free(answer->chunks);
}

void story_free(struct story *story) {
  for (size_t i = 0; i < story->event_count; i++)
    if (story->events[i].kind == EVENT_ANSWER)
      free_answer(&story->events[i].of.answer);
  free(story->events);
  free(story->hosts);
  yajl_tree_free(story->tree);
  *story = (struct story){0};
}

bool story_event_is_on(const struct story_event *event, const char *host,
                       double time) {
  return event->from <= time && time < event->to &&
         (event->host == NULL || strcmp(event->host, host) == 0);
}
