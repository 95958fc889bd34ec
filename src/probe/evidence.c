#include "probe/evidence.h"

#include "probe/vocabulary.h"
#include "probe/words.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* --- what a topic and a state make --------------------------------------- */

#define F(name) FINDING_##name

/* Whatever is wrong behind the relay is upstream's. `missing`: what it means
 * that there is none. */
#define BEHIND_RELAY(missing)                                                  \
  {                                                                            \
    [STATE_USED_UP] = F(UPSTREAM), [STATE_TOO_LOW] = F(UPSTREAM),              \
    [STATE_OVERDUE] = F(UPSTREAM), [STATE_EXPIRED] = F(UPSTREAM),              \
    [STATE_INVALID] = F(UPSTREAM), [STATE_MISSING] = F(missing),               \
    [STATE_UNSUPPORTED] = F(UPSTREAM), [STATE_DENIED] = F(UPSTREAM),           \
    [STATE_DISABLED] = F(UPSTREAM), [STATE_TOO_MANY] = F(UPSTREAM),            \
    [STATE_BUSY] = F(UPSTREAM), [STATE_TIMED_OUT] = F(UPSTREAM),               \
    [STATE_FAILED] = F(UPSTREAM)                                               \
  }

static const enum finding bonds[TOPIC_COUNT][STATE_COUNT] = {
    [TOPIC_MONEY] = {[STATE_USED_UP] = F(QUOTA),
                     [STATE_TOO_LOW] = F(QUOTA),
                     [STATE_OVERDUE] = F(QUOTA),
                     [STATE_EXPIRED] = F(QUOTA),
                     [STATE_MISSING] = F(QUOTA),
                     [STATE_DISABLED] = F(QUOTA),
                     [STATE_REQUIRED] = F(QUOTA)},
    [TOPIC_PLAN] = {[STATE_USED_UP] = F(QUOTA),
                    [STATE_TOO_LOW] = F(QUOTA),
                    [STATE_OVERDUE] = F(QUOTA),
                    [STATE_EXPIRED] = F(QUOTA),
                    [STATE_MISSING] = F(QUOTA),
                    [STATE_DISABLED] = F(QUOTA),
                    [STATE_REQUIRED] = F(QUOTA),
                    [STATE_INVALID] = F(QUOTA),
                    [STATE_DENIED] = F(DENIED),
                    [STATE_UNSUPPORTED] = F(DENIED)},
    [TOPIC_KEY] = {[STATE_USED_UP] = F(KEY_LIMIT),
                   [STATE_TOO_LOW] = F(KEY_LIMIT),
                   [STATE_OVERDUE] = F(QUOTA),
                   [STATE_EXPIRED] = F(KEY_EXPIRED),
                   [STATE_TIMED_OUT] = F(KEY_EXPIRED),
                   [STATE_INVALID] = F(KEY_INVALID),
                   [STATE_MISSING] = F(KEY_INVALID),
                   [STATE_REQUIRED] = F(KEY_INVALID),
                   [STATE_DISABLED] = F(KEY_INVALID),
                   [STATE_DENIED] = F(DENIED),
                   [STATE_FAILED] = F(AUTH)},
    [TOPIC_AUTH] = {[STATE_EXPIRED] = F(KEY_EXPIRED),
                    [STATE_INVALID] = F(AUTH),
                    [STATE_MISSING] = F(AUTH),
                    [STATE_REQUIRED] = F(AUTH),
                    [STATE_DENIED] = F(AUTH),
                    [STATE_FAILED] = F(AUTH)},
    [TOPIC_MODEL] = {[STATE_MISSING] = F(MODEL),
                     [STATE_UNSUPPORTED] = F(MODEL),
                     [STATE_INVALID] = F(MODEL),
                     [STATE_EXPIRED] = F(MODEL),
                     [STATE_DISABLED] = F(MODEL),
                     [STATE_DENIED] = F(DENIED),
                     [STATE_BUSY] = F(BUSY)},
    [TOPIC_RATE] = {[STATE_USED_UP] = F(RATE),
                    [STATE_TOO_LOW] = F(RATE),
                    [STATE_TOO_MANY] = F(RATE),
                    [STATE_FAILED] = F(RATE)},
    [TOPIC_PERMISSION] = {[STATE_TOO_LOW] = F(DENIED),
                          [STATE_MISSING] = F(DENIED),
                          [STATE_REQUIRED] = F(DENIED),
                          [STATE_DENIED] = F(DENIED),
                          [STATE_DISABLED] = F(DENIED),
                          [STATE_FAILED] = F(REFUSED)},
    [TOPIC_REGION] = {[STATE_UNSUPPORTED] = F(REGION),
                      [STATE_DENIED] = F(REGION),
                      [STATE_DISABLED] = F(REGION)},
    [TOPIC_ACCOUNT] = {[STATE_OVERDUE] = F(QUOTA),
                       [STATE_EXPIRED] = F(QUOTA),
                       [STATE_DENIED] = F(DENIED),
                       [STATE_DISABLED] = F(DENIED)},
    [TOPIC_PARAMETER] = {[STATE_INVALID] = F(PARAMETER),
                         [STATE_MISSING] = F(PARAMETER),
                         [STATE_UNSUPPORTED] = F(PARAMETER),
                         [STATE_REQUIRED] = F(PARAMETER),
                         [STATE_DENIED] = F(PARAMETER),
                         [STATE_USED_UP] = F(PARAMETER),
                         [STATE_TOO_LOW] = F(PARAMETER),
                         [STATE_TOO_MANY] = F(PARAMETER),
                         [STATE_FAILED] = F(PARAMETER),
                         [STATE_REQUEST] = F(ARGUMENT)},
    [TOPIC_PATH] = {[STATE_MISSING] = F(PATH),
                    [STATE_UNSUPPORTED] = F(PATH),
                    [STATE_INVALID] = F(PATH),
                    [STATE_DENIED] = F(PATH)},
    [TOPIC_UPSTREAM] = BEHIND_RELAY(UPSTREAM),
    [TOPIC_CHANNEL] = BEHIND_RELAY(MODEL),
    [TOPIC_CAPACITY] = {[STATE_TOO_LOW] = F(BUSY),
                        [STATE_USED_UP] = F(BUSY),
                        [STATE_BUSY] = F(BUSY)},
};

/* What is said of nothing in particular. */
static const enum finding alone[STATE_COUNT] = {
    [STATE_EXPIRED] = F(EXPIRED), [STATE_OVERDUE] = F(QUOTA),
    [STATE_BUSY] = F(BUSY),       [STATE_TIMED_OUT] = F(BUSY),
    [STATE_DENIED] = F(REFUSED),  [STATE_REQUEST] = F(REQUEST),
};

#undef BEHIND_RELAY
#undef F

/* --- what a text mentions ------------------------------------------------ */

/* Where something stands, in ideographs; a word counts as two. */
struct mention {
  enum topic topic;
  enum state state;
  unsigned clause, begin, end;
};

enum {
  MENTIONS_MAX = 96,
  REACH = 16, /* how far a state may be from its topic */
};

struct mentions {
  struct mention list[MENTIONS_MAX];
  size_t count;
  unsigned clause, place; /* as far as the text was read */
  bool waits;             /* a span of seconds or minutes is named */
  unsigned wait_clause, wait_place;
  uint64_t yours; /* clauses that speak of "your" something: a bit each */
  findings found;
};

/* To the next word or ideograph, which what is passed counts for. */
static const char *advance(struct mentions *mentions, const char *words) {
  if (words_is_ideograph(words)) {
    mentions->place++;
    return words + words_character(words);
  }
  mentions->place += 2;
  return words + strcspn(words, " ");
}

/* The last word of a stem may go on. */
static const char *pass(struct mentions *mentions, const char *words,
                        size_t length) {
  const char *end = words + length;
  while (words < end)
    if (*words == ' ')
      words++;
    else
      words = advance(mentions, words);
  return words;
}

/* ` 20s `, ` 56 42777108 s `, ` 5 minutes `, ` 30秒 `: seconds or minutes, and
 * so not hours. */
static bool is_short_span(const char *words) {
  static const char *const units[] = {"s ",  "sec", "ms ", "m ",
                                      "min", "秒",  "分",  "millis"};
  if (*words < '0' || *words > '9')
    return false;
  words += strspn(words, "0123456789 .");
  for (size_t i = 0; i < sizeof units / sizeof *units; i++)
    if (strncmp(words, units[i], strlen(units[i])) == 0)
      return true;
  return false;
}

static void add(struct mentions *mentions, const struct meaning *meaning,
                unsigned begin) {
  if (meaning->topic == TOPIC_YOU)
    mentions->yours |= UINT64_C(1) << mentions->clause % 64;
  else if (mentions->count < MENTIONS_MAX)
    mentions->list[mentions->count++] =
        (struct mention){meaning->topic, meaning->state, mentions->clause,
                         begin, mentions->place};
}

static const char *read_word(struct mentions *mentions, const char *words) {
  struct meaning meaning = vocabulary_find(words);
  unsigned begin = mentions->place;
  if (is_short_span(words)) {
    mentions->waits = true;
    mentions->wait_clause = mentions->clause;
    mentions->wait_place = begin;
  }
  if (meaning.length == 0)
    return advance(mentions, words);
  words = pass(mentions, words, meaning.length);
  if (meaning.topic != TOPIC_NONE || meaning.state != STATE_NONE)
    add(mentions, &meaning, begin);
  return words;
}

static void read_words(struct mentions *mentions, const char *words) {
  *mentions = (struct mentions){.count = 0};
  while (*words != '\0')
    if (*words == ' ')
      words++;
    else if (*words == '|') {
      mentions->clause++;
      words++;
    } else
      words = read_word(mentions, words);
}

/* --- which topic a state is said of --------------------------------------- */

static unsigned distance(const struct mention *a, const struct mention *b) {
  return a->begin >= b->end ? a->begin - b->end : b->begin - a->end;
}

static bool in_reach(const struct mention *state, const struct mention *topic) {
  return state->clause == topic->clause && state->state != STATE_NONE &&
         topic->topic != TOPIC_NONE && topic->state != STATE_REQUEST &&
         bonds[topic->topic][state->state] != FINDING_NONE &&
         distance(state, topic) <= REACH;
}

static bool is_foreign(enum topic topic) {
  return topic == TOPIC_UPSTREAM || topic == TOPIC_CHANNEL;
}

/* Whether the topic that is farther away is the one that is meant: a model is
 * not available in a region, a parameter is not supported with a model, a
 * subscription expired and not the key that belongs to it. What is the
 * upstream's is not the account's, unless it is called yours. */
static bool prevails(enum topic topic, enum topic nearer, enum state state,
                     bool yours) {
  switch (topic) {
  case TOPIC_UPSTREAM:
  case TOPIC_CHANNEL:
    return !yours && !is_foreign(nearer) && nearer != TOPIC_MODEL;
  case TOPIC_REGION:
    return !is_foreign(nearer);
  case TOPIC_PARAMETER:
    return nearer == TOPIC_MODEL;
  case TOPIC_PLAN:
    return nearer == TOPIC_KEY && state == STATE_EXPIRED;
  case TOPIC_MONEY:
    return nearer == TOPIC_ACCOUNT ||
           (nearer == TOPIC_KEY &&
            (state == STATE_USED_UP || state == STATE_TOO_LOW)) ||
           (yours && is_foreign(nearer));
  case TOPIC_MODEL:
    return nearer == TOPIC_PATH || (yours && is_foreign(nearer));
  default:
    return false;
  }
}

static bool is_better(const struct mention *state, const struct mention *topic,
                      const struct mention *best, bool yours) {
  if (best == NULL || prevails(topic->topic, best->topic, state->state, yours))
    return true;
  return !prevails(best->topic, topic->topic, state->state, yours) &&
         distance(state, topic) < distance(state, best);
}

static enum finding bond(const struct mentions *mentions,
                         const struct mention *state) {
  const struct mention *best = NULL;
  bool yours = (mentions->yours >> state->clause % 64 & 1) != 0;
  if (state->topic != TOPIC_NONE)
    return bonds[state->topic][state->state];
  for (size_t i = 0; i < mentions->count; i++) {
    const struct mention *topic = &mentions->list[i];
    if (in_reach(state, topic) && is_better(state, topic, best, yours))
      best = topic;
  }
  return best != NULL ? bonds[best->topic][state->state] : alone[state->state];
}

/* --- findings ------------------------------------------------------------ */

static void find(struct mentions *mentions, enum finding finding) {
  mentions->found |= FINDING_BIT(finding);
}

static void find_wait(struct mentions *mentions, const struct mention *state) {
  unsigned place = mentions->wait_place;
  unsigned apart = place >= state->end    ? place - state->end
                   : place < state->begin ? state->begin - place
                                          : 0;
  if (mentions->waits && mentions->wait_clause == state->clause &&
      apart <= REACH / 2)
    find(mentions, FINDING_WAIT);
}

static void find_topic(struct mentions *mentions, enum topic topic,
                       enum state state) {
  if (topic == TOPIC_RATE)
    find(mentions, FINDING_RATE);
  if (topic == TOPIC_RATE && state == STATE_TOO_MANY)
    find(mentions, FINDING_WINDOW);
  if (topic == TOPIC_PARAMETER)
    find(mentions, FINDING_ABOUT_PARAMETER);
  if (topic == TOPIC_PATH)
    find(mentions, FINDING_ABOUT_PATH);
}

findings evidence_of_text(const char *text, size_t length, const char *model) {
  char words[WORDS_MAX];
  struct mentions mentions;
  bool named;
  words_normalize(words, text, length, model, &named);
  read_words(&mentions, words);
  if (named)
    find(&mentions, FINDING_MODEL_NAMED);
  for (size_t i = 0; i < mentions.count; i++) {
    const struct mention *mention = &mentions.list[i];
    find_topic(&mentions, mention->topic, mention->state);
    if (mention->state == STATE_WAIT)
      find_wait(&mentions, mention);
    else if (mention->state != STATE_NONE)
      find(&mentions, bond(&mentions, mention));
  }
  return mentions.found & ~FINDING_BIT(FINDING_NONE);
}

static findings replaced(findings found, enum finding finding,
                         enum finding by) {
  if ((found & FINDING_BIT(finding)) == 0)
    return found;
  return (found & ~FINDING_BIT(finding)) | FINDING_BIT(by);
}

findings evidence_of_name(const char *name, size_t length) {
  const findings about =
      FINDING_BIT(FINDING_ABOUT_PARAMETER) | FINDING_BIT(FINDING_ABOUT_PATH);
  findings found = evidence_of_text(name, length, NULL) & ~about;
  found = replaced(found, FINDING_UPSTREAM, FINDING_UPSTREAM_TYPE);
  return replaced(found, FINDING_PARAMETER, FINDING_ARGUMENT);
}
