/* Streams of /chat/completions. */
#ifndef HOLYSHEEP_UNIT_CHAT_STREAM_FIXTURE_H
#define HOLYSHEEP_UNIT_CHAT_STREAM_FIXTURE_H

#include "completion_fixture.h"

#define FINISHED "data: {\"choices\":[{\"finish_reason\":\"stop\"}]}\n\n"
#define USAGE                                                                  \
  "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":8,"                      \
  "\"completion_tokens\":5}}\n\n"
#define DONE "data: [DONE]\n\n"

/* A chunk with this delta, and one with a piece of text. */
void delta(double at, const char *members);
void token(double at);

/* Evaluates a stream with a piece of text at 1 s and the rest at 2 s. */
enum cause end_of(const char *rest, enum cause transport_error);

#endif
