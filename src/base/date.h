/* Dates as relays write them, whatever the locale is. */
#ifndef HOLYSHEEP_DATE_H
#define HOLYSHEEP_DATE_H

#include <stdbool.h>
#include <stddef.h>

/* RFC 3339 (`2027-01-31T08:00:00.5Z`, `2027-01-31T16:00:00+08:00`) or one of
 * the three forms of HTTP, in Unix seconds. With `assume_utc` a day alone or a
 * time without a zone is taken as UTC's; without, it is no date. */
bool date_read(const char *text, size_t length, bool assume_utc,
               double *seconds);

#endif
