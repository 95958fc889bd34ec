#include "model/cause.h"

#include <stddef.h>
#include <string.h>

const struct cause_row causes[CAUSE_COUNT] = {
    [CAUSE_OK] = {"ok", NULL, FAULT_NONE, PROBLEM_NONE, "the probe succeeded",
                  NULL, "Nothing to do."},
    [CAUSE_PENDING] = {"pending", NULL, FAULT_NONE, PROBLEM_NONE,
                       "no probe has finished since collectd started", NULL,
                       "Wait for the first round of probes."},
    [CAUSE_SUPPRESSED] = {"suppressed", NULL, FAULT_NONE, PROBLEM_NONE,
                          "a limit of its own suppresses the probe",
                          "C<holysheep_probe_suppressed> says which limit.",
                          "Wait, or raise MaxRequests or MaxCostPerDay."},
    [CAUSE_TIMEOUT] = {"timeout", "Timeout", FAULT_RELAY, PROBLEM_TIMEOUT,
                       "no complete answer arrived within the timeout",
                       "The network is at fault if no connection was "
                       "established, the relay after that.",
                       "Look at the phases: a long connect points to the "
                       "network, a long server phase to the relay."},
    [CAUSE_DNS] = {"dns", "DNSError", FAULT_NETWORK, PROBLEM_NETWORK,
                   "the relay's name could not be resolved", NULL,
                   "Check this host's resolver and the host name in BaseURL."},
    [CAUSE_CONNECTION] =
        {"connection", "ConnectionError", FAULT_RELAY, PROBLEM_ERROR,
         "the connection failed or was lost",
         "The relay is at fault if it refused, reset or closed the connection, "
         "the network if there is no route.",
         "Check the relay's status page, then this host's "
         "route and firewall."},
    [CAUSE_TLS_EXPIRED] =
        {"tls_expired", "TLSError", FAULT_RELAY, PROBLEM_ERROR,
         "a certificate of the relay has expired", NULL,
         "Tell the relay's operator; check this host's clock."},
    [CAUSE_TLS_NAME] = {"tls_name", "TLSError", FAULT_RELAY, PROBLEM_ERROR,
                        "the certificate is for a different name", NULL,
                        "Check the host name in BaseURL; traffic may be "
                        "intercepted."},
    [CAUSE_TLS_ISSUER] = {"tls_issuer", "TLSError", FAULT_RELAY, PROBLEM_ERROR,
                          "this host does not trust the certificate's issuer",
                          NULL,
                          "If the issuer is yours, set CACert to its "
                          "certificate; otherwise traffic may be intercepted."},
    [CAUSE_TLS] =
        {"tls", "TLSError", FAULT_RELAY, PROBLEM_ERROR,
         "the TLS handshake failed",
         "For any reason other than the three above.",
         "See the log for details; try openssl s_client against the relay."},
    [CAUSE_KEY_REJECTED] =
        {"key_rejected", "Unauthorized", FAULT_ACCOUNT, PROBLEM_KEY,
         "the relay rejected the key", NULL,
         "Put a valid key in the key file; no restart is needed."},
    [CAUSE_KEY_EXPIRED] =
        {"key_expired", "Unauthorized", FAULT_ACCOUNT, PROBLEM_KEY,
         "the key has expired", NULL,
         "Create a new key in the relay's console and put it in the key file."},
    [CAUSE_FORBIDDEN] =
        {"forbidden", "Forbidden", FAULT_ACCOUNT, PROBLEM_ERROR,
         "the relay denies access to this account or IP address", NULL,
         "Check the key's permissions, its list of allowed addresses and the "
         "relay's firewall."},
    [CAUSE_QUOTA] =
        {"quota", "QuotaExhausted", FAULT_ACCOUNT, PROBLEM_QUOTA,
         "the account or the key has no quota left", NULL,
         "Top up the account or raise the key's quota; waiting does not help."},
    [CAUSE_RATE_LIMITED] = {"rate_limited", "RateLimited", FAULT_ACCOUNT,
                            PROBLEM_RATE_LIMITED,
                            "the relay throttles this key", NULL,
                            "Wait, send less, or ask for a higher limit."},
    [CAUSE_MODEL_NOT_FOUND] =
        {"model_not_found", "ModelNotFound", FAULT_RELAY, PROBLEM_MODEL,
         "the relay does not offer the model",
         "The relay does not know the model, or has no channel for it.",
         "Compare the name with the relay's list at /models."},
    [CAUSE_CLIENT_ERROR] = {"client_error", "ClientError", FAULT_RELAY,
                            PROBLEM_ERROR,
                            "the relay rejected the request as invalid",
                            "The fault is local if the relay's message names a "
                            "path, a parameter or a field.",
                            "Read the relay's message; check BaseURL and "
                            "Path."},
    [CAUSE_REDIRECTED] =
        {"redirected", "UnexpectedRedirect", FAULT_RELAY, PROBLEM_ERROR,
         "the relay redirects to another URL",
         "Redirects are not followed: their target would receive the key.",
         "If you trust the new URL, set BaseURL to it."},
    [CAUSE_SERVER_ERROR] = {"server_error", "ServerError", FAULT_RELAY,
                            PROBLEM_ERROR,
                            "the relay reported an internal error", NULL,
                            "Give the request ID to the relay's support."},
    [CAUSE_UPSTREAM] =
        {"upstream", "UpstreamError", FAULT_RELAY, PROBLEM_ERROR,
         "a proxy or upstream of the relay failed",
         "A proxy in front of the relay, or a service that the relay calls, "
         "does not answer.",
         "Check the relay's status page; switch to another relay."},
    [CAUSE_MALFORMED] = {"malformed", "InvalidResponse", FAULT_RELAY,
                         PROBLEM_ERROR,
                         "the answer does not conform to the API", NULL,
                         "Check BaseURL and Path with curl: another service "
                         "may be answering there."},
    [CAUSE_TOO_LARGE] = {"too_large", "ResponseTooLarge", FAULT_RELAY,
                         PROBLEM_ERROR, "the answer is too large", NULL,
                         "Check BaseURL and Path with curl: another service "
                         "may be answering there."},
    [CAUSE_BALANCE_UNKNOWN] =
        {"balance_unknown", "UnknownBalance", FAULT_RELAY, PROBLEM_CONTENT,
         "the answer contains no balance",
         "It is valid, but has no number where one is expected.",
         "Set Path and RemainingKey in <Billing> to match what this relay "
         "sends."},
    [CAUSE_EMPTY_ANSWER] =
        {"empty_answer", "EmptyAnswer", FAULT_RELAY, PROBLEM_CONTENT,
         "the answer is empty",
         "It ended normally, but contains no text, reasoning, tool call or "
         "refusal; whitespace does not count. A completion that was ended by a "
         "token limit or a content filter may be empty. A vector is empty if "
         "it has something other than numbers, or only zeros.",
         "Try the model with curl; give the request ID to the relay's support, "
         "or switch to another relay."},
    [CAUSE_UNEXPECTED_ANSWER] =
        {"unexpected_answer", "UnexpectedAnswer", FAULT_RELAY, PROBLEM_CONTENT,
         "the answer does not contain the expected text",
         "Only with C<Expect>. Reasoning, a refusal and a tool call do not "
         "count as text.",
         "Compare the answer in the log with Prompt and Expect: the relay may "
         "send canned or cached answers, or use another model."},
    [CAUSE_STREAM_CUT] = {"stream_cut", "StreamError", FAULT_RELAY,
                          PROBLEM_ERROR,
                          "the stream ended before the completion was finished",
                          NULL,
                          "Give the request ID to the relay's support; look "
                          "for a proxy with a short timeout."},
    [CAUSE_STREAM_STALLED] =
        {"stream_stalled", "StreamError", FAULT_RELAY, PROBLEM_ERROR,
         "the stream started and then stalled", NULL,
         "Give the request ID to the relay's support; try another model."},
    [CAUSE_STREAM_ERROR] =
        {"stream_error", "StreamError", FAULT_RELAY, PROBLEM_ERROR,
         "the relay reported an error within the stream",
         "Used when the error message indicates no more specific cause.",
         "See the message in the log; give the request ID to the relay's "
         "support."},
    [CAUSE_KEY_UNREADABLE] =
        {"key_unreadable", "LocalError", FAULT_LOCAL, PROBLEM_LOCAL,
         "the key file is missing or contains no key", "Nothing was sent.",
         "Restore the key file and make it readable by collectd."},
    [CAUSE_CA_UNREADABLE] =
        {"ca_unreadable", "LocalError", FAULT_LOCAL, PROBLEM_LOCAL,
         "this host has no trusted certificates",
         "The system's certificate bundle, or the file that C<CACert> names, "
         "is missing or empty; nothing was sent.",
         "Install ca-certificates, or restore the file "
         "that CACert names."},
    [CAUSE_INTERNAL] =
        {"internal", "LocalError", FAULT_LOCAL, PROBLEM_LOCAL,
         "this host ran out of memory or file descriptors",
         "Nothing was sent, or the answer was lost.",
         "Check this host's memory and its limit on open files."},
};

const char *fault_name(enum fault fault) {
  static const char *const names[FAULT_COUNT] = {"none", "relay", "network",
                                                 "account", "local"};
  return names[fault];
}

/* Precedence is by how much a person can do about it. */
const struct problem_row problems[PROBLEM_COUNT] = {
    [PROBLEM_NONE] = {.name = "none"},
    [PROBLEM_NETWORK] = {"network", "HolySheepEndpointFailing", true, true, 1},
    [PROBLEM_ERROR] = {"error", "HolySheepEndpointFailing", true, true, 2},
    [PROBLEM_TIMEOUT] = {"timeout", "HolySheepAPITimeout", true, true, 6},
    [PROBLEM_KEY] = {"key", "HolySheepKeyRejected", true, false, 8},
    [PROBLEM_QUOTA] = {"quota", "HolySheepQuotaExhausted", true, false, 7},
    [PROBLEM_MODEL] = {"model", "HolySheepModelUnavailable", false, false, 5},
    [PROBLEM_RATE_LIMITED] = {"rate_limited", "HolySheepRateLimited", false,
                              false, 4},
    [PROBLEM_CONTENT] = {"content", "HolySheepEndpointFailing", true, false, 3},
    [PROBLEM_LOCAL] = {"local", "HolySheepEndpointFailing", true, false, 0}};

const char *problem_name(enum problem problem) {
  return problems[problem].name;
}

enum problem problem_of(enum cause cause, enum fault fault) {
  if (causes[cause].problem == PROBLEM_NONE)
    return PROBLEM_NONE;
  if (fault == FAULT_NETWORK)
    return PROBLEM_NETWORK;
  return fault == FAULT_LOCAL ? PROBLEM_LOCAL : causes[cause].problem;
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
