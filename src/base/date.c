#include "base/date.h"

#include "base/text.h"

#include <string.h>

struct cursor {
  const char *at, *end;
};

/* The fields as written. `offset` is how far local time is ahead of UTC. */
struct date {
  int year, month, day, hour, minute, second;
  double fraction;
  int offset; /* seconds */
};

static bool at_end(const struct cursor *cursor) {
  return cursor->at == cursor->end;
}

static bool accept(struct cursor *cursor, char c) {
  if (at_end(cursor) || *cursor->at != c)
    return false;
  cursor->at++;
  return true;
}

static bool accept_word(struct cursor *cursor, const char *word) {
  if (!text_begins_with_no_case(cursor->at, (size_t)(cursor->end - cursor->at),
                                word))
    return false;
  cursor->at += strlen(word);
  return true;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* From `min` to `max` digits. */
static bool parse_digits(struct cursor *cursor, int min, int max, int *number) {
  int count = 0;
  *number = 0;
  while (count < max && !at_end(cursor) && is_digit(*cursor->at)) {
    *number = *number * 10 + (*cursor->at++ - '0');
    count++;
  }
  return count >= min;
}

static bool parse_time(struct cursor *cursor, struct date *date) {
  return parse_digits(cursor, 2, 2, &date->hour) && accept(cursor, ':') &&
         parse_digits(cursor, 2, 2, &date->minute) && accept(cursor, ':') &&
         parse_digits(cursor, 2, 2, &date->second);
}

/* --- RFC 3339 ------------------------------------------------------------ */

static bool parse_fraction(struct cursor *cursor, struct date *date) {
  double unit = 0.1;
  if (!accept(cursor, '.'))
    return true;
  const char *first = cursor->at;
  while (!at_end(cursor) && is_digit(*cursor->at)) {
    date->fraction += unit * (*cursor->at++ - '0');
    unit /= 10;
  }
  return cursor->at > first;
}

static bool parse_zone(struct cursor *cursor, struct date *date) {
  int hours, minutes;
  if (accept_word(cursor, "Z"))
    return true;
  int sign = accept(cursor, '-') ? -1 : 1;
  if (sign > 0 && !accept(cursor, '+'))
    return false;
  if (!parse_digits(cursor, 2, 2, &hours) || !accept(cursor, ':') ||
      !parse_digits(cursor, 2, 2, &minutes) || hours > 23 || minutes > 59)
    return false;
  date->offset = sign * (hours * 3600 + minutes * 60);
  return true;
}

static bool parse_rfc3339(struct cursor cursor, bool assume_utc,
                          struct date *date) {
  *date = (struct date){0};
  if (!parse_digits(&cursor, 4, 4, &date->year) || !accept(&cursor, '-') ||
      !parse_digits(&cursor, 2, 2, &date->month) || !accept(&cursor, '-') ||
      !parse_digits(&cursor, 2, 2, &date->day))
    return false;
  if (at_end(&cursor))
    return assume_utc;
  if (!accept_word(&cursor, "T") || !parse_time(&cursor, date) ||
      !parse_fraction(&cursor, date))
    return false;
  if (at_end(&cursor))
    return assume_utc;
  return parse_zone(&cursor, date) && at_end(&cursor);
}

/* --- HTTP, RFC 9110, 5.6.7 ----------------------------------------------- */

static bool parse_month(struct cursor *cursor, struct date *date) {
  static const char names[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  for (date->month = 1; date->month <= 12; date->month++)
    if (accept_word(cursor, names[date->month - 1]))
      return true;
  return false;
}

/* RFC 850 has a year of two digits: one from 1970 to 2069. */
static bool parse_year(struct cursor *cursor, struct date *date) {
  const char *first = cursor->at;
  if (!parse_digits(cursor, 2, 4, &date->year))
    return false;
  if (cursor->at - first == 2)
    date->year += date->year < 70 ? 2000 : 1900;
  return true;
}

/* What follows the comma in `Sun, 06 Nov 1994 08:49:37 GMT` and `Sunday,
 * 06-Nov-94 08:49:37 GMT`. */
static bool parse_rfc1123(struct cursor *cursor, struct date *date) {
  if (!accept(cursor, ' ') || !parse_digits(cursor, 1, 2, &date->day))
    return false;
  char separator = accept(cursor, '-') ? '-' : ' ';
  if (separator == ' ' && !accept(cursor, ' '))
    return false;
  return parse_month(cursor, date) && accept(cursor, separator) &&
         parse_year(cursor, date) && accept(cursor, ' ') &&
         parse_time(cursor, date) && accept_word(cursor, " GMT");
}

/* What follows the day in `Sun Nov  6 08:49:37 1994`. */
static bool parse_asctime(struct cursor *cursor, struct date *date) {
  if (!accept(cursor, ' ') || !parse_month(cursor, date) ||
      !accept(cursor, ' '))
    return false;
  accept(cursor, ' ');
  return parse_digits(cursor, 1, 2, &date->day) && accept(cursor, ' ') &&
         parse_time(cursor, date) && accept(cursor, ' ') &&
         parse_digits(cursor, 4, 4, &date->year);
}

static bool parse_http(struct cursor cursor, struct date *date) {
  *date = (struct date){0};
  while (!at_end(&cursor) && ((*cursor.at >= 'A' && *cursor.at <= 'Z') ||
                              (*cursor.at >= 'a' && *cursor.at <= 'z')))
    cursor.at++;
  bool ok = accept(&cursor, ',') ? parse_rfc1123(&cursor, date)
                                 : parse_asctime(&cursor, date);
  return ok && at_end(&cursor);
}

/* --- conversion to seconds ----------------------------------------------- */

static bool is_leap(int year) {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Second 60 is a leap second. */
static bool is_valid(const struct date *date) {
  static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (date->month < 1 || date->month > 12 || date->day < 1)
    return false;
  int last = days[date->month - 1] + (date->month == 2 && is_leap(date->year));
  return date->day <= last && date->hour <= 23 && date->minute <= 59 &&
         date->second <= 60;
}

/* Days since 1970. Years are counted from March, so that a leap day is the last
 * day of its year. */
static long days_since_epoch(const struct date *date) {
  long year = date->year - (date->month < 3);
  long month = (date->month + 9) % 12;
  return year * 365 + year / 4 - year / 100 + year / 400 +
         (month * 153 + 2) / 5 + date->day - 719469;
}

bool date_parse(const char *text, size_t length, bool assume_utc,
                double *seconds) {
  struct cursor cursor = {text, text + length};
  struct date date;
  if ((!parse_rfc3339(cursor, assume_utc, &date) &&
       !parse_http(cursor, &date)) ||
      !is_valid(&date))
    return false;
  *seconds = (double)days_since_epoch(&date) * 86400 + date.hour * 3600 +
             date.minute * 60 + date.second + date.fraction - date.offset;
  return true;
}
