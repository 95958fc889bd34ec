/* How a kind of probe makes its requests and reads the answers: one file for
 * each kind. */
#ifndef HOLYSHEEP_PROBER_H
#define HOLYSHEEP_PROBER_H

#include "base/json_value.h"
#include "model/cause.h"
#include "model/probe_result.h"
#include "probe/completion.h"

#include <stdbool.h>
#include <yajl/yajl_gen.h>

struct answer;
struct json_reader;
struct probe_settings;
struct prompt_values;

struct prober {
  /* Of the API's answers, if they are completions. */
  enum completion_form form;

  /* Streams end with an event of the API, see completion_on_end(). Clients fail
   * without it, so neither a finish reason nor [DONE] is a substitute. */
  bool has_last_event;

  /* Of each request, unless the relay's configuration has a header of the same
   * name; NULL: none. The name of a header with the key, besides Authorization;
   * and a whole header, "Name: value". */
  const char *key_header, *version_header;

  /* Adds the members of the body to POST, other than those that
   * request_body_write() adds for every kind. Their length is always the same
   * for a probe. NULL: the request is a GET. */
  void (*add_members)(yajl_gen gen, const struct probe_settings *probe,
                      const struct prompt_values *values);

  /* The member of that body for the reasoning effort, which may be in an
   * object: "reasoning/effort". Only for completions. */
  const char *effort;

  /* Adds the selectors for a document of the answer's body, with identifiers
   * from API_ERROR_SELECTORS on; on_field() gets the values that match. */
  void (*select)(struct answer *answer, struct json_reader *json);
  void (*on_field)(struct answer *answer, int id,
                   const struct json_value *value);

  /* Evaluates a complete 2xx body of JSON without an error; may add values to
   * the result. */
  enum cause (*evaluate)(const struct answer *answer,
                         struct probe_result *result);

  /* Adds the values of a stream that failed to the result. Only for kinds that
   * stream. */
  void (*add_stats)(const struct answer *answer, struct probe_result *result);

  /* The cause of a stream that was cut off; CAUSE_OK if what has arrived should
   * be evaluated as if it were complete. Only for kinds that stream. */
  enum cause (*on_truncated)(const struct answer *answer,
                             enum cause transport_error);
};

#endif
