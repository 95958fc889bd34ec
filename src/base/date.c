#include "base/date.h"

#include <string.h>
#include <strings.h>

struct cursor {
  const char *at, *end;
};

/* As it is written; `offset` is what local time is ahead of UTC. */
struct date {
  int year, month, day, hour, minute, second;
  double fraction;
  int offset; /* seconds */
};

static bool at_end(const struct cursor *cursor) {
  return cursor->at == cursor->end;
}

static bool take(struct cursor *cursor, char c) {
  if (at_end(cursor) || *cursor->at != c)
    return false;
  cursor->at++;
  return true;
}

static bool take_word(struct cursor *cursor, const char *word) {
  size_t length = strlen(word);
  if ((size_t)(cursor->end - cursor->at) < length ||
      strncasecmp(cursor->at, word, length) != 0)
    return false;
  cursor->at += length;
  return true;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* From `least` to `most` digits. */
static bool take_digits(struct cursor *cursor, int min, int max, int *number) {
  int count = 0;
  *number = 0;
  while (count < max && !at_end(cursor) && is_digit(*cursor->at)) {
    *number = *number * 10 + (*cursor->at++ - '0');
    count++;
  }
  return count >= min;
}

static bool take_time(struct cursor *cursor, struct date *date) {
  return take_digits(cursor, 2, 2, &date->hour) && take(cursor, ':') &&
         take_digits(cursor, 2, 2, &date->minute) && take(cursor, ':') &&
         take_digits(cursor, 2, 2, &date->second);
}

/* --- RFC 3339 ------------------------------------------------------------ */

static bool take_fraction(struct cursor *cursor, struct date *date) {
  double unit = 0.1;
  if (!take(cursor, '.'))
    return true;
  const char *first = cursor->at;
  while (!at_end(cursor) && is_digit(*cursor->at)) {
    date->fraction += unit * (*cursor->at++ - '0');
    unit /= 10;
  }
  return cursor->at > first;
}

static bool take_zone(struct cursor *cursor, struct date *date) {
  int hours, minutes;
  if (take_word(cursor, "Z"))
    return true;
  int sign = take(cursor, '-') ? -1 : 1;
  if (sign > 0 && !take(cursor, '+'))
    return false;
  if (!take_digits(cursor, 2, 2, &hours) || !take(cursor, ':') ||
      !take_digits(cursor, 2, 2, &minutes) || hours > 23 || minutes > 59)
    return false;
  date->offset = sign * (hours * 3600 + minutes * 60);
  return true;
}

static bool read_rfc3339(struct cursor cursor, bool assume_utc,
                         struct date *date) {
  *date = (struct date){0};
  if (!take_digits(&cursor, 4, 4, &date->year) || !take(&cursor, '-') ||
      !take_digits(&cursor, 2, 2, &date->month) || !take(&cursor, '-') ||
      !take_digits(&cursor, 2, 2, &date->day))
    return false;
  if (at_end(&cursor))
    return assume_utc;
  if (!take_word(&cursor, "T") || !take_time(&cursor, date) ||
      !take_fraction(&cursor, date))
    return false;
  if (at_end(&cursor))
    return assume_utc;
  return take_zone(&cursor, date) && at_end(&cursor);
}

/* --- HTTP, RFC 9110, 5.6.7 ----------------------------------------------- */

static bool take_month(struct cursor *cursor, struct date *date) {
  static const char names[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  for (date->month = 1; date->month <= 12; date->month++)
    if (take_word(cursor, names[date->month - 1]))
      return true;
  return false;
}

/* Of two digits, as RFC 850 had it, it is one from 1970 to 2069. */
static bool take_year(struct cursor *cursor, struct date *date) {
  const char *first = cursor->at;
  if (!take_digits(cursor, 2, 4, &date->year))
    return false;
  if (cursor->at - first == 2)
    date->year += date->year < 70 ? 2000 : 1900;
  return true;
}

/* `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`, behind
 * the comma. */
static bool take_http(struct cursor *cursor, struct date *date) {
  if (!take(cursor, ' ') || !take_digits(cursor, 1, 2, &date->day))
    return false;
  char gap = take(cursor, '-') ? '-' : ' ';
  if (gap == ' ' && !take(cursor, ' '))
    return false;
  return take_month(cursor, date) && take(cursor, gap) &&
         take_year(cursor, date) && take(cursor, ' ') &&
         take_time(cursor, date) && take_word(cursor, " GMT");
}

/* `Sun Nov  6 08:49:37 1994`, behind the day. */
static bool take_asctime(struct cursor *cursor, struct date *date) {
  if (!take(cursor, ' ') || !take_month(cursor, date) || !take(cursor, ' '))
    return false;
  take(cursor, ' ');
  return take_digits(cursor, 1, 2, &date->day) && take(cursor, ' ') &&
         take_time(cursor, date) && take(cursor, ' ') &&
         take_digits(cursor, 4, 4, &date->year);
}

static bool read_http(struct cursor cursor, struct date *date) {
  *date = (struct date){0};
  while (!at_end(&cursor) && ((*cursor.at >= 'A' && *cursor.at <= 'Z') ||
                              (*cursor.at >= 'a' && *cursor.at <= 'z')))
    cursor.at++;
  bool good = take(&cursor, ',') ? take_http(&cursor, date)
                                 : take_asctime(&cursor, date);
  return good && at_end(&cursor);
}

/* --- in seconds ---------------------------------------------------------- */

static bool is_leap(int year) {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* The second 60 is that of a leap second. */
static bool is_there(const struct date *date) {
  static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (date->month < 1 || date->month > 12 || date->day < 1)
    return false;
  int last = days[date->month - 1] + (date->month == 2 && is_leap(date->year));
  return date->day <= last && date->hour <= 23 && date->minute <= 59 &&
         date->second <= 60;
}

/* Since 1970. A year is taken to begin with March, so that a leap day is its
 * last one. */
static long day_number(const struct date *date) {
  long year = date->year - (date->month < 3);
  long month = (date->month + 9) % 12;
  return year * 365 + year / 4 - year / 100 + year / 400 +
         (month * 153 + 2) / 5 + date->day - 719469;
}

bool date_read(const char *text, size_t length, bool assume_utc,
               double *seconds) {
  struct cursor cursor = {text, text + length};
  struct date date;
  if ((!read_rfc3339(cursor, assume_utc, &date) && !read_http(cursor, &date)) ||
      !is_there(&date))
    return false;
  *seconds = (double)day_number(&date) * 86400 + date.hour * 3600 +
             date.minute * 60 + date.second + date.fraction - date.offset;
  return true;
}
