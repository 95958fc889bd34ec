#include "probe/classify.h"

#include "probe/vocabulary.h"
#include "probe/words.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* --- what a topic with a condition means --------------------------------- */

#define F(name) FINDING_##name

/* Anything that is wrong behind the relay is an upstream error. `missing`: the
 * finding if there is no upstream to use. */
#define UPSTREAM_FINDINGS(missing)                                             \
  {                                                                            \
    [CONDITION_USED_UP] = F(UPSTREAM), [CONDITION_TOO_LOW] = F(UPSTREAM),      \
    [CONDITION_OVERDUE] = F(UPSTREAM), [CONDITION_EXPIRED] = F(UPSTREAM),      \
    [CONDITION_INVALID] = F(UPSTREAM), [CONDITION_MISSING] = F(missing),       \
    [CONDITION_UNSUPPORTED] = F(UPSTREAM), [CONDITION_DENIED] = F(UPSTREAM),   \
    [CONDITION_DISABLED] = F(UPSTREAM), [CONDITION_TOO_MANY] = F(UPSTREAM),    \
    [CONDITION_BUSY] = F(UPSTREAM), [CONDITION_TIMED_OUT] = F(UPSTREAM),       \
    [CONDITION_FAILED] = F(UPSTREAM)                                           \
  }

static const enum finding finding_table[TOPIC_COUNT][CONDITION_COUNT] = {
    [TOPIC_MONEY] = {[CONDITION_USED_UP] = F(QUOTA),
                     [CONDITION_TOO_LOW] = F(QUOTA),
                     [CONDITION_OVERDUE] = F(QUOTA),
                     [CONDITION_EXPIRED] = F(QUOTA),
                     [CONDITION_MISSING] = F(QUOTA),
                     [CONDITION_DISABLED] = F(QUOTA),
                     [CONDITION_REQUIRED] = F(QUOTA)},
    [TOPIC_PLAN] = {[CONDITION_USED_UP] = F(QUOTA),
                    [CONDITION_TOO_LOW] = F(QUOTA),
                    [CONDITION_OVERDUE] = F(QUOTA),
                    [CONDITION_EXPIRED] = F(QUOTA),
                    [CONDITION_MISSING] = F(QUOTA),
                    [CONDITION_DISABLED] = F(QUOTA),
                    [CONDITION_REQUIRED] = F(QUOTA),
                    [CONDITION_INVALID] = F(QUOTA),
                    [CONDITION_DENIED] = F(DENIED),
                    [CONDITION_UNSUPPORTED] = F(DENIED)},
    [TOPIC_KEY] = {[CONDITION_USED_UP] = F(KEY_LIMIT),
                   [CONDITION_TOO_LOW] = F(KEY_LIMIT),
                   [CONDITION_OVERDUE] = F(QUOTA),
                   [CONDITION_EXPIRED] = F(KEY_EXPIRED),
                   [CONDITION_TIMED_OUT] = F(KEY_EXPIRED),
                   [CONDITION_INVALID] = F(KEY_INVALID),
                   [CONDITION_MISSING] = F(KEY_INVALID),
                   [CONDITION_REQUIRED] = F(KEY_INVALID),
                   [CONDITION_DISABLED] = F(KEY_INVALID),
                   [CONDITION_DENIED] = F(DENIED),
                   [CONDITION_FAILED] = F(AUTH)},
    [TOPIC_AUTH] = {[CONDITION_EXPIRED] = F(KEY_EXPIRED),
                    [CONDITION_INVALID] = F(AUTH),
                    [CONDITION_MISSING] = F(AUTH),
                    [CONDITION_REQUIRED] = F(AUTH),
                    [CONDITION_DENIED] = F(AUTH),
                    [CONDITION_FAILED] = F(AUTH)},
    [TOPIC_MODEL] = {[CONDITION_MISSING] = F(MODEL),
                     [CONDITION_UNSUPPORTED] = F(MODEL),
                     [CONDITION_INVALID] = F(MODEL),
                     [CONDITION_EXPIRED] = F(MODEL),
                     [CONDITION_DISABLED] = F(MODEL),
                     [CONDITION_DENIED] = F(DENIED),
                     [CONDITION_BUSY] = F(BUSY)},
    [TOPIC_RATE] = {[CONDITION_USED_UP] = F(RATE),
                    [CONDITION_TOO_LOW] = F(RATE),
                    [CONDITION_TOO_MANY] = F(RATE),
                    [CONDITION_FAILED] = F(RATE)},
    [TOPIC_PERMISSION] = {[CONDITION_TOO_LOW] = F(DENIED),
                          [CONDITION_MISSING] = F(DENIED),
                          [CONDITION_REQUIRED] = F(DENIED),
                          [CONDITION_DENIED] = F(DENIED),
                          [CONDITION_DISABLED] = F(DENIED),
                          [CONDITION_FAILED] = F(REFUSED)},
    [TOPIC_REGION] = {[CONDITION_UNSUPPORTED] = F(REGION),
                      [CONDITION_DENIED] = F(REGION),
                      [CONDITION_DISABLED] = F(REGION)},
    [TOPIC_ACCOUNT] = {[CONDITION_OVERDUE] = F(QUOTA),
                       [CONDITION_EXPIRED] = F(QUOTA),
                       [CONDITION_DENIED] = F(DENIED),
                       [CONDITION_DISABLED] = F(DENIED)},
    [TOPIC_PARAMETER] = {[CONDITION_INVALID] = F(PARAMETER),
                         [CONDITION_MISSING] = F(PARAMETER),
                         [CONDITION_UNSUPPORTED] = F(PARAMETER),
                         [CONDITION_REQUIRED] = F(PARAMETER),
                         [CONDITION_DENIED] = F(PARAMETER),
                         [CONDITION_USED_UP] = F(PARAMETER),
                         [CONDITION_TOO_LOW] = F(PARAMETER),
                         [CONDITION_TOO_MANY] = F(PARAMETER),
                         [CONDITION_FAILED] = F(PARAMETER),
                         [CONDITION_INVALID_REQUEST] = F(ARGUMENT)},
    [TOPIC_PATH] = {[CONDITION_MISSING] = F(PATH),
                    [CONDITION_UNSUPPORTED] = F(PATH),
                    [CONDITION_INVALID] = F(PATH),
                    [CONDITION_DENIED] = F(PATH)},
    [TOPIC_UPSTREAM] = UPSTREAM_FINDINGS(UPSTREAM),
    [TOPIC_CHANNEL] = UPSTREAM_FINDINGS(MODEL),
    [TOPIC_CAPACITY] = {[CONDITION_TOO_LOW] = F(BUSY),
                        [CONDITION_USED_UP] = F(BUSY),
                        [CONDITION_BUSY] = F(BUSY)},
};

/* What a condition means without a topic. */
static const enum finding default_findings[CONDITION_COUNT] = {
    [CONDITION_EXPIRED] = F(EXPIRED), [CONDITION_OVERDUE] = F(QUOTA),
    [CONDITION_BUSY] = F(BUSY),       [CONDITION_TIMED_OUT] = F(BUSY),
    [CONDITION_DENIED] = F(REFUSED),  [CONDITION_INVALID_REQUEST] = F(REQUEST),
};

#undef UPSTREAM_FINDINGS
#undef F

/* --- topics and conditions in a text ------------------------------------- */

/* A topic, a condition, or both. Positions are counted in ideographs; a word
 * counts as two. */
struct mention {
  enum topic topic;
  enum condition condition;
  unsigned clause, begin, end;
};

enum {
  MENTIONS_MAX = 96,
  DISTANCE_MAX = 16, /* how far a condition may be from its topic */
};

struct analysis {
  struct mention mentions[MENTIONS_MAX];
  size_t count;
  unsigned clause, position; /* how far the text has been read */
  bool has_wait;             /* seconds or minutes are mentioned */
  unsigned wait_clause, wait_position;
  uint64_t yours; /* clauses with "you" or "your": a bit each */
  findings found;
};

/* Skips a word or an ideograph. */
static const char *advance(struct analysis *analysis, const char *words) {
  if (words_is_ideograph(words)) {
    analysis->position++;
    return words + words_character_size(words);
  }
  analysis->position += 2;
  return words + strcspn(words, " ");
}

/* Skips the words of a stem, the last one to its end. */
static const char *skip_stem(struct analysis *analysis, const char *words,
                             size_t length) {
  const char *end = words + length;
  while (words < end)
    if (*words == ' ')
      words++;
    else
      words = advance(analysis, words);
  return words;
}

/* ` 20s `, ` 56 42777108 s `, ` 5 minutes `, ` 30秒 `: seconds or minutes, but
 * not hours. */
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

static void add_mention(struct analysis *analysis,
                        const struct meaning *meaning, unsigned begin) {
  if (meaning->topic == TOPIC_YOU)
    analysis->yours |= UINT64_C(1) << analysis->clause % 64;
  else if (analysis->count < MENTIONS_MAX)
    analysis->mentions[analysis->count++] =
        (struct mention){meaning->topic, meaning->condition, analysis->clause,
                         begin, analysis->position};
}

static const char *parse_word(struct analysis *analysis, const char *words) {
  struct meaning meaning = vocabulary_find(words);
  unsigned begin = analysis->position;
  if (is_short_span(words)) {
    analysis->has_wait = true;
    analysis->wait_clause = analysis->clause;
    analysis->wait_position = begin;
  }
  if (meaning.length == 0)
    return advance(analysis, words);
  words = skip_stem(analysis, words, meaning.length);
  if (meaning.topic != TOPIC_NONE || meaning.condition != CONDITION_NONE)
    add_mention(analysis, &meaning, begin);
  return words;
}

static void parse_words(struct analysis *analysis, const char *words) {
  *analysis = (struct analysis){.count = 0};
  while (*words != '\0')
    if (*words == ' ')
      words++;
    else if (*words == '|') {
      analysis->clause++;
      words++;
    } else
      words = parse_word(analysis, words);
}

/* --- the topic of a condition --------------------------------------------- */

static unsigned distance(const struct mention *a, const struct mention *b) {
  return a->begin >= b->end ? a->begin - b->end : b->begin - a->end;
}

static bool can_relate(const struct mention *condition,
                       const struct mention *topic) {
  return condition->clause == topic->clause &&
         condition->condition != CONDITION_NONE && topic->topic != TOPIC_NONE &&
         topic->condition != CONDITION_INVALID_REQUEST &&
         finding_table[topic->topic][condition->condition] != FINDING_NONE &&
         distance(condition, topic) <= DISTANCE_MAX;
}

static bool is_upstream(enum topic topic) {
  return topic == TOPIC_UPSTREAM || topic == TOPIC_CHANNEL;
}

/* Whether `topic` is the one that is meant, although `nearer` is closer to the
 * condition: a model is not available in a region; a parameter is not supported
 * with a model; a subscription has expired, not its key. The upstream's money
 * is not the account's, unless the text says "your". */
static bool takes_precedence(enum topic topic, enum topic nearer,
                             enum condition condition, bool yours) {
  switch (topic) {
  case TOPIC_UPSTREAM:
  case TOPIC_CHANNEL:
    return !yours && !is_upstream(nearer) && nearer != TOPIC_MODEL;
  case TOPIC_REGION:
    return !is_upstream(nearer);
  case TOPIC_PARAMETER:
    return nearer == TOPIC_MODEL;
  case TOPIC_PLAN:
    return nearer == TOPIC_KEY && condition == CONDITION_EXPIRED;
  case TOPIC_MONEY:
    return nearer == TOPIC_ACCOUNT ||
           (nearer == TOPIC_KEY && (condition == CONDITION_USED_UP ||
                                    condition == CONDITION_TOO_LOW)) ||
           (yours && is_upstream(nearer));
  case TOPIC_MODEL:
    return nearer == TOPIC_PATH || (yours && is_upstream(nearer));
  default:
    return false;
  }
}

static bool is_better_topic(const struct mention *condition,
                            const struct mention *topic,
                            const struct mention *best, bool yours) {
  if (best == NULL ||
      takes_precedence(topic->topic, best->topic, condition->condition, yours))
    return true;
  return !takes_precedence(best->topic, topic->topic, condition->condition,
                           yours) &&
         distance(condition, topic) < distance(condition, best);
}

static enum finding resolve(const struct analysis *analysis,
                            const struct mention *condition) {
  const struct mention *best = NULL;
  bool yours = (analysis->yours >> condition->clause % 64 & 1) != 0;
  if (condition->topic != TOPIC_NONE)
    return finding_table[condition->topic][condition->condition];
  for (size_t i = 0; i < analysis->count; i++) {
    const struct mention *topic = &analysis->mentions[i];
    if (can_relate(condition, topic) &&
        is_better_topic(condition, topic, best, yours))
      best = topic;
  }
  return best != NULL ? finding_table[best->topic][condition->condition]
                      : default_findings[condition->condition];
}

/* --- findings ------------------------------------------------------------ */

static void add_finding(struct analysis *analysis, enum finding finding) {
  analysis->found |= FINDING_BIT(finding);
}

static void add_wait(struct analysis *analysis,
                     const struct mention *condition) {
  unsigned position = analysis->wait_position;
  unsigned apart = position >= condition->end    ? position - condition->end
                   : position < condition->begin ? condition->begin - position
                                                 : 0;
  if (analysis->has_wait && analysis->wait_clause == condition->clause &&
      apart <= DISTANCE_MAX / 2)
    add_finding(analysis, FINDING_WAIT);
}

static void add_topic_findings(struct analysis *analysis, enum topic topic,
                               enum condition condition) {
  if (topic == TOPIC_RATE)
    add_finding(analysis, FINDING_RATE);
  if (topic == TOPIC_RATE && condition == CONDITION_TOO_MANY)
    add_finding(analysis, FINDING_WINDOW);
  if (topic == TOPIC_PARAMETER)
    add_finding(analysis, FINDING_ABOUT_PARAMETER);
  if (topic == TOPIC_PATH)
    add_finding(analysis, FINDING_ABOUT_PATH);
}

findings classify_text(const char *text, size_t length, const char *model) {
  char words[WORDS_MAX];
  struct analysis analysis;
  bool model_named;
  words_normalize(words, text, length, model, &model_named);
  parse_words(&analysis, words);
  if (model_named)
    add_finding(&analysis, FINDING_MODEL_NAMED);
  for (size_t i = 0; i < analysis.count; i++) {
    const struct mention *mention = &analysis.mentions[i];
    add_topic_findings(&analysis, mention->topic, mention->condition);
    if (mention->condition == CONDITION_WAIT)
      add_wait(&analysis, mention);
    else if (mention->condition != CONDITION_NONE)
      add_finding(&analysis, resolve(&analysis, mention));
  }
  return analysis.found & ~FINDING_BIT(FINDING_NONE);
}

static findings replace_finding(findings found, enum finding finding,
                                enum finding by) {
  if ((found & FINDING_BIT(finding)) == 0)
    return found;
  return (found & ~FINDING_BIT(finding)) | FINDING_BIT(by);
}

findings classify_name(const char *name, size_t length) {
  const findings about =
      FINDING_BIT(FINDING_ABOUT_PARAMETER) | FINDING_BIT(FINDING_ABOUT_PATH);
  findings found = classify_text(name, length, NULL) & ~about;
  found = replace_finding(found, FINDING_UPSTREAM, FINDING_UPSTREAM_TYPE);
  found = replace_finding(found, FINDING_DENIED, FINDING_DENIED_TYPE);
  return replace_finding(found, FINDING_PARAMETER, FINDING_ARGUMENT);
}
