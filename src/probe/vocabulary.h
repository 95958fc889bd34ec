/* The words by which relays say what is wrong: what is talked about, and what
 * is said of it. One table, in English and Chinese above all. */
#ifndef HOLYSHEEP_VOCABULARY_H
#define HOLYSHEEP_VOCABULARY_H

#include <stddef.h>

enum topic {
  TOPIC_NONE,
  TOPIC_MONEY,
  TOPIC_PLAN, /* a subscription: money, also where a key is named beside it */
  TOPIC_KEY,
  TOPIC_AUTH, /* less telling than a key: many an error has it as its type */
  TOPIC_MODEL,
  TOPIC_RATE,
  TOPIC_PERMISSION,
  TOPIC_REGION,
  TOPIC_ACCOUNT,
  TOPIC_PARAMETER,
  TOPIC_PATH,
  TOPIC_UPSTREAM, /* what the relay itself calls */
  TOPIC_CHANNEL,  /* one of its ways to a model */
  TOPIC_CAPACITY,
  TOPIC_YOU, /* whose money or key it is */
  TOPIC_COUNT
};

enum state {
  STATE_NONE,
  STATE_USED_UP,
  STATE_TOO_LOW,
  STATE_OVERDUE,
  STATE_EXPIRED,
  STATE_INVALID,
  STATE_MISSING,
  STATE_UNSUPPORTED,
  STATE_DENIED,
  STATE_DISABLED,
  STATE_TOO_MANY,
  STATE_BUSY,
  STATE_TIMED_OUT,
  STATE_REQUIRED,
  STATE_FAILED,
  STATE_REQUEST, /* of `invalid request`, which says next to nothing */
  STATE_WAIT,    /* before a span of time: when it will work again */
  STATE_COUNT
};

/* What a stem means. One with a topic and a state says both; one with neither
 * is a phrase whose words do not mean what they mean alone. */
struct meaning {
  size_t length; /* bytes of the stem; 0: none was found */
  enum topic topic;
  enum state state;
};

/* The longest stem that `words` begin with, which words_normalize() wrote, from
 * the beginning of a word or at an ideograph. A stem is the beginning of a word
 * or of a phrase; one that ends with a space is the whole of its last word. */
struct meaning vocabulary_find(const char *words);

#endif
