#include "exposition.h"

#include "memory.h"
#include "scrape.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* After so many intervals without a new value collectd calls one missing, and
 * write_prometheus forgets it. */
enum { INTERVALS_KEPT = 2 };

static const usec scrape_timeout = 10 * (usec)USEC_PER_SEC;

void exposition_init(struct exposition *exposition, struct series_set *set,
                     const struct virtual_clock *clock, usec sample,
                     usec interval) {
  *exposition = (struct exposition){
      .set = set, .clock = clock, .sample = sample, .interval = interval};
}

void exposition_free(struct exposition *exposition) {
  for (size_t r = 0; r < exposition->relay_count; r++) {
    for (size_t i = 0; i < exposition->relays[r].count; i++)
      free(exposition->relays[r].list[i].labels);
    free(exposition->relays[r].list);
  }
  free(exposition->relays);
}

/* --- from an offer to samples --------------------------------------------- */

/* The first sample at or after a time. */
static size_t sample_after(const struct exposition *exposition, usec time) {
  return time > 0
             ? (size_t)((time + exposition->sample - 1) / exposition->sample)
             : 0;
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* A scrape of a host that stands still fails, unless that is over in time: no
 * samples there. */
static void add_samples(const struct exposition *exposition,
                        struct series *series, size_t from, size_t to,
                        double value) {
  const struct virtual_clock *clock = exposition->clock;
  for (size_t i = 0; i < clock->standstill_count && from < to; i++) {
    usec begin = clock->standstills[i].from - virtual_clock_at(0);
    usec end = clock->standstills[i].to - virtual_clock_at(0) - scrape_timeout;
    size_t first = sample_after(exposition, begin);
    size_t next = sample_after(exposition, end);
    if (first >= next || next <= from)
      continue;
    series_add(series, from, least(first, to), value);
    from = next;
  }
  series_add(series, from, to, value);
}

/* The samples that an offer gave until now. */
static void settle(const struct exposition *exposition,
                   const struct offer *offer, usec now) {
  usec gone = offer->since + INTERVALS_KEPT * exposition->interval;
  size_t from = sample_after(exposition, offer->since);
  size_t to = least(sample_after(exposition, now < gone ? now : gone),
                    exposition->set->samples);
  add_samples(exposition, offer->series, from, to, offer->value);
}

static bool is_timestamp(enum metric_family family) {
  static const char end[] = "_timestamp_seconds";
  const char *name = metric_families[family].name;
  size_t length = strlen(name), size = sizeof end - 1;
  return length > size && strcmp(name + length - size, end) == 0;
}

/* promtool begins at 0. write_prometheus has 15 digits: five behind the point
 * of such a time. */
static double value_of(const struct metric *metric) {
  if (metric_suffix_is_counter(metric->family, metric->suffix))
    return (double)metric->value.counter;
  double value = metric->value.gauge;
  return is_timestamp(metric->family) && value > 0
             ? round((value - VIRTUAL_START) * 1e5) / 1e5
             : value;
}

/* --- what is offered ------------------------------------------------------ */

struct walk {
  struct exposition *exposition;
  struct relay_offers *relay;
  size_t at; /* where the next one is expected */
  usec now;
};

static bool is_of(const struct offer *offer, const struct metric *metric) {
  return offer->family == metric->family && offer->suffix == metric->suffix &&
         strcmp(offer->labels, metric->labels) == 0;
}

static struct series *series_of(const struct walk *walk,
                                const struct metric *metric) {
  char raw[SCRAPE_RAW_MAX], name[SCRAPE_NAME_MAX];
  scrape_raw_name(raw, metric->family, metric->suffix);
  scrape_name(name, raw, walk->relay->relay->settings->label, metric->labels,
              walk->exposition->clock->host);
  return series_find(walk->exposition->set, name);
}

/* It comes before those that were not met yet. */
static struct offer *insert(struct walk *walk, const struct metric *metric) {
  struct relay_offers *relay = walk->relay;
  relay->list =
      memory_grow(relay->list, relay->count, &relay->room, sizeof *relay->list);
  struct offer *offer = &relay->list[walk->at];
  memmove(offer + 1, offer, (relay->count++ - walk->at) * sizeof *offer);
  *offer = (struct offer){.family = metric->family,
                          .suffix = metric->suffix,
                          .labels = memory_text(metric->labels),
                          .series = series_of(walk, metric),
                          .since = walk->now};
  return offer;
}

/* They come in the same order each time; some are new, and some left out. */
static struct offer *find(struct walk *walk, const struct metric *metric) {
  for (size_t i = walk->at; i < walk->relay->count; i++)
    if (is_of(&walk->relay->list[i], metric)) {
      walk->at = i;
      return &walk->relay->list[i];
    }
  return insert(walk, metric);
}

static void take(void *user, const struct metric *metric) {
  struct walk *walk = user;
  struct offer *offer = find(walk, metric);
  settle(walk->exposition, offer, walk->now);
  offer->since = walk->now;
  offer->value = value_of(metric);
  walk->at++;
}

static struct relay_offers *offers_of(struct exposition *exposition,
                                      const struct relay_state *relay) {
  for (size_t i = 0; i < exposition->relay_count; i++)
    if (exposition->relays[i].relay == relay)
      return &exposition->relays[i];
  exposition->relays =
      memory_grow(exposition->relays, exposition->relay_count,
                  &exposition->relay_room, sizeof *exposition->relays);
  struct relay_offers *more = &exposition->relays[exposition->relay_count++];
  *more = (struct relay_offers){.relay = relay};
  return more;
}

size_t exposition_take(struct exposition *exposition,
                       const struct relay_state *relay, usec now) {
  struct walk walk = {exposition, offers_of(exposition, relay), 0, now};
  return metrics_collect(relay, take, &walk);
}

void exposition_end(struct exposition *exposition, usec now) {
  for (size_t r = 0; r < exposition->relay_count; r++)
    for (size_t i = 0; i < exposition->relays[r].count; i++)
      settle(exposition, &exposition->relays[r].list[i], now);
}
