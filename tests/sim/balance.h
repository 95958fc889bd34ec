/* A balance, as the site of a billing probe's preset writes it. */
#ifndef HOLYSHEEP_SIM_BALANCE_H
#define HOLYSHEEP_SIM_BALANCE_H

#include "model/settings.h"

#include <stdbool.h>

#include <yajl/yajl_gen.h>

/* `dollars` are left. `again`: it is the second of the probe's requests. */
void balance_write(yajl_gen gen, const struct probe_settings *probe,
                   double dollars, bool again);

#endif
