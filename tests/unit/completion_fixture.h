/* A probe for a completion, and its answers, plain or as a stream. */
#ifndef HOLYSHEEP_UNIT_COMPLETION_FIXTURE_H
#define HOLYSHEEP_UNIT_COMPLETION_FIXTURE_H

#include "probe/answer.h"

extern struct probe_settings probe;
extern struct answer answer;
extern struct probe_result result; /* of the last answer */

/* The kind of the probe and its model, for all tests: called by main(). */
void completion_of(unsigned kind, const char *model);

/* Sets up the probe; tests may change its members. */
void setup(bool stream);

/* Its request must have this body. */
void check_request(bool stream, const char *wanted);

/* Evaluates a plain answer. */
struct probe_result answered(int status, const char *body);

/* Opens a stream, feeds it at so many seconds after the request, and ends it:
 * CAUSE_OK, or with that error. */
void open_stream(void);
void come(double at, const char *data);
enum cause end_as(enum cause transport_error);

/* Evaluates a whole stream, in one piece or in bytes. */
enum cause cause_of(const char *body);
enum cause cause_of_bytes(const char *body);

/* Ends a stream with text at 0.75, 1, 1.5 and 1.75 s, which must be good and say
 * that it took so many tokens, and 5 for the completion. */
void check_stream_stats(uint64_t prompt_tokens, uint64_t cached_tokens);

/* The last answer is malformed, with these words in its advice; NULL: without
 * advice. */
void check_malformed(const char *advice);

#endif
