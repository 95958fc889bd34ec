#include "chat_stream_fixture.h"

#include <stdio.h>

void delta(double at, const char *members) {
  char data[512];
  snprintf(data, sizeof data,
           "data: {\"model\":\"openai/gpt-4o-mini\",\"choices\":[{\"index\":0,"
           "\"delta\":{%s},\"finish_reason\":null}],\"usage\":null}\n\n",
           members);
  come(at, data);
}

void token(double at) { delta(at, "\"content\":\"po\""); }

enum cause end_of(const char *rest, enum cause transport_error) {
  open_stream();
  token(1);
  come(2, rest);
  return end_as(transport_error);
}
