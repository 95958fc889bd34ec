#include "model/key.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

void key_init(struct key *key, const struct key_source *source,
              const struct files *files) {
  *key = (struct key){.source = source, .files = files};
}

static void forget(struct key *key) {
  memset(key->value, 0, sizeof key->value);
  memset(&key->status, 0, sizeof key->status);
}

void key_clear(struct key *key) { forget(key); }

/* --- reading ------------------------------------------------------------- */

/* Validates and stores a key, without the line break that editors append. */
static bool set_value(struct key *key, const char *text, size_t length,
                      double wall, struct error *error) {
  size_t all = length;
  while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r'))
    length--;
  if (length == 0)
    return error_set(error, "is empty: an API key is required");
  if (length >= sizeof key->value || all > KEY_MAX + 1)
    return error_set(error,
                     "is too long for an API key: at most %d bytes are allowed",
                     KEY_MAX - 1);
  for (size_t i = 0; i < length; i++) {
    unsigned char c = (unsigned char)text[i];
    if (c <= ' ' || c >= 0x7F || c == '"' || c == '\'')
      return error_set(error, "contains a space, a quote, a line break or "
                              "another character that no API key has");
  }
  if (!text_equals(text, length, key->value)) {
    memcpy(key->value, text, length);
    key->value[length] = '\0';
    key->loaded = (int64_t)wall;
  }
  return true;
}

static bool read_file(struct key *key, double wall, struct error *error) {
  const struct files *files = key->files;
  char text[KEY_MAX + 2];
  size_t length;
  int why = files->read(files->user, key->source->name, text, sizeof text,
                        &length, &key->status);
  if (why == FILE_NOT_REGULAR)
    return error_set(error, "is not a regular file");
  if (why != 0)
    return error_set(error, "cannot be read: %s", strerror(why));
  return set_value(key, text, length, wall, error);
}

bool key_read(struct key *key, double wall, struct error *error) {
  const struct key_source *source = key->source;
  const char *value = source->text;
  if (source->kind == KEY_FROM_FILE)
    return read_file(key, wall, error);
  if (source->kind == KEY_FROM_ENV && (value = getenv(source->name)) == NULL)
    return error_set(error, "is not set");
  return set_value(key, value, strlen(value), wall, error);
}

bool key_source_is_unset(const struct key_source *source) {
  return source->kind == KEY_FROM_ENV && getenv(source->name) == NULL;
}

/* The name of an unset variable may be the key itself, configured by mistake.
 * It is only shown if it does not look like a key. */
static const char *shown_name(const struct key_source *source) {
  const char *name = source->name;
  bool capitals = name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_")] == '\0';
  return capitals ? name : "that APIKeyEnv names";
}

bool key_load(struct key *key, double wall, struct error *error) {
  const struct key_source *source = key->source;
  if (key_source_is_unset(source))
    return error_set(error,
                     "no API key: set APIKeyFile \"/path\", or the variable "
                     "%s in collectd's environment",
                     shown_name(source));
  if (key_read(key, wall, error))
    return true;
  switch (source->kind) {
  case KEY_FROM_FILE:
    return error_prepend(error, "APIKeyFile \"%s\": ", source->name);
  case KEY_FROM_ENV:
    return error_prepend(error, "APIKeyEnv %s: ", source->name);
  default:
    return error_prepend(error, "APIKey ");
  }
}

/* --- changes ------------------------------------------------------------- */

static bool is_current(const struct key *key) {
  const struct files *files = key->files;
  return key->value[0] != '\0' &&
         (key->source->kind != KEY_FROM_FILE ||
          files->is_unchanged(files->user, key->source->name, &key->status));
}

bool key_refresh(struct key *key, double wall, struct error *error) {
  if (is_current(key) || key_load(key, wall, error))
    return true;
  forget(key);
  return false;
}

bool key_is_world_readable(const struct key *key) {
  return key->source->kind == KEY_FROM_FILE &&
         (key->status.st_mode & S_IROTH) != 0;
}
