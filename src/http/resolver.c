#include "http/resolver.h"

#include "http/system_clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

struct found {
  enum lookup_result result;
  usec since;
  char addresses[RESOLVER_ADDRESSES_MAX];
  char detail[RESOLVER_DETAIL_MAX];
};

struct resolver_name {
  struct resolver_name *next, *next_queued;
  char text[RESOLVER_NAME_MAX];
  enum address_family family;
  bool queued, under_way;
  unsigned waiters;
  unsigned answered; /* how often */
  struct found answer;
};

struct resolver {
  pthread_mutex_t
      lock; /* for all members below; not for constant ones of a name */
  unsigned references; /* one of the owner and of each thread */
  unsigned threads;
  void (*wake)(void *user); /* NULL: the owner is gone */
  void *user;
  struct resolver_name *names, *queue;
};

/* --- one look-up --------------------------------------------------------- */

/* getaddrinfo() reports an unknown name when the process is out of files. */
static bool is_out_of_files(void) {
  int probe = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  int why = probe < 0 ? errno : 0;
  if (probe >= 0)
    close(probe);
  return why == EMFILE || why == ENFILE || why == ENOMEM || why == ENOBUFS;
}

static void fail(struct found *answer, const char *name, int error, int why) {
  bool lacks = error == EAI_MEMORY ||
               (error == EAI_SYSTEM && (why == EMFILE || why == ENFILE ||
                                        why == ENOMEM || why == ENOBUFS)) ||
               is_out_of_files();
  answer->result = lacks ? LOOKUP_INTERNAL : LOOKUP_FAILED;
  snprintf(answer->detail, sizeof answer->detail, "%.64s: %s", name,
           error == EAI_SYSTEM ? strerror(why) : gai_strerror(error));
}

/* libcurl cannot be given addresses with an interface. */
static bool write_address(const struct sockaddr *address, char *text,
                          size_t size) {
  const struct sockaddr_in *v4 = (const void *)address;
  const struct sockaddr_in6 *v6 = (const void *)address;
  char plain[INET6_ADDRSTRLEN];
  if (address->sa_family == AF_INET)
    return inet_ntop(AF_INET, &v4->sin_addr, text, (socklen_t)size) != NULL;
  if (address->sa_family != AF_INET6 || v6->sin6_scope_id != 0 ||
      inet_ntop(AF_INET6, &v6->sin6_addr, plain, sizeof plain) == NULL)
    return false;
  snprintf(text, size, "[%s]", plain);
  return true;
}

static void write_addresses(const struct addrinfo *list, struct found *answer) {
  size_t length = 0;
  answer->addresses[0] = '\0';
  for (; list != NULL; list = list->ai_next) {
    char text[INET6_ADDRSTRLEN + 2];
    if (!write_address(list->ai_addr, text, sizeof text) ||
        length + strlen(text) + 2 > sizeof answer->addresses)
      continue;
    length += (size_t)snprintf(answer->addresses + length,
                               sizeof answer->addresses - length, "%s%s",
                               length > 0 ? "," : "", text);
  }
}

/* It is always loopback (RFC 6761, section 6.3), and on a host without
 * /etc/hosts nobody knows. */
static bool resolve_localhost(const char *name, enum address_family family,
                              struct found *answer) {
  static const char *const loopback[] = {[ADDRESS_ANY] = "[::1],127.0.0.1",
                                         [ADDRESS_IPV4] = "127.0.0.1",
                                         [ADDRESS_IPV6] = "[::1]"};
  if (strcasecmp(name, "localhost") != 0)
    return false;
  strcpy(answer->addresses, loopback[family]);
  answer->result = LOOKUP_FOUND;
  return true;
}

static void look_up(const char *name, enum address_family family,
                    struct found *answer) {
  static const int address_families[] = {[ADDRESS_ANY] = AF_UNSPEC,
                                         [ADDRESS_IPV4] = AF_INET,
                                         [ADDRESS_IPV6] = AF_INET6};
  struct addrinfo hints = {.ai_family = address_families[family],
                           .ai_socktype = SOCK_STREAM};
  struct addrinfo *list = NULL;
  if (resolve_localhost(name, family, answer))
    return;
  int error = getaddrinfo(name, NULL, &hints, &list);
  int why = errno;
  if (error == 0) {
    write_addresses(list, answer);
    freeaddrinfo(list);
    answer->result = LOOKUP_FOUND;
    error = EAI_NONAME;
  }
  if (answer->result != LOOKUP_FOUND || answer->addresses[0] == '\0')
    fail(answer, name, error, why);
}

/* --- threads ------------------------------------------------------------- */

/* The last one frees the memory. */
static void unreference(struct resolver *resolver) {
  bool last = --resolver->references == 0;
  pthread_mutex_unlock(&resolver->lock);
  if (!last)
    return;
  while (resolver->names != NULL) {
    struct resolver_name *next = resolver->names->next;
    free(resolver->names);
    resolver->names = next;
  }
  pthread_mutex_destroy(&resolver->lock);
  free(resolver);
}

static void publish(struct resolver *resolver, struct resolver_name *name,
                    const struct found *answer) {
  name->answer = *answer;
  name->answer.since = system_now();
  name->answered++;
  name->under_way = false;
  if (resolver->wake != NULL)
    resolver->wake(resolver->user);
}

/* The next name that a request still waits for. */
static struct resolver_name *next_queued_name(struct resolver *resolver) {
  struct resolver_name *name;
  while ((name = resolver->queue) != NULL) {
    resolver->queue = name->next_queued;
    name->queued = false;
    if (name->waiters > 0)
      break;
  }
  return resolver->wake != NULL ? name : NULL;
}

static void *run(void *argument) {
  struct resolver *resolver = argument;
  struct resolver_name *name;
  pthread_mutex_lock(&resolver->lock);
  while ((name = next_queued_name(resolver)) != NULL) {
    struct found answer = {.result = LOOKUP_FAILED};
    name->under_way = true;
    pthread_mutex_unlock(&resolver->lock);
    look_up(name->text, name->family, &answer);
    pthread_mutex_lock(&resolver->lock);
    publish(resolver, name, &answer);
  }
  resolver->threads--;
  unreference(resolver);
  return NULL;
}

/* The daemon's signals are left to its own threads. Returns 0 or an errno. */
static int start_thread(struct resolver *resolver) {
  pthread_t thread;
  pthread_attr_t detached;
  sigset_t all, before;
  if (pthread_attr_init(&detached) != 0)
    return ENOMEM;
  pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int why = pthread_create(&thread, &detached, run, resolver);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&detached);
  return why;
}

static void enqueue(struct resolver *resolver, struct resolver_name *name) {
  struct resolver_name **end = &resolver->queue;
  while (*end != NULL)
    end = &(*end)->next_queued;
  name->next_queued = NULL;
  name->queued = true;
  *end = name;
}

static void dequeue(struct resolver *resolver, struct resolver_name *name) {
  struct resolver_name **at = &resolver->queue;
  while (*at != name)
    at = &(*at)->next_queued;
  *at = name->next_queued;
  name->queued = false;
}

/* A new thread looks it up, or else the first that is done with another name.
 */
static void start(struct resolver *resolver, struct resolver_name *name) {
  struct found none = {.result = LOOKUP_INTERNAL};
  enqueue(resolver, name);
  if (resolver->threads == RESOLVER_THREADS)
    return;
  int why = start_thread(resolver);
  if (why == 0) {
    resolver->threads++;
    resolver->references++;
    return;
  }
  dequeue(resolver, name);
  snprintf(none.detail, sizeof none.detail,
           "cannot start a thread for the name lookup: %s", strerror(why));
  publish(resolver, name, &none);
}

/* --- look-ups ----------------------------------------------------------- */

void resolver_start(struct resolver *resolver, struct resolver_name *name,
                    usec max_age, struct lookup *lookup) {
  usec now = system_now();
  pthread_mutex_lock(&resolver->lock);
  *lookup = (struct lookup){.name = name, .asked = now};
  name->waiters++;
  bool known = name->answered > 0 && name->answer.result == LOOKUP_FOUND &&
               now - name->answer.since < max_age;
  lookup->awaited = known ? name->answered : name->answered + 1;
  if (!known && !name->queued && !name->under_way)
    start(resolver, name);
  pthread_mutex_unlock(&resolver->lock);
}

static bool is_answered(const struct lookup *lookup) {
  return (int)(lookup->name->answered - lookup->awaited) >= 0;
}

static void copy_answer(struct lookup *lookup) {
  const struct found *answer = &lookup->name->answer;
  lookup->result = answer->result;
  usec took = answer->since - lookup->asked;
  lookup->seconds = took > 0 ? seconds_of(took) : 0;
  memcpy(lookup->addresses, answer->addresses, sizeof lookup->addresses);
  memcpy(lookup->detail, answer->detail, sizeof lookup->detail);
  lookup->name->waiters--;
  lookup->name = NULL;
}

bool resolver_poll(struct resolver *resolver, struct lookup *lookup) {
  pthread_mutex_lock(&resolver->lock);
  bool answered = is_answered(lookup);
  if (answered)
    copy_answer(lookup);
  pthread_mutex_unlock(&resolver->lock);
  return answered;
}

void resolver_cancel(struct resolver *resolver, struct lookup *lookup) {
  if (lookup->name == NULL)
    return;
  pthread_mutex_lock(&resolver->lock);
  lookup->name->waiters--;
  lookup->name = NULL;
  pthread_mutex_unlock(&resolver->lock);
}

/* --- the resolver itself ------------------------------------------------- */

struct resolver *resolver_new(void (*wake)(void *user), void *user) {
  struct resolver *resolver = calloc(1, sizeof *resolver);
  if (resolver == NULL || pthread_mutex_init(&resolver->lock, NULL) != 0) {
    free(resolver);
    return NULL;
  }
  resolver->references = 1;
  resolver->wake = wake;
  resolver->user = user;
  return resolver;
}

void resolver_free(struct resolver *resolver) {
  if (resolver == NULL)
    return;
  pthread_mutex_lock(&resolver->lock);
  resolver->wake = NULL;
  unreference(resolver);
}

static bool is_same(const struct resolver_name *name, const char *text,
                    enum address_family family) {
  return name->family == family && strcmp(name->text, text) == 0;
}

struct resolver_name *resolver_add_name(struct resolver *resolver,
                                        const char *text,
                                        enum address_family family) {
  struct resolver_name *name = resolver->names;
  while (name != NULL && !is_same(name, text, family))
    name = name->next;
  if (name != NULL || strlen(text) >= sizeof name->text)
    return name;
  name = calloc(1, sizeof *name);
  if (name == NULL)
    return NULL;
  strcpy(name->text, text);
  name->family = family;
  name->next = resolver->names;
  resolver->names = name;
  return name;
}
