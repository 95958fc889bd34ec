#include "model/settings.h"

#include <stdlib.h>
#include <string.h>

const char *header_value(const char *header) {
  const char *value = strchr(header, ':') + 1;
  return value + strspn(value, " \t");
}

const struct probe_settings *
relay_settings_plain(const struct relay_settings *relay,
                     const struct probe_settings *stream) {
  if (!stream->stream)
    return NULL;
  for (size_t i = 0; i < relay->probe_count; i++) {
    const struct probe_settings *probe = &relay->probes[i];
    if (!probe->stream && probe_settings_have_same_prompt(probe, stream))
      return probe;
  }
  return NULL;
}

void relay_settings_free(struct relay_settings *relay) {
  for (size_t i = 0; i < relay->probe_count; i++)
    probe_settings_free(&relay->probes[i]);
  for (size_t i = 0; i < relay->header_count; i++)
    free(relay->headers[i]);
  free(relay->probes);
  free(relay->headers);
  free(relay->name);
  free(relay->base_url);
  free(relay->key_file);
  free(relay->key_env);
  free(relay->key_text);
  free(relay->ca_cert);
  free(relay->proxy);
}

void settings_free(struct settings *settings) {
  for (size_t i = 0; i < settings->relay_count; i++)
    relay_settings_free(&settings->relays[i]);
  free(settings->relays);
  free(settings->state_file);
  *settings = (struct settings){0};
}
