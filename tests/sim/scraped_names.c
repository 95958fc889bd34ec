/* Prints how the scrape job names series: `name TAB relay TAB type` a line, as
 * write_prometheus offers them. For test_sim.py. */
#include "scrape.h"

#include <stdio.h>
#include <string.h>

int main(void) {
  char line[1024], name[SCRAPE_NAME_MAX];
  while (fgets(line, sizeof line, stdin) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    char *relay = strchr(line, '\t');
    char *type = relay != NULL ? strchr(relay + 1, '\t') : NULL;
    if (type == NULL)
      return 1;
    *relay++ = '\0';
    *type++ = '\0';
    scrape_name(name, line, relay, type, "host");
    puts(name);
  }
  return 0;
}
