#include "model/key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Takes `length` bytes as the key, without the line end that editors add. */
static bool take(struct key *key, const char *text, size_t length,
                 struct error *error) {
  size_t all = length;
  while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r'))
    length--;
  if (length == 0)
    return error_set(error, "is empty, an API key is needed");
  if (length >= sizeof key->value || all > KEY_MAX + 1)
    return error_set(error, "is too long for an API key, %d bytes at most",
                     KEY_MAX - 1);
  for (size_t i = 0; i < length; i++) {
    unsigned char c = (unsigned char)text[i];
    if (c <= ' ' || c >= 0x7F || c == '"' || c == '\'')
      return error_set(error, "has a blank, a quote, a line end or another "
                              "character inside that no API key has");
  }
  if (strlen(key->value) != length || memcmp(key->value, text, length) != 0) {
    memcpy(key->value, text, length);
    key->value[length] = '\0';
    key->loaded = (int64_t)time(NULL);
  }
  return true;
}

/* O_NONBLOCK: a FIFO in the file's place must not hold collectd. */
static bool read_file(struct key *key, struct error *error) {
  char text[KEY_MAX + 2];
  size_t length = 0;
  int file = open(key->name, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (file < 0)
    return error_set(error, "cannot be read: %s", strerror(errno));
  bool ok =
      fstat(file, &key->signature) == 0 && S_ISREG(key->signature.st_mode);
  if (!ok)
    error_set(error, "is not a regular file");
  while (ok && length < sizeof text) {
    ssize_t got = read(file, text + length, sizeof text - length);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      ok = error_set(error, "cannot be read: %s", strerror(errno));
    if (got <= 0)
      break;
    length += (size_t)got;
  }
  close(file);
  return ok && take(key, text, length, error);
}

static void forget(struct key *key) {
  memset(key->value, 0, sizeof key->value);
  memset(&key->signature, 0, sizeof key->signature);
}

bool key_read(struct key *key, const char *configured, struct error *error) {
  const char *value = configured;
  if (key->source == KEY_FROM_FILE)
    return read_file(key, error);
  if (key->source == KEY_FROM_ENV && (value = getenv(key->name)) == NULL)
    return error_set(error, "is not set");
  return take(key, value, strlen(value), error);
}

/* What is not the name of a variable that there is may be the key itself, in
 * the wrong line: only what no key looks like is told. */
static const char *told_name(const struct key *key) {
  bool capitals =
      key->name[strspn(key->name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_")] == '\0';
  return capitals ? key->name : "that APIKeyEnv names";
}

bool key_is_unset(const struct key *key) {
  return key->source == KEY_FROM_ENV && getenv(key->name) == NULL;
}

bool key_load(struct key *key, const char *configured, struct error *error) {
  if (key_is_unset(key))
    return error_set(error,
                     "no API key: set APIKeyFile \"/path\", or the variable "
                     "%s in collectd's environment",
                     told_name(key));
  if (key_read(key, configured, error))
    return true;
  switch (key->source) {
  case KEY_FROM_FILE:
    return error_prepend(error, "APIKeyFile \"%s\": ", key->name);
  case KEY_FROM_ENV:
    return error_prepend(error, "APIKeyEnv %s: ", key->name);
  default:
    return error_prepend(error, "APIKey ");
  }
}

static bool same_file(const struct stat *a, const struct stat *b) {
  return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
         a->st_size == b->st_size && a->st_mode == b->st_mode &&
         a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
         a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
         a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
         a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

bool key_refresh(struct key *key, struct error *error) {
  struct stat now;
  if (key->source != KEY_FROM_FILE)
    return true;
  if (key->value[0] != '\0' && stat(key->name, &now) == 0 &&
      same_file(&now, &key->signature) && access(key->name, R_OK) == 0)
    return true;
  if (read_file(key, error))
    return true;
  forget(key);
  return error_prepend(error, "APIKeyFile \"%s\": ", key->name);
}

bool key_is_exposed(const struct key *key) {
  return key->source == KEY_FROM_FILE &&
         (key->signature.st_mode & S_IROTH) != 0;
}

void key_free(struct key *key) {
  free(key->name);
  memset(key, 0, sizeof *key);
}
