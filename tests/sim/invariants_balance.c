/* What another place says of the balance, or any place of another key's, is
 * another sum: the difference does not count as spent. */
#include "invariants.h"

#include <string.h>

void invariants_balance_ended(struct invariants *watch,
                              struct watched_relay *relay,
                              const struct watched_probe *probe,
                              const struct relay_state *state,
                              const struct probe_result *result) {
  if (!result->has_balance)
    return;
  size_t place = probe->search.place;
  bool moved = relay->balance_place != place;
  bool other_key = strcmp(relay->balance_key, probe->key) != 0;
  if ((moved || other_key) && state->spent != relay->spent)
    invariants_fail(watch, probe, "spent",
                    "%.9g US dollars count as spent of another %s's balance",
                    state->spent - relay->spent, moved ? "place" : "key");
  memcpy(relay->balance_key, probe->key, sizeof relay->balance_key);
  relay->balance_place = place;
  relay->spent = state->spent;
}
