/* The words in which relays report errors: topics, and the conditions they are
 * said to be in. One table, mostly of English and Chinese. */
#ifndef HOLYSHEEP_VOCABULARY_H
#define HOLYSHEEP_VOCABULARY_H

#include <stddef.h>

enum topic {
  TOPIC_NONE,
  TOPIC_MONEY,
  TOPIC_PLAN, /* a subscription: money, even if a key is mentioned with it */
  TOPIC_KEY,
  TOPIC_AUTH, /* less specific than a key: the type of many errors */
  TOPIC_MODEL,
  TOPIC_RATE,
  TOPIC_PERMISSION,
  TOPIC_REGION,
  TOPIC_ACCOUNT,
  TOPIC_PARAMETER,
  TOPIC_PATH,
  TOPIC_UPSTREAM, /* what the relay itself calls */
  TOPIC_CHANNEL,  /* one of the relay's routes to a model */
  TOPIC_CAPACITY,
  TOPIC_YOU, /* "your": whose money or key it is */
  TOPIC_COUNT
};

enum condition {
  CONDITION_NONE,
  CONDITION_USED_UP,
  CONDITION_TOO_LOW,
  CONDITION_OVERDUE,
  CONDITION_EXPIRED,
  CONDITION_INVALID,
  CONDITION_MISSING,
  CONDITION_UNSUPPORTED,
  CONDITION_DENIED,
  CONDITION_DISABLED,
  CONDITION_TOO_MANY,
  CONDITION_BUSY,
  CONDITION_TIMED_OUT,
  CONDITION_REQUIRED,
  CONDITION_FAILED,
  CONDITION_INVALID_REQUEST, /* `invalid request`, which says almost nothing */
  CONDITION_WAIT,            /* followed by when it will work again */
  CONDITION_COUNT
};

/* What a stem means. With both a topic and a condition, it is a complete
 * statement; with neither, a phrase whose words must not be read one by one. */
struct meaning {
  size_t length; /* bytes of the stem; 0: no stem matches */
  enum topic topic;
  enum condition condition;
};

/* The longest stem that `words` starts with. `words` is the output of
 * words_normalize(), from the start of a word or from an ideograph. A stem is
 * the beginning of a word or phrase; if it ends with a space, it matches whole
 * words only. */
struct meaning vocabulary_find(const char *words);

#endif
