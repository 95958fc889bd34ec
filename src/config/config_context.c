#include "config/config_context.h"

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

static bool allows(size_t block, const char *name) {
  unsigned scopes = config_block_at(block).scopes;
  return config_item_find(name, scopes) != NULL ||
         config_probe_find(name, scopes) != NULL;
}

/* Lists the blocks that allow a key, from number `first` on: `<Chat>`, `<Chat>
 * or <X>`. */
static void list_blocks(struct strbuf *list, const char *name, size_t first) {
  size_t left = 0;
  for (size_t i = first; i < config_block_count(); i++)
    left += allows(i, name);
  for (size_t i = first; i < config_block_count(); i++)
    if (allows(i, name))
      strbuf_addf(list, "<%s>%s", config_block_at(i).name,
                  --left > 1  ? ", "
                  : left == 1 ? " or "
                              : "");
}

/* An item of both a relay and its probes is listed for the relay only. */
static void list_allowed_blocks(struct strbuf *list, const char *name) {
  for (size_t i = 0; i < CONFIG_OUTER_BLOCKS; i++)
    if (allows(i, name)) {
      strbuf_addf(list, "<%s>", config_block_at(i).name);
      return;
    }
  list_blocks(list, name, CONFIG_OUTER_BLOCKS);
}

static bool unknown_key(const char *name, unsigned scopes,
                        struct error *error) {
  char blocks[128];
  struct strbuf list = strbuf_wrap(blocks, sizeof blocks);
  list_allowed_blocks(&list, name);
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

bool config_context_read_items(const struct config_node *block, unsigned scopes,
                               uint64_t *given, void *object,
                               config_block_reader *read_block,
                               struct config_context *context,
                               struct error *error) {
  for (const struct config_node *item = block->children; item != NULL;
       item = item->next) {
    context->reader->at = item;
    if (!(is_block(item->key, scopes)
              ? read_block(item, context, error)
              : read_value(item, scopes, context->reader->urls, given, object,
                           error)))
      return false;
  }
  context->reader->at = block;
  return true;
}

/* Goes through struct error, as a relay's name may contain any characters. */
void config_context_warn(const struct config_context *context,
                         const char *format, ...) {
  struct error line;
  va_list args;
  va_start(args, format);
  vsnprintf(line.text, sizeof line.text, format, args);
  va_end(args);
  error_prepend(&line, "Relay \"%s\": ", context->relay->name);
  context->reader->warn(line.text);
}
