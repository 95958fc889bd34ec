#include "model/cause.h"

#include <stddef.h>
#include <string.h>

const struct cause_row causes[CAUSE_COUNT] = {
    [CAUSE_OK] = {"ok", NULL, FAULT_NONE, "the probe got what it asked for",
                  NULL, "Nothing to do."},
    [CAUSE_PENDING] = {"pending", NULL, FAULT_NONE,
                       "no probe has ended since collectd started", NULL,
                       "Wait for the first round."},
    [CAUSE_SUPPRESSED] = {"suppressed", NULL, FAULT_NONE,
                          "the probe's own limits hold it back",
                          "C<holysheep_probe_suppressed> says which.",
                          "Wait, or raise MaxRequests or MaxCostPerDay."},
    [CAUSE_TIMEOUT] = {"timeout", "Timeout", FAULT_RELAY,
                       "no whole answer came within the timeout",
                       "The fault is the network's when not even the "
                       "connection stood, the relay's after that.",
                       "Look at the phases: connect points at the network, "
                       "server at the relay."},
    [CAUSE_DNS] = {"dns", "DNSError", FAULT_NETWORK,
                   "the relay's name could not be resolved", NULL,
                   "Check this host's resolver and the host name in BaseURL."},
    [CAUSE_CONNECTION] = {"connection", "ConnectionError", FAULT_RELAY,
                          "the connection failed or broke off",
                          "The fault is the relay's when it refused, reset or "
                          "closed early, the network's when there is no "
                          "route.",
                          "Check the relay's status page, then this host's "
                          "route and firewall."},
    [CAUSE_TLS_EXPIRED] = {"tls_expired", "TLSError", FAULT_RELAY,
                           "a certificate of the relay has expired", NULL,
                           "Tell the relay's operator; check this host's "
                           "clock."},
    [CAUSE_TLS_NAME] = {"tls_name", "TLSError", FAULT_RELAY,
                        "the certificate was made out to another name", NULL,
                        "Check the host name in BaseURL; traffic may be "
                        "intercepted."},
    [CAUSE_TLS_ISSUER] = {"tls_issuer", "TLSError", FAULT_RELAY,
                          "nobody that this host trusts issued the certificate",
                          NULL,
                          "Name the issuer in CACert if it is yours; else "
                          "traffic may be intercepted."},
    [CAUSE_TLS] = {"tls", "TLSError", FAULT_RELAY, "the TLS handshake failed",
                   "In another way than the three above.",
                   "Read the log line; try openssl s_client against the "
                   "relay."},
    [CAUSE_KEY_REJECTED] = {"key_rejected", "Unauthorized", FAULT_ACCOUNT,
                            "the relay does not accept the key", NULL,
                            "Put a valid key into the key file; no restart is "
                            "needed."},
    [CAUSE_KEY_EXPIRED] = {"key_expired", "Unauthorized", FAULT_ACCOUNT,
                           "the key has expired", NULL,
                           "Make a new key in the relay's console and put it "
                           "into the key file."},
    [CAUSE_FORBIDDEN] = {"forbidden", "Forbidden", FAULT_ACCOUNT,
                         "the relay refuses this account or this address", NULL,
                         "Check the key's rights, its address list and the "
                         "relay's firewall."},
    [CAUSE_QUOTA] = {"quota", "QuotaExhausted", FAULT_ACCOUNT,
                     "the account or the key has no quota left", NULL,
                     "Top up the account or raise the key's quota: waiting "
                     "does not help."},
    [CAUSE_RATE_LIMITED] = {"rate_limited", "RateLimited", FAULT_ACCOUNT,
                            "the relay throttles this key", NULL,
                            "Send less or ask for a higher limit: waiting "
                            "helps."},
    [CAUSE_MODEL_NOT_FOUND] = {"model_not_found", "ModelNotFound", FAULT_RELAY,
                               "the relay has not got the model",
                               "It does not know it, or has no channel for it.",
                               "Compare the model with the relay's list at "
                               "/models."},
    [CAUSE_CLIENT_ERROR] = {"client_error", "ClientError", FAULT_RELAY,
                            "the relay rejected the request as invalid",
                            "The fault is local where the relay's words name a "
                            "path, a parameter or a field.",
                            "Read the relay's message; check BaseURL and "
                            "Path."},
    [CAUSE_REDIRECTED] = {"redirected", "UnexpectedRedirect", FAULT_RELAY,
                          "the relay points to another address",
                          "Redirects are not followed: they would see the key.",
                          "Put the new address into BaseURL if you trust it."},
    [CAUSE_SERVER_ERROR] = {"server_error", "ServerError", FAULT_RELAY,
                            "the relay reports an error of its own", NULL,
                            "Give the request id to the relay's support."},
    [CAUSE_UPSTREAM] = {"upstream", "UpstreamError", FAULT_RELAY,
                        "what stands before or behind the relay fails",
                        "A proxy in front of the relay, or what the relay "
                        "itself calls, does not answer.",
                        "Check the relay's status page; switch to another "
                        "relay."},
    [CAUSE_MALFORMED] = {"malformed", "InvalidResponse", FAULT_RELAY,
                         "the answer is not what the API promises", NULL,
                         "Check BaseURL and Path with curl: something else "
                         "may answer there."},
    [CAUSE_TOO_LARGE] = {"too_large", "ResponseTooLarge", FAULT_RELAY,
                         "the answer goes beyond every bound", NULL,
                         "Check BaseURL and Path with curl: something else "
                         "may answer there."},
    [CAUSE_BALANCE_UNKNOWN] = {"balance_unknown", "UnknownBalance", FAULT_RELAY,
                               "the answer has no number for the balance",
                               "It is valid, but not where the number is "
                               "looked for.",
                               "Set Path and RemainingKey of <Billing> to what "
                               "this relay sends."},
    [CAUSE_EMPTY_ANSWER] = {"empty_answer", "EmptyAnswer", FAULT_RELAY,
                            "the completion has nothing in it",
                            "It ended as one that is well, but without text, "
                            "a thought, a call of a tool or a refusal; white "
                            "space alone is nothing. One that a limit of "
                            "tokens or a filter ended may be empty.",
                            "Try the model with curl; give the request id to "
                            "the relay's support, or switch to another relay."},
    [CAUSE_STREAM_CUT] = {"stream_cut", "StreamError", FAULT_RELAY,
                          "the stream ended before the model had", NULL,
                          "Give the request id to the relay's support; look "
                          "for a proxy with a short timeout."},
    [CAUSE_STREAM_STALLED] = {"stream_stalled", "StreamError", FAULT_RELAY,
                              "the stream began and then fell silent", NULL,
                              "Give the request id to the relay's support; try "
                              "another model."},
    [CAUSE_STREAM_ERROR] = {"stream_error", "StreamError", FAULT_RELAY,
                            "the relay reported an error within the stream",
                            "One whose own words say nothing better.",
                            "Read the message in the log; give the request id "
                            "to the relay's support."},
    [CAUSE_KEY_UNREADABLE] = {"key_unreadable", "LocalError", FAULT_LOCAL,
                              "the key file went away or holds no key",
                              "Nothing was sent.",
                              "Restore the key file, readable by collectd."},
    [CAUSE_CA_UNREADABLE] = {"ca_unreadable", "LocalError", FAULT_LOCAL,
                             "this host has no certificates to trust",
                             "The system's bundle, or the file that C<CACert> "
                             "names, is missing or holds none; nothing was "
                             "sent.",
                             "Install ca-certificates, or restore the file "
                             "that CACert names."},
    [CAUSE_INTERNAL] = {"internal", "LocalError", FAULT_LOCAL,
                        "this host ran out of memory or files",
                        "Nothing was sent, or the answer was lost.",
                        "Check this host's memory and file limits."},
};

const char *fault_name(enum fault fault) {
  static const char *const names[FAULT_COUNT] = {"none", "relay", "network",
                                                 "account", "local"};
  return names[fault];
}

enum cause cause_counter(enum cause cause) {
  for (enum cause c = CAUSE_OK; c < cause; c++)
    if (causes[c].error_type != NULL && causes[cause].error_type != NULL &&
        strcmp(causes[c].error_type, causes[cause].error_type) == 0)
      return c;
  return cause;
}

enum severity cause_severity(enum cause cause) {
  switch (cause) {
  case CAUSE_OK:
  case CAUSE_PENDING:
    return SEVERITY_OKAY;
  case CAUSE_SUPPRESSED:
  case CAUSE_QUOTA:
  case CAUSE_RATE_LIMITED:
  case CAUSE_BALANCE_UNKNOWN:
    return SEVERITY_WARNING;
  default:
    return SEVERITY_FAILURE;
  }
}
