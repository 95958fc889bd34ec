/* yajl crashes if an allocation fails, so it must never allocate: all its
 * memory is in the reader. This program's malloc replaces libc's, also for
 * shared libraries, and counts calls. */
#include "base/json.h"

#include "probe/probe_kind.h"
#include "probe/prober.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_gen.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define OTHER_MALLOC 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define OTHER_MALLOC 1
#endif

static size_t allocations;

#ifndef OTHER_MALLOC
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);

void *malloc(size_t size) {
  allocations++;
  return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  allocations++;
  return __libc_calloc(count, size);
}

void *realloc(void *block, size_t size) {
  allocations++;
  return __libc_realloc(block, size);
}
#endif

/* Sanitizers and valgrind replace malloc themselves. */
static bool is_counting(void) {
#ifdef OTHER_MALLOC
  return false;
#else
  const char *preload = getenv("LD_PRELOAD");
  return preload == NULL || strstr(preload, "vgpreload") == NULL;
#endif
}

static struct json_reader reader;

static void ignore_hit(void *user, int id, const struct json_value *value) {
  (void)user;
  (void)id;
  (void)value;
}

static bool all_given_back(void) {
  for (size_t i = 0; i < JSON_SMALL_BLOCKS; i++)
    if (reader.memory.small_used[i])
      return false;
  return !reader.memory.token_used[0] && !reader.memory.token_used[1];
}

/* --- the reader ---------------------------------------------------------- */

/* libcheck allocates for assertions, so only the calls in between are
 * counted. */
static void read_in_pieces(const char *document, size_t length, size_t piece) {
  static const struct json_selector want = {"*", 1};
  size_t before = allocations;
  json_open(&reader, ignore_hit, NULL);
  json_select(&reader, &want);
  for (size_t i = 0; i < length; i += piece)
    json_feed(&reader, document + i, i + piece < length ? piece : length - i);
  json_close(&reader);
  ck_assert_uint_eq(allocations, before);
  ck_assert(all_given_back());
}

static void read_all(const char *document, size_t length) {
  read_in_pieces(document, length, length + 1);
  read_in_pieces(document, length, 1);
  read_in_pieces(document, length, 1 + unit_random(3 * JSON_PENDING_MAX));
}

/* The counter works: yajl by itself allocates. */
START_TEST(test_allocation_counter) {
  size_t before = allocations;
  yajl_handle parser = yajl_alloc(NULL, NULL, NULL);
  yajl_free(parser);
  ck_assert_int_eq(allocations > before, is_counting());
}
END_TEST

START_TEST(test_ordinary_documents) {
  static const char *const documents[] = {
      "{\"data\":[{\"id\":\"a\\u0041\\n\"},{\"b\":[1,2.5e3,null,true]}]}",
      "",
      "{",
      "{\"a\":",
      "nonsense",
      "{\"a\":\"\\ud83d\\ude42 \\\"\"} x",
      "[\"\xFF\"]"};
  for (size_t i = 0; i < COUNT_OF(documents); i++)
    read_all(documents[i], strlen(documents[i]));
}
END_TEST

/* The longest tokens, with and without escapes, as names, strings and numbers,
 * at the maximum depth. */
START_TEST(test_largest_documents) {
  static const char *const units[] = {"a", "\\n", "\\u8fc7", "期", "9"};
  static char document[4 * JSON_TOKEN_MAX];
  for (size_t u = 0; u < COUNT_OF(units); u++) {
    size_t length = 0;
    memset(document, '[', JSON_DEPTH_MAX);
    length = JSON_DEPTH_MAX;
    document[length - 1] = '{';
    document[length++] = '"';
    for (size_t n = 2; n + strlen(units[u]) < JSON_TOKEN_MAX;
         n += strlen(units[u]))
      length += (size_t)sprintf(document + length, "%s", units[u]);
    length += (size_t)sprintf(document + length, "\":");
    size_t key = length - JSON_DEPTH_MAX - 1;
    memcpy(document + length, document + JSON_DEPTH_MAX, key);
    length += key;
    read_all(document, length);
    document[length++] = 'x'; /* followed by a token that is too long */
    memset(document + length, 'x', JSON_TOKEN_MAX);
    read_all(document, length + JSON_TOKEN_MAX);
  }
}
END_TEST

START_TEST(test_random_bytes) {
  static const char bytes[] = "{}[],:\"\\ 01e-.tfna\xE6"; /* and the NUL */
  for (unsigned round = 0; round < 2000; round++) {
    char document[200];
    size_t length = unit_random(sizeof document);
    for (size_t i = 0; i < length; i++)
      document[i] = bytes[unit_random(sizeof bytes)];
    read_all(document, length);
  }
}
END_TEST

/* Request bodies are printed by yajl too. libc loads its time zones once. */
START_TEST(test_request_body) {
  static struct unit_relay unit;
  static char body[1024];
  unit_relay_init(&unit);
  unit.probes[UNIT_CHAT].stream = true;
  unit_request(&unit.probes[UNIT_CHAT], 0, NULL);
  size_t before = allocations;
  unit_request(&unit.probes[UNIT_CHAT], 0, body);
  ck_assert_uint_eq(allocations, before);
}
END_TEST

/* --- the memory itself --------------------------------------------------- */

START_TEST(test_blocks) {
  static struct json_memory memory;
  yajl_alloc_funcs functions = json_memory_init(&memory);
  char *blocks[JSON_SMALL_BLOCKS + 2];
  for (size_t i = 0; i < COUNT_OF(blocks); i++) {
    blocks[i] = functions.malloc(functions.ctx, JSON_SMALL_SIZE);
    ck_assert_ptr_nonnull(blocks[i]);
    ck_assert_uint_eq((uintptr_t)blocks[i] % _Alignof(max_align_t), 0);
    memset(blocks[i], (int)i, JSON_SMALL_SIZE);
  }
  ck_assert_ptr_null(functions.malloc(functions.ctx, 1));
  for (size_t i = 0; i < COUNT_OF(blocks); i++)
    for (size_t b = 0; b < JSON_SMALL_SIZE; b++)
      ck_assert_int_eq(blocks[i][b], (char)i);
  for (size_t i = 0; i < COUNT_OF(blocks); i++)
    functions.free(functions.ctx, blocks[i]);
  functions.free(functions.ctx, NULL);
  ck_assert_ptr_nonnull(functions.malloc(functions.ctx, JSON_TOKEN_MAX));
  ck_assert_ptr_null(functions.malloc(functions.ctx, JSON_TOKEN_MAX + 1));
}
END_TEST

START_TEST(test_blocks_that_grow) {
  static struct json_memory memory;
  yajl_alloc_funcs functions = json_memory_init(&memory);
  char *block = functions.realloc(functions.ctx, NULL, 10);
  ck_assert_ptr_nonnull(block);
  strcpy(block, "kept");
  ck_assert_ptr_eq(functions.realloc(functions.ctx, block, JSON_SMALL_SIZE),
                   block);
  char *larger = functions.realloc(functions.ctx, block, JSON_SMALL_SIZE + 1);
  ck_assert_ptr_ne(larger, block);
  ck_assert_str_eq(larger, "kept");
  ck_assert_ptr_eq(functions.realloc(functions.ctx, larger, JSON_TOKEN_MAX),
                   larger);
  ck_assert_ptr_null(
      functions.realloc(functions.ctx, larger, JSON_TOKEN_MAX + 1));
  ck_assert(memory.token_used[0] && !memory.small_used[0]);
}
END_TEST

int main(void) {
  return UNIT_RUN("json_memory", test_allocation_counter,
                  test_ordinary_documents, test_largest_documents,
                  test_random_bytes, test_request_body, test_blocks,
                  test_blocks_that_grow);
}
