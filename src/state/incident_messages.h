/* What the log and notifications say about incidents: of a relay, and of this
 * host's own network. */
#ifndef HOLYSHEEP_INCIDENT_MESSAGES_H
#define HOLYSHEEP_INCIDENT_MESSAGES_H

#include "state/messages.h"
#include "state/network_watch.h"
#include "state/state.h"

#include <stddef.h>

/* A relay's incident has begun or ended, or has another name: which endpoints,
 * the cause and what came for each of them, what to do. */
void message_incident(char line[MESSAGE_MAX], const struct relay_state *relay,
                      enum incident_event event);

/* The same for someone who sees nothing else. If it does not all fit, the
 * request id is left out first, then the error code, then some endpoints. */
void message_notify_incident(char text[NOTIFICATION_MAX],
                             const struct relay_state *relay,
                             enum incident_event event);

/* A probe works again whose failures made no incident: the last of them. */
void message_blip(char line[MESSAGE_MAX], const struct relay_state *relay,
                  size_t probe, const struct blip *blip);

/* The probe that the relay's incident is called after. */
size_t message_incident_probe(const struct relay_state *relay);

/* This host has lost its network, or has it again. */
void message_network(char text[NOTIFICATION_MAX],
                     const struct network_watch *network);

#endif
