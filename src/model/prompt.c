#include "model/prompt.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* --- a random word --------------------------------------------------------
 */

enum { HALF = PROMPT_WORD / 2, HALVES = 256 };

/* Two of these are a word, such as "lamprose". Any model can copy it, and it
 * has two tokens, sometimes three: each half is one, alone or after a space, in
 * OpenAI's tokenizers. */
static const char halves[] =
    "acre ally arch area atom away back band bank base beam bean "
    "bear beat bell belt bike bird blue boat bolt book boot boss "
    "brew bull cake camp card care cart case cash cast cell chat "
    "chef chin chip city clip club coal coat code coin cold cone "
    "cook cool copy cord core corn cost crew crop crow cube curl "
    "dark data date days deal deck deep desk dice dish dock door "
    "down draw drop duck earn east edge face fact fair fall farm "
    "fast fern file film find fire firm fish five flag flat flow "
    "fold folk food foot fork form fort four frog fuel full game "
    "gate gear gift goal gold good grid hall hand heap heat hero "
    "high hill home hood hook hope host hour idea inch iron join "
    "jump kind king lace lake lamp land lane leaf life lift lime "
    "line link lion list loan lock logo long look loop luck lung "
    "main mall maps mark mask mate math meal meet menu mill mind "
    "mine mint mist mode moon most move name near neck nest news "
    "next nice node note oven over pace pack page pair park part "
    "past path peak pear pick pine pink pipe plan play plot pole "
    "pond pool port post pour pure quiz race rack rail rain rank "
    "read real rest rice rich ring road rock roof room root rose "
    "ruby salt sand save seat seed ship shop snow soap star stem "
    "tile town tree trip vine visa wash wave wear week wind wine "
    "wing wolf wood yard";

_Static_assert(sizeof halves == HALVES * (HALF + 1), "it has all of them");

/* The finalizer of splitmix64: each bit of the result depends on all bits. */
static uint64_t mix(uint64_t bits) {
  bits += UINT64_C(0x9e3779b97f4a7c15);
  bits = (bits ^ bits >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  bits = (bits ^ bits >> 27) * UINT64_C(0x94d049bb133111eb);
  return bits ^ bits >> 31;
}

static void set_word(struct prompt_values *values, uint64_t random) {
  for (size_t i = 0; i < 2; i++)
    memcpy(values->word + i * HALF,
           halves + (random >> 8 * i) % HALVES * (HALF + 1), HALF);
  values->word[PROMPT_WORD] = '\0';
}

/* --- the values -----------------------------------------------------------
 */

/* strftime would check the time zone file each time. */
static void set_time(struct prompt_values *values, time_t now) {
  struct tm utc;
  gmtime_r(&now, &utc);
  snprintf(values->time, sizeof values->time, "%04u-%02u-%02uT%02u:%02u:%02uZ",
           (unsigned)(utc.tm_year + 1900) % 10000, (unsigned)utc.tm_mon + 1,
           (unsigned)utc.tm_mday, (unsigned)utc.tm_hour, (unsigned)utc.tm_min,
           (unsigned)utc.tm_sec);
}

void prompt_values_init(struct prompt_values *values, double wall,
                        uint64_t seed) {
  set_time(values, (time_t)wall);
  set_word(values, mix(mix((uint64_t)(int64_t)(wall * 1e6)) ^ seed));
}

/* --- the text -------------------------------------------------------------
 */

/* What the placeholder at the start of the text becomes; NULL: there is none.
 */
static const char *replacement(const char *text,
                               const struct prompt_values *values,
                               size_t *length) {
  if (text[0] != '%')
    return NULL;
  switch (text[1]) {
  case 't':
    *length = PROMPT_TIME;
    return values->time;
  case 'r':
    *length = PROMPT_WORD;
    return values->word;
  case '%':
    *length = 1;
    return "%";
  default:
    return NULL;
  }
}

size_t prompt_expand(const char *text, const struct prompt_values *values,
                     char *expanded) {
  size_t used = 0, length;
  while (*text != '\0') {
    const char *piece = replacement(text, values, &length);
    const char *from = piece != NULL ? piece : text;
    if (piece == NULL)
      length = 1;
    if (expanded != NULL)
      memcpy(expanded + used, from, length);
    used += length;
    text += piece != NULL ? 2 : 1;
  }
  if (expanded != NULL)
    expanded[used] = '\0';
  return used;
}

bool prompt_has_word(const char *text) {
  for (; (text = strchr(text, '%')) != NULL && text[1] != '\0'; text += 2)
    if (text[1] == 'r')
      return true;
  return false;
}
