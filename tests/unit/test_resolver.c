/* Linked with --wrap: these replace getaddrinfo() and pthread_create(). */
#include "http/resolver.h"

#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* --- the system's resolver ----------------------------------------------- */

static struct {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  unsigned begun, woken;
  bool held, no_threads;
  int error, why;
} fake = {.lock = PTHREAD_MUTEX_INITIALIZER,
          .changed = PTHREAD_COND_INITIALIZER};

int __wrap_getaddrinfo(const char *node, const char *service,
                       const struct addrinfo *hints, struct addrinfo **result);
int __real_getaddrinfo(const char *node, const char *service,
                       const struct addrinfo *hints, struct addrinfo **result);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*run)(void *), void *argument);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*run)(void *), void *argument);

/* Names in these tests are addresses, joined by `+`. */
int __wrap_getaddrinfo(const char *node, const char *service,
                       const struct addrinfo *hints, struct addrinfo **result) {
  char names[RESOLVER_NAME_MAX], *rest = names, *name;
  struct addrinfo numeric = *hints;
  pthread_mutex_lock(&fake.lock);
  fake.begun++;
  pthread_cond_broadcast(&fake.changed);
  while (fake.held)
    pthread_cond_wait(&fake.changed, &fake.lock);
  int error = fake.error, why = fake.why;
  pthread_mutex_unlock(&fake.lock);
  strcpy(names, node);
  numeric.ai_flags = AI_NUMERICHOST;
  while (error == 0 && (name = strtok_r(rest, "+", &rest)) != NULL) {
    error = __real_getaddrinfo(name, service, &numeric, result);
    while (error == 0 && *result != NULL)
      result = &(*result)->ai_next;
  }
  errno = why;
  return error;
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*run)(void *), void *argument) {
  return fake.no_threads
             ? EAGAIN
             : __real_pthread_create(thread, attributes, run, argument);
}

static void hold(bool held) {
  pthread_mutex_lock(&fake.lock);
  fake.held = held;
  pthread_cond_broadcast(&fake.changed);
  pthread_mutex_unlock(&fake.lock);
}

static void wait_begun(unsigned count) {
  pthread_mutex_lock(&fake.lock);
  while (fake.begun < count)
    pthread_cond_wait(&fake.changed, &fake.lock);
  pthread_mutex_unlock(&fake.lock);
}

static unsigned begun(void) {
  pthread_mutex_lock(&fake.lock);
  unsigned count = fake.begun;
  pthread_mutex_unlock(&fake.lock);
  return count;
}

/* --- the resolver -------------------------------------------------------- */

static struct resolver *resolver;

static void wake(void *user) {
  pthread_mutex_lock(&fake.lock);
  (*(unsigned *)user)++;
  pthread_cond_broadcast(&fake.changed);
  pthread_mutex_unlock(&fake.lock);
}

static void setup(void) {
  fake.begun = fake.woken = 0;
  fake.held = fake.no_threads = false;
  fake.error = fake.why = 0;
  resolver = resolver_new(wake, &fake.woken);
  ck_assert_ptr_nonnull(resolver);
}

static struct resolver_name *add(const char *text) {
  struct resolver_name *name = resolver_add_name(resolver, text, ADDRESS_ANY);
  ck_assert_ptr_nonnull(name);
  return name;
}

static unsigned times_woken(void) {
  pthread_mutex_lock(&fake.lock);
  unsigned count = fake.woken;
  pthread_mutex_unlock(&fake.lock);
  return count;
}

static void wait_woken(unsigned count) {
  pthread_mutex_lock(&fake.lock);
  while (fake.woken <= count)
    pthread_cond_wait(&fake.changed, &fake.lock);
  pthread_mutex_unlock(&fake.lock);
}

static void wait_answer(struct lookup *lookup) {
  unsigned before = times_woken();
  for (; !resolver_poll(resolver, lookup); before = times_woken())
    wait_woken(before);
  ck_assert_ptr_null(lookup->name);
}

static struct lookup answer_of(const char *text, usec max_age) {
  struct lookup lookup;
  resolver_start(resolver, add(text), max_age, &lookup);
  wait_answer(&lookup);
  return lookup;
}

START_TEST(test_addresses) {
  static const struct {
    const char *name, *addresses;
  } cases[] = {
      {"192.0.2.1", "192.0.2.1"},
      {"2001:db8::1", "[2001:db8::1]"},
      {"2001:db8::1+192.0.2.1+192.0.2.2", "[2001:db8::1],192.0.2.1,192.0.2.2"},
      {"fe80::1%1+192.0.2.1", "192.0.2.1"}};
  setup();
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    struct lookup lookup = answer_of(cases[i].name, 0);
    ck_assert_int_eq(lookup.result, LOOKUP_FOUND);
    ck_assert_str_eq(lookup.addresses, cases[i].addresses);
    ck_assert(lookup.seconds > 0);
  }
  ck_assert_uint_ge(fake.woken, COUNT_OF(cases));
  ck_assert_int_eq(answer_of("fe80::1%1", 0).result, LOOKUP_FAILED);
  resolver_free(resolver);
}
END_TEST

START_TEST(test_localhost_needs_no_lookup) {
  setup();
  ck_assert_str_eq(answer_of("localhost", 0).addresses, "[::1],127.0.0.1");
  struct lookup lookup;
  resolver_start(resolver, resolver_add_name(resolver, "LocalHost", ADDRESS_IPV4), 0,
               &lookup);
  wait_answer(&lookup);
  ck_assert_str_eq(lookup.addresses, "127.0.0.1");
  ck_assert_uint_eq(fake.begun, 0);
  resolver_free(resolver);
}
END_TEST

/* As many as fit. */
START_TEST(test_many_addresses) {
  char name[RESOLVER_NAME_MAX + 12] = "192.0.2.100";
  while (strlen(name) + 12 < RESOLVER_NAME_MAX)
    strcat(name, "+192.0.2.100");
  setup();
  struct lookup lookup = answer_of(name, 0);
  ck_assert_int_eq(lookup.result, LOOKUP_FOUND);
  ck_assert_uint_eq(strlen(lookup.addresses), strlen(name));
  ck_assert_ptr_null(
      resolver_add_name(resolver, strcat(name, "+192.0.2.100"), ADDRESS_ANY));
  resolver_free(resolver);
}
END_TEST

START_TEST(test_failures) {
  static const struct {
    int error, why;
    enum lookup_result result;
  } cases[] = {{EAI_NONAME, 0, LOOKUP_FAILED},
               {EAI_AGAIN, 0, LOOKUP_FAILED},
               {EAI_FAIL, 0, LOOKUP_FAILED},
               {EAI_SYSTEM, EIO, LOOKUP_FAILED},
               {EAI_SYSTEM, EMFILE, LOOKUP_INTERNAL},
               {EAI_SYSTEM, ENOMEM, LOOKUP_INTERNAL},
               {EAI_MEMORY, 0, LOOKUP_INTERNAL}};
  setup();
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    fake.error = cases[i].error;
    fake.why = cases[i].why;
    struct lookup lookup = answer_of("192.0.2.1", 60 * (usec)USEC_PER_SEC);
    ck_assert_int_eq(lookup.result, cases[i].result);
    ck_assert_ptr_nonnull(strstr(lookup.detail, "192.0.2.1: "));
    ck_assert_str_eq(lookup.addresses, "");
  }
  ck_assert_uint_eq(fake.begun, COUNT_OF(cases)); /* none is cached */
  resolver_free(resolver);
}
END_TEST

START_TEST(test_thread_creation_fails) {
  setup();
  fake.no_threads = true;
  struct lookup lookup = answer_of("192.0.2.1", 0);
  ck_assert_int_eq(lookup.result, LOOKUP_INTERNAL);
  ck_assert_ptr_nonnull(strstr(lookup.detail, "cannot start a thread"));
  fake.no_threads = false;
  ck_assert_int_eq(answer_of("192.0.2.1", 0).result, LOOKUP_FOUND);
  resolver_free(resolver);
}
END_TEST

START_TEST(test_concurrent_lookups_are_joined) {
  struct lookup first, second;
  setup();
  hold(true);
  resolver_start(resolver, add("192.0.2.1"), 0, &first);
  wait_begun(1);
  resolver_start(resolver, add("192.0.2.1"), 0, &second);
  ck_assert(!resolver_poll(resolver, &first));
  ck_assert(!resolver_poll(resolver, &second));
  hold(false);
  wait_answer(&first);
  wait_answer(&second);
  ck_assert_uint_eq(fake.begun, 1);
  answer_of("192.0.2.1", 0); /* but a later look-up does not */
  ck_assert_uint_eq(fake.begun, 2);
  resolver_free(resolver);
}
END_TEST

START_TEST(test_results_are_cached) {
  setup();
  answer_of("192.0.2.1", 60 * (usec)USEC_PER_SEC);
  struct lookup again = answer_of("192.0.2.1", 60 * (usec)USEC_PER_SEC);
  ck_assert_int_eq(again.result, LOOKUP_FOUND);
  ck_assert_str_eq(again.addresses, "192.0.2.1");
  ck_assert(again.seconds <= 0); /* without a look-up */
  ck_assert_uint_eq(fake.begun, 1);
  resolver_free(resolver);
}
END_TEST

START_TEST(test_address_families) {
  setup();
  struct resolver_name *any = add("192.0.2.1");
  ck_assert_ptr_eq(any, add("192.0.2.1"));
  ck_assert_ptr_ne(any, resolver_add_name(resolver, "192.0.2.1", ADDRESS_IPV4));
  struct lookup lookup;
  resolver_start(resolver, resolver_add_name(resolver, "192.0.2.1", ADDRESS_IPV6), 0,
               &lookup);
  wait_answer(&lookup);
  ck_assert_int_eq(lookup.result, LOOKUP_FAILED);
  resolver_free(resolver);
}
END_TEST

static void ask_many(struct lookup *lookups, unsigned first, unsigned count) {
  for (unsigned i = first; i < first + count; i++) {
    char name[32];
    snprintf(name, sizeof name, "192.0.2.%u", i);
    resolver_start(resolver, add(name), 0, &lookups[i]);
  }
}

/* All threads hang: later look-ups wait, and cancelled ones are dropped. */
START_TEST(test_number_of_threads_is_bounded) {
  static struct lookup lookups[RESOLVER_THREADS + 2];
  setup();
  hold(true);
  ask_many(lookups, 0, RESOLVER_THREADS);
  wait_begun(RESOLVER_THREADS);
  ask_many(lookups, RESOLVER_THREADS, 2);
  resolver_cancel(resolver, &lookups[RESOLVER_THREADS]);
  ck_assert_ptr_null(lookups[RESOLVER_THREADS].name);
  ck_assert_uint_eq(begun(), RESOLVER_THREADS);
  hold(false);
  wait_answer(&lookups[RESOLVER_THREADS + 1]);
  ck_assert_int_eq(lookups[RESOLVER_THREADS + 1].result, LOOKUP_FOUND);
  for (unsigned i = 0; i < RESOLVER_THREADS; i++)
    wait_answer(&lookups[i]);
  ck_assert_uint_eq(begun(), RESOLVER_THREADS + 1);
  resolver_free(resolver);
}
END_TEST

/* Nothing is woken any longer, and the last thread frees everything (checked by
 * valgrind). */
START_TEST(test_owner_exits_before_the_threads) {
  static struct lookup lookups[RESOLVER_THREADS + 2];
  setup();
  hold(true);
  ask_many(lookups, 0, RESOLVER_THREADS + 2);
  wait_begun(RESOLVER_THREADS);
  unsigned woken = fake.woken;
  resolver_free(resolver);
  hold(false);
  setup();
  answer_of("192.0.2.200", 0);
  ck_assert_uint_eq(woken, 0);
  resolver_free(resolver);
}
END_TEST

int main(void) {
  return UNIT_RUN("resolver", test_addresses, test_localhost_needs_no_lookup,
                  test_many_addresses, test_failures,
                  test_thread_creation_fails,
                  test_concurrent_lookups_are_joined, test_results_are_cached,
                  test_address_families, test_number_of_threads_is_bounded,
                  test_owner_exits_before_the_threads);
}
