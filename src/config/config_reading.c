#include "config/config_reading.h"

#include "base/strbuf.h"
#include "config/config_items.h"
#include "config/config_value.h"

#include <stdarg.h>
#include <stdio.h>

static bool is_block(const char *name, unsigned scopes) {
  const struct config_item *key = config_item_find(name, scopes);
  return config_probe_find(name, scopes) != NULL ||
         (key != NULL && key->type == CONFIG_BLOCK);
}

static bool takes(size_t block, const char *name) {
  unsigned scopes = config_block_at(block).scopes;
  return config_item_find(name, scopes) != NULL ||
         config_probe_find(name, scopes) != NULL;
}

/* The blocks that take a key, from `first` on: `<Chat>`, `<Chat> or <X>`. */
static void list_blocks(struct strbuf *list, const char *name, size_t first) {
  size_t left = 0;
  for (size_t i = first; i < config_block_count(); i++)
    left += takes(i, name);
  for (size_t i = first; i < config_block_count(); i++)
    if (takes(i, name))
      strbuf_addf(list, "<%s>%s", config_block_at(i).name,
                  --left > 1  ? ", "
                  : left == 1 ? " or "
                              : "");
}

/* What a relay has, its probes may have too: it is named with the relay. */
static void list_places(struct strbuf *list, const char *name) {
  for (size_t i = 0; i < CONFIG_OUTER_BLOCKS; i++)
    if (takes(i, name)) {
      strbuf_addf(list, "<%s>", config_block_at(i).name);
      return;
    }
  list_blocks(list, name, CONFIG_OUTER_BLOCKS);
}

static bool unknown_key(const char *name, unsigned scopes,
                        struct error *error) {
  char blocks[128];
  struct strbuf list = strbuf_wrap(blocks, sizeof blocks);
  list_places(&list, name);
  if (list.length > 0)
    return error_set(error, "%s: is only allowed in %s", name, blocks);
  const char *nearest = config_name_nearest(name, scopes);
  if (nearest != NULL)
    return error_set(error, "%s: unknown key, did you mean %s?", name, nearest);
  return error_set(error, "%s: unknown key, see collectd-holysheep(5)", name);
}

static bool may_repeat(const struct config_item *key) {
  return key->type == CONFIG_HEADERS || key->type == CONFIG_REQUIRED;
}

static bool read_value(const struct config_node *item, unsigned scopes,
                       const struct url_rules *urls, uint64_t *given,
                       void *object, struct error *error) {
  const struct config_item *key = config_item_find(item->key, scopes);
  if (key == NULL)
    return unknown_key(item->key, scopes, error);
  uint64_t bit = UINT64_C(1) << (key - config_items);
  if ((*given & bit) != 0 && !may_repeat(key))
    return error_set(error, "%s: is given twice", key->name);
  *given |= bit;
  return config_value_store(key, item, urls, object, error);
}

bool config_reading_items(const struct config_node *block, unsigned scopes,
                          uint64_t *given, void *object,
                          config_block_reader *read_block,
                          struct config_reading *reading, struct error *error) {
  for (const struct config_node *item = block->children; item != NULL;
       item = item->next) {
    reading->reader->at = item;
    if (!(is_block(item->key, scopes)
              ? read_block(item, reading, error)
              : read_value(item, scopes, reading->reader->urls, given, object,
                           error)))
      return false;
  }
  reading->reader->at = block;
  return true;
}

/* A relay's name may hold anything. */
void config_reading_warn(const struct config_reading *reading,
                         const char *format, ...) {
  struct error line;
  va_list args;
  va_start(args, format);
  vsnprintf(line.text, sizeof line.text, format, args);
  va_end(args);
  error_prepend(&line, "Relay \"%s\": ", reading->relay->name);
  reading->reader->warn(line.text);
}
