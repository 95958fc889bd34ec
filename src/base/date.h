/* Dates as relays write them, independent of the locale. */
#ifndef HOLYSHEEP_DATE_H
#define HOLYSHEEP_DATE_H

#include <stdbool.h>
#include <stddef.h>

/* Parses RFC 3339 (`2027-01-31T08:00:00.5Z`, `2027-01-31T16:00:00+08:00`) or
 * one of HTTP's three date formats into Unix seconds. With `assume_utc`, a date
 * without a time and a time without a zone are taken as UTC; otherwise they are
 * refused. */
bool date_parse(const char *text, size_t length, bool assume_utc,
                double *seconds);

#endif
