#include "wire.h"

#include "unit.h"

#include <errno.h>

enum { REQUESTS_MAX = 64 };

usec wire_now = 1000 * (usec)USEC_PER_SEC;
wire_answer *wire_answers;
usec wire_oversleeps;

static struct {
  struct completion completion;
  usec over;
} requests[REQUESTS_MAX]; /* in flight, in order of their start */
static size_t count;

/* --- time ---------------------------------------------------------------- */

static usec now(void *user) {
  (void)user;
  return wire_now;
}

static double wall(void *user) {
  (void)user;
  return 1700000000 + seconds_of(wire_now);
}

const struct clock wire_clock = {.now = now, .wall = wall};

/* --- requests ------------------------------------------------------------ */

static bool start(void *user, const struct request *request, void *owner) {
  (void)user;
  if (wire_answers == NULL)
    return false;
  UNIT_ASSERT(count < REQUESTS_MAX && owner != NULL);
  struct probe_result *result = &requests[count].completion.result;
  *result = (struct probe_result){.cause = CAUSE_OK};
  result->http = unit_http_result(200);
  usec takes = wire_answers(request, result);
  requests[count].completion.owner = owner;
  requests[count++].over = takes > 0 ? wire_now + takes : INT64_MAX;
  return true;
}

static void drive(void *user) { (void)user; }

static bool next(void *user, struct completion *completion) {
  (void)user;
  for (size_t i = 0; i < count; i++)
    if (requests[i].over <= wire_now) {
      *completion = requests[i].completion;
      for (count--; i < count; i++)
        requests[i] = requests[i + 1];
      return true;
    }
  return false;
}

static usec deadline(void *user, usec otherwise) {
  (void)user;
  for (size_t i = 0; i < count; i++)
    if (requests[i].over < otherwise)
      otherwise = requests[i].over;
  return otherwise;
}

/* --- waiting ------------------------------------------------------------- */

static bool wait_until(void *user, usec until) {
  (void)user;
  wire_now = until > wire_now ? until + wire_oversleeps : wire_now + 1;
  return true;
}

static void wake(void *user) { (void)user; }

static void cancel(void *user) {
  (void)user;
  count = 0;
}

const struct transport wire = {.start = start,
                               .drive = drive,
                               .next = next,
                               .deadline = deadline,
                               .wait = wait_until,
                               .wake = wake,
                               .cancel = cancel};

/* --- files --------------------------------------------------------------- */

static unsigned long written;

static int read_nothing(void *user, const char *path, char *text, size_t size,
                        size_t *text_length, struct stat *status) {
  (void)user, (void)path, (void)text, (void)size, (void)text_length;
  (void)status;
  return ENOENT;
}

static bool is_unchanged(void *user, const char *path,
                         const struct stat *status) {
  (void)user, (void)path, (void)status;
  return true;
}

static void *open_writer(void *user, const char *path, size_t size_max,
                         void (*on_written)(void *user),
                         void *on_written_user) {
  (void)user, (void)path, (void)size_max, (void)on_written;
  (void)on_written_user;
  written = 0;
  return &written;
}

static unsigned long submit(void *writer, const char *text,
                            size_t text_length) {
  (void)writer, (void)text, (void)text_length;
  return ++written;
}

static void poll_writer(void *writer, struct write_status *status) {
  (void)writer;
  *status = (struct write_status){.number = written, .ok = true};
}

static void close_writer(void *writer, usec until) {
  (void)writer, (void)until;
}

const struct files wire_files = {.read = read_nothing,
                                 .is_unchanged = is_unchanged,
                                 .open_writer = open_writer,
                                 .submit = submit,
                                 .poll_writer = poll_writer,
                                 .close_writer = close_writer};
