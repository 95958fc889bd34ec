/* Traces of a vendor in a completion: an id, a field or a header that its own
 * API sends, and that neither the API of the request has by itself nor gateways
 * put into the answers of any model. They tell which software was on the way,
 * not which model answered. */
#ifndef HOLYSHEEP_VENDOR_TRACE_H
#define HOLYSHEEP_VENDOR_TRACE_H

#include "base/json_value.h"
#include "probe/completion.h"

#include <stddef.h>

struct json_reader;

enum vendor {
  VENDOR_ANTHROPIC,
  VENDOR_AWS,
  VENDOR_AZURE,
  VENDOR_DEEPSEEK,
  VENDOR_GOOGLE,
  VENDOR_GROQ,
  VENDOR_MOONSHOT,
  VENDOR_OPENAI,
  VENDOR_OPENROUTER,
  VENDOR_SILICONFLOW,
  VENDOR_XAI,
  VENDORS
};

#define VENDOR_BIT(vendor) (1u << (vendor))

/* The value of the label `vendor`. */
const char *vendor_name(enum vendor vendor);

/* The selectors of traces have identifiers from VENDOR_TRACE_SELECTORS on; each
 * path takes one of JSON_SELECTORS_MAX. */
enum { VENDOR_TRACE_SELECTORS = 1024, VENDOR_TRACE_PATHS = 11 };

/* Adds the selectors of traces to `reader`. */
void vendor_trace_select(struct json_reader *reader);

/* The vendor whose trace is in a value that one of these selectors matched, or
 * in a header line, as a bit; 0: none. `form` is that of the API of the
 * request. */
unsigned vendor_trace_of_field(int id, const struct json_value *value,
                               enum completion_form form);
unsigned vendor_trace_of_header(const char *line, size_t length,
                                enum completion_form form);

#endif
