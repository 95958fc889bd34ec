#include "answers.h"

#include "answer.h"
#include "fuzz.h"
#include "probe.h"

#include <math.h>
#include <string.h>

#include <yajl/yajl_tree.h>

/* Usual places of a balance, and some that a user may set and should not. */
static struct probe_settings probes[] = {
    {.kind = &models_probe},
    {.kind = &chat_probe, .model = "gpt-4o-mini", .prompt = "ping"},
    {.kind = &billing_probe, .remaining_key = "remaining", .scale = 1},
    {.kind = &billing_probe, .remaining_key = "data/balance", .scale = 1e12},
    {.kind = &billing_probe,
     .remaining_key = "balance_infos/0/total_balance",
     .scale = 0.01},
    {.kind = &billing_probe, .remaining_key = "*/*", .scale = 1e-12},
    {.kind = &billing_probe, .remaining_key = "a//0/", .scale = 1},
};

/* How a body is cut: the length of the next piece. */
typedef size_t cut(struct fuzz_random *random, size_t left);

static size_t cut_never(struct fuzz_random *random, size_t left) {
  (void)random;
  return left;
}

static size_t cut_everywhere(struct fuzz_random *random, size_t left) {
  (void)random;
  (void)left;
  return 1;
}

/* Mostly short pieces, sometimes none, sometimes all the rest. */
static size_t cut_anywhere(struct fuzz_random *random, size_t left) {
  size_t limit = (size_t)1 << fuzz_random_below(random, 14);
  size_t length = fuzz_random_below(random, limit + 1);
  return length < left ? length : left;
}

/* The piece lies at the end of its memory: a read beyond it is seen. */
static bool feed(struct answer *answer, const uint8_t *data, size_t size) {
  static char room[ANSWERS_BODY_MAX];
  char *piece = room + sizeof room - size;
  memcpy(piece, data, size);
  return answer_feed(answer, piece, size);
}

static void read_body(const struct probe_settings *probe, const uint8_t *body,
                      size_t size, int http_status, cut *next,
                      struct outcome *outcome) {
  struct exchange exchange;
  struct fuzz_random random;
  static struct answer answer; /* large */
  exchange_init(&exchange);
  exchange.http_status = http_status;
  exchange.attempted = true;
  fuzz_random_begin(&random, body, size);
  answer_open(&answer, probe, &fuzz_secrets);
  for (size_t at = 0, length; at < size; at += length)
    if (!feed(&answer, body + at, length = next(&random, size - at)))
      break;
  answer_close(&answer, &exchange, outcome);
}

static bool is_json(const uint8_t *body, size_t size) {
  char *text = malloc(size + 1);
  FUZZ_CHECK(text != NULL);
  memcpy(text, body, size);
  text[size] = '\0';
  yajl_val tree = yajl_tree_parse(text, NULL, 0);
  yajl_tree_free(tree);
  free(text);
  return tree != NULL;
}

static void check_success(const struct probe_settings *probe,
                          const struct outcome *outcome, const uint8_t *body,
                          size_t size) {
  FUZZ_CHECK(outcome->exchange.http_status / 100 == 2);
  FUZZ_CHECK(outcome->error_code[0] == '\0');
  FUZZ_CHECK(outcome->error_message[0] == '\0');
  FUZZ_CHECK(outcome->has_balance == (probe->kind == &billing_probe));
  FUZZ_CHECK(is_json(body, size));
}

static void check_outcome(const struct probe_settings *probe,
                          const struct outcome *outcome, const uint8_t *body,
                          size_t size) {
  FUZZ_CHECK(outcome->cause < CAUSE_COUNT);
  FUZZ_CHECK(outcome->cause != CAUSE_PENDING);
  FUZZ_CHECK(outcome->fault == causes[outcome->cause].fault);
  FUZZ_CHECK(outcome->exchange.broken == CAUSE_OK);
  fuzz_check_text(outcome->error_code);
  fuzz_check_text(outcome->error_message);
  if (outcome->cause == CAUSE_OK)
    check_success(probe, outcome, body, size);
  else
    FUZZ_CHECK(!outcome->has_balance && !outcome->has_usage);
  FUZZ_CHECK(isfinite(outcome->balance));
  FUZZ_CHECK(!outcome->has_usage || probe->kind->completion);
  FUZZ_CHECK(outcome->prompt_tokens <= 1000000000);
  FUZZ_CHECK(outcome->completion_tokens <= 1000000000);
}

static void check_same(const struct outcome *a, const struct outcome *b) {
  FUZZ_CHECK(a->cause == b->cause);
  FUZZ_CHECK(strcmp(a->error_code, b->error_code) == 0);
  FUZZ_CHECK(strcmp(a->error_message, b->error_message) == 0);
  FUZZ_CHECK(a->has_usage == b->has_usage);
  FUZZ_CHECK(a->prompt_tokens == b->prompt_tokens);
  FUZZ_CHECK(a->completion_tokens == b->completion_tokens);
  FUZZ_CHECK(a->has_balance == b->has_balance);
  FUZZ_CHECK(memcmp(&a->balance, &b->balance, sizeof a->balance) == 0);
}

void answers_check(const uint8_t *body, size_t size, int http_status) {
  if (size > ANSWERS_BODY_MAX)
    return;
  static cut *const cuts[] = {cut_everywhere, cut_anywhere};
  for (size_t i = 0; i < sizeof probes / sizeof *probes; i++) {
    struct outcome whole;
    read_body(&probes[i], body, size, http_status, cut_never, &whole);
    check_outcome(&probes[i], &whole, body, size);
    for (size_t c = 0; c < sizeof cuts / sizeof *cuts; c++) {
      struct outcome pieces;
      read_body(&probes[i], body, size, http_status, cuts[c], &pieces);
      check_same(&whole, &pieces);
    }
  }
}
