/* Which configuration key to change if a relay rejects a request. */
#ifndef HOLYSHEEP_REQUEST_ADVICE_H
#define HOLYSHEEP_REQUEST_ADVICE_H

struct api_error;
struct probe_settings;

/* By what the error names; NULL: nothing that the configuration decides. */
const char *request_advice(const struct probe_settings *probe,
                           const struct api_error *error);

#endif
