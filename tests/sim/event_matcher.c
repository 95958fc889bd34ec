#include "event_matcher.h"

#include "memory.h"
#include "probe/probe_kind.h"

#include <stdlib.h>
#include <string.h>

void event_matcher_init(struct event_matcher *script, const struct story *story,
                        const char *host, const struct settings *settings) {
  *script = (struct event_matcher){story, host, settings, 0, NULL};
  for (size_t i = 0; i < settings->relay_count; i++)
    script->probes += settings->relays[i].probe_count;
  script->matched =
      memory_zeros(story->event_count * script->probes, sizeof(unsigned));
}

void event_matcher_free(struct event_matcher *script) { free(script->matched); }

static unsigned *count_of(struct event_matcher *script,
                          const struct story_event *event,
                          const struct request *request) {
  size_t probe = request->index;
  for (const struct relay_settings *relay = script->settings->relays;
       relay != request->relay; relay++)
    probe += relay->probe_count;
  size_t row = (size_t)(event - script->story->events);
  return &script->matched[row * script->probes + probe];
}

static bool is_about(const char *pattern, const char *name) {
  return pattern == NULL || (name != NULL && strcmp(pattern, name) == 0);
}

static bool is_below(const char *path, const struct request *request) {
  const char *asked = request->url + strlen(request->relay->base_url);
  size_t length = path != NULL ? strlen(path) : 0;
  return path == NULL || (strncmp(asked, path, length) == 0 &&
                          (asked[length] == '\0' || asked[length] == '/'));
}

static bool matches(const struct event_matcher *script,
                    const struct story_event *event,
                    const struct request *request, double time) {
  return event->kind < EVENT_KEY &&
         story_event_is_on(event, script->host, time) &&
         is_about(event->relay, request->relay->name) &&
         is_about(event->endpoint, request->probe->kind->endpoint) &&
         is_about(event->model, request->probe->model) &&
         is_below(event->path, request);
}

/* --- a part of them ------------------------------------------------------- */

static uint64_t mix(uint64_t sum, uint64_t value) {
  sum = (sum ^ value) * UINT64_C(0xff51afd7ed558ccd);
  sum = (sum ^ sum >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
  return sum ^ sum >> 33;
}

static uint64_t mix_text(uint64_t sum, const char *text) {
  for (; text != NULL && *text != '\0'; text++)
    sum = mix(sum, (unsigned char)*text);
  return mix(sum, 0);
}

/* From 0 to below 1, the same for the same request of the same story. */
static double draw(const struct event_matcher *script,
                   const struct story_event *event,
                   const struct request *request, unsigned number) {
  uint64_t sum = mix((uint64_t)script->story->seed,
                     (uint64_t)(event->from * USEC_PER_SEC));
  sum = mix_text(sum, script->host);
  sum = mix_text(sum, request->relay->name);
  sum = mix_text(sum, request->probe->kind->endpoint);
  sum = mix_text(sum, request->probe->model);
  return (double)(mix(sum, number) >> 11) / 9007199254740992.0;
}

static bool takes(struct event_matcher *script, const struct story_event *event,
                  const struct request *request) {
  unsigned number = ++*count_of(script, event, request);
  if (number % (unsigned)event->every != 0)
    return false;
  return event->share >= 1 ||
         draw(script, event, request, number) < event->share;
}

const struct story_event *event_matcher_decide(struct event_matcher *script,
                                               const struct request *request,
                                               double time) {
  for (size_t i = script->story->event_count; i-- > 0;) {
    const struct story_event *event = &script->story->events[i];
    if (matches(script, event, request, time) && takes(script, event, request))
      return event;
  }
  return NULL;
}
