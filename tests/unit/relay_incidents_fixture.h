/* The incidents of a relay with three probes, and the network of its host.
 * Times are seconds. */
#ifndef HOLYSHEEP_UNIT_RELAY_INCIDENTS_FIXTURE_H
#define HOLYSHEEP_UNIT_RELAY_INCIDENTS_FIXTURE_H

#include "state/relay_incidents.h"
#include "unit.h"

/* The wall clock at 0. */
#define WALL 1000000.0

extern struct unit_relay unit;
extern struct relay_incidents relay;
extern struct network_watch network;
extern struct incident_change change; /* what the last call said */

/* When the next results were asked for; below 0: just then. */
extern double started_before;

struct moment at(double seconds);

/* One of four relays; tests call stop() at the end. */
void start(void);
void stop(void);

/* --- results --- */

void record(double seconds, size_t probe, enum problem problem,
            enum fault fault, double wait);
void fails_with(double seconds, size_t probe, enum problem problem);
void fails(double seconds, size_t probe);
void works(double seconds, size_t probe);
void all_work(double seconds);

/* The list of models fails until its vote says so, and the others work. */
void break_models(double from);

void tick(double seconds);

/* --- what follows from them --- */

enum vote vote(size_t probe);
void assert_votes(enum vote models, enum vote billing, enum vote chat);

/* INFINITY: none. */
double deadline(void);

#endif
