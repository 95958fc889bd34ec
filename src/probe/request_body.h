/* Writes the JSON body of a request that sends a prompt to a model. */
#ifndef HOLYSHEEP_REQUEST_BODY_H
#define HOLYSHEEP_REQUEST_BODY_H

#include "model/probe_settings.h"
#include "model/prompt.h"

#include <stddef.h>

#include <yajl/yajl_gen.h>

/* Writes the body with these values, terminated, to `text`; if that is NULL,
 * only measures it. Returns its length, which is always the same for a probe.
 * To what the probe's kind adds, it adds `model`, the reasoning effort and
 * Extra. */
size_t request_body_write(const struct probe_settings *probe,
                          const struct prompt_values *values, char *text);

/* For a prober's add_members(): a member, or only the name of one. */
void request_add_name(yajl_gen gen, const char *name);
void request_add_text(yajl_gen gen, const char *name, const char *text);
void request_add_number(yajl_gen gen, const char *name, unsigned number);
void request_add_true(yajl_gen gen, const char *name);
void request_add_false(yajl_gen gen, const char *name);

/* The prompt, as a text and as the only one of `messages`. */
void request_add_prompt(yajl_gen gen, const char *name,
                        const struct probe_settings *probe,
                        const struct prompt_values *values);
void request_add_messages(yajl_gen gen, const struct probe_settings *probe,
                          const struct prompt_values *values);

#endif
