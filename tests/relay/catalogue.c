#include "catalogue.h"

#include <string.h>

void catalogue_answer(struct account *account, const struct call *call,
                      struct answer *answer) {
  (void)call;
  struct buffer *body = &answer->body;
  buffer_add_text(body, "{\"object\":\"list\",\"data\":[");
  for (const char *const *model = account->models; *model != NULL; model++) {
    buffer_add_text(body, model == account->models ? "{\"id\":" : ",{\"id\":");
    buffer_add_json(body, *model, strlen(*model));
    buffer_add_text(body, ",\"object\":\"model\",\"created\":1700000000,"
                          "\"owned_by\":\"stand-in\"}");
  }
  buffer_add_text(body, "]}");
}
