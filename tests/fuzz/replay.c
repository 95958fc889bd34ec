/* Runs a fuzz target on each file of its corpus, without libFuzzer: inputs that
 * once failed are tried again in every `make check`. */
#include "fuzz.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_ROOM = 4096 };

static uint8_t *read_whole(const char *path, size_t *size) {
  struct stat about;
  FILE *file = fopen(path, "rb");
  FUZZ_CHECK(file != NULL && fstat(fileno(file), &about) == 0);
  *size = (size_t)about.st_size;
  uint8_t *data = malloc(*size);
  FUZZ_CHECK(*size == 0 ||
             (data != NULL && fread(data, 1, *size, file) == *size));
  fclose(file);
  return data;
}

/* Runs in a child process, because a failure aborts it. */
static bool replay(const char *path) {
  pid_t child = fork();
  FUZZ_CHECK(child >= 0);
  if (child == 0) {
    size_t size;
    uint8_t *data = read_whole(path, &size);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    exit(0);
  }
  int status = -1;
  FUZZ_CHECK(waitpid(child, &status, 0) == child);
  if (status != 0)
    printf("%s: failed\n", path);
  return status == 0;
}

/* Like libFuzzer, does without it. */
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc;
  (void)argv;
  return 0;
}

/* Global, or each child would report it as a leak. */
static DIR *corpus;

int main(int argc, char **argv) {
  char folder[PATH_ROOM / 2], path[PATH_ROOM];
  const char *source = getenv("srcdir");
  unsigned passed = 0, failed = 0;
  snprintf(folder, sizeof folder, "%s/tests/fuzz/corpus/%s",
           source != NULL ? source : ".", fuzz_name);
  corpus = opendir(folder);
  if (corpus == NULL) {
    perror(folder);
    return 1;
  }
  setvbuf(stdout, NULL, _IOLBF, 0);
  LLVMFuzzerInitialize(&argc, &argv);
  for (struct dirent *entry; (entry = readdir(corpus)) != NULL;) {
    if (entry->d_name[0] == '.')
      continue;
    snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    if (replay(path))
      passed++;
    else
      failed++;
  }
  closedir(corpus);
  printf("%s: %u passed, %u failed\n", fuzz_name, passed, failed);
  return failed > 0 || passed == 0;
}
