/* What becomes of a value's names on the way to Prometheus: collectd's
 * write_prometheus, then the scrape job of dashboards/prometheus. */
#ifndef HOLYSHEEP_SIM_SCRAPE_H
#define HOLYSHEEP_SIM_SCRAPE_H

#include "state/metric_family.h"

enum { SCRAPE_RAW_MAX = 128, SCRAPE_NAME_MAX = 1024 };

/* The name under which write_prometheus offers a part of a family. */
void scrape_raw_name(char name[SCRAPE_RAW_MAX], enum metric_family family,
                     enum metric_suffix part);

/* `name{label="value",...}`, labels sorted, as the scrape job leaves it of
 * `raw{holysheep="relay",type="type",instance="host"}`. */
void scrape_name(char name[SCRAPE_NAME_MAX], const char *raw, const char *relay,
                 const char *type, const char *host);

#endif
