/* What callers rely on in the rows of the table. */
#include "probe/probe_kind.h"

#include "model/settings.h"
#include "probe/prober.h"
#include "unit.h"

#include <string.h>
#include <strings.h>

START_TEST(test_public_names_are_unchanged) {
  static const struct {
    unsigned kind;
    const char *block, *endpoint;
    bool by_default, tokens, applications;
  } documented[] = {
      {KIND_MODELS, "Models", "models", true, false, false},
      {KIND_BILLING, "Billing", "billing", true, false, false},
      {KIND_CHAT, "Chat", "chat/completions", true, true, true},
      {KIND_MESSAGES, "Messages", "messages", false, true, true},
      {KIND_RESPONSES, "Responses", "responses", false, true, true},
      {KIND_EMBEDDINGS, "Embeddings", "embeddings", false, true, true}};
  ck_assert_uint_eq(COUNT_OF(documented), probe_kind_count);
  for (size_t i = 0; i < COUNT_OF(documented); i++) {
    const struct probe_kind *kind = &probe_kinds[documented[i].kind];
    ck_assert_str_eq(kind->block, documented[i].block);
    ck_assert_str_eq(kind->endpoint, documented[i].endpoint);
    ck_assert(kind->by_default == documented[i].by_default);
    ck_assert(probe_kind_has(kind, PROBE_USES_TOKENS) == documented[i].tokens);
    ck_assert(kind->applications == documented[i].applications);
  }
}
END_TEST

START_TEST(test_kinds_are_distinct) {
  for (size_t i = 0; i < probe_kind_count; i++)
    for (size_t j = 0; j < i; j++) {
      ck_assert_int_ne(strcasecmp(probe_kinds[i].block, probe_kinds[j].block),
                       0);
      ck_assert_str_ne(probe_kinds[i].endpoint, probe_kinds[j].endpoint);
    }
}
END_TEST

/* An endpoint and a model fit into the labels of a series. */
START_TEST(test_each_kind_is_complete) {
  for (size_t i = 0; i < probe_kind_count; i++) {
    const struct probe_kind *kind = &probe_kinds[i];
    ck_assert_uint_le(strlen(kind->endpoint), 40);
    ck_assert_int_eq(kind->path[0], '/');
    ck_assert_int_ge(kind->timeout, 100 * USEC_PER_MSEC);
    ck_assert_int_lt(kind->rank, RANKS);
    ck_assert_uint_eq(kind->traits & ~(unsigned)PROBE_TRAITS, 0);
    ck_assert_int_eq(kind->help[strlen(kind->help) - 1], '.');
    ck_assert(kind->prober->select != NULL && kind->prober->on_field != NULL);
    ck_assert(kind->prober->evaluate != NULL);
    ck_assert(probe_kind_has(kind, PROBE_COMPLETES) ==
              (kind->prober->effort != NULL));
  }
}
END_TEST

/* What a trait requires of the rest of the row. */
START_TEST(test_traits_are_consistent) {
  for (size_t i = 0; i < probe_kind_count; i++) {
    const struct probe_kind *kind = &probe_kinds[i];
    bool tokens = probe_kind_has(kind, PROBE_USES_TOKENS);
    ck_assert((kind->model != NULL) == tokens);
    ck_assert((kind->prober->add_members != NULL) == tokens);
    ck_assert((kind->rank == RANK_TOKENS) == tokens);
    ck_assert(tokens || !probe_kind_has(kind, PROBE_COMPLETES));
    if (probe_kind_has(kind, PROBE_STREAMS)) {
      ck_assert(probe_kind_has(kind, PROBE_COMPLETES));
      ck_assert(kind->prober->add_stats != NULL);
      ck_assert(kind->prober->on_truncated != NULL);
    }
  }
}
END_TEST

int main(void) {
  return UNIT_RUN("probe_kind", test_public_names_are_unchanged,
                  test_kinds_are_distinct, test_each_kind_is_complete,
                  test_traits_are_consistent);
}
