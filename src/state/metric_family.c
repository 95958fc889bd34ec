#include "state/metric_family.h"

#include <stdio.h>
#include <string.h>

#define PROBE "endpoint,model"

const struct metric_family_row metric_families[METRIC_COUNT] = {
    [METRIC_UP] = {"holysheep_up", GAUGE, PROBE,
                   "1 when the last probe got what it asked for, else 0. "
                   "Absent before the first outcome, and while a limit of "
                   "your own holds the probe back."},
    [METRIC_VERDICT] = {"holysheep_verdict", GAUGE, PROBE ",cause,fault",
                        "A state set: 1 for the cause that holds, 0 for the "
                        "others that were seen since collectd started. "
                        "C<cause=\"ok\"> is always there; C<pending> holds "
                        "before the first outcome."},
    [METRIC_VERDICT_SINCE] = {"holysheep_verdict_since_timestamp_seconds",
                              GAUGE, PROBE, "Since when this verdict holds."},
    [METRIC_FAILURES] = {"holysheep_consecutive_failures", GAUGE, PROBE,
                         "Failed probes in a row."},
    [METRIC_LAST_SUCCESS] = {"holysheep_last_success_timestamp_seconds", GAUGE,
                             PROBE, "When a probe last succeeded; 0 is never."},
    [METRIC_LAST_PROBE] = {"holysheep_last_probe_timestamp_seconds", GAUGE,
                           PROBE, "When the last probe ended."},
    [METRIC_INTERVAL] = {"holysheep_probe_interval_seconds", GAUGE, PROBE,
                         "How often the probe is made, as configured."},
    [METRIC_DURATION] = {"holysheep_request_duration_seconds", GAUGE, PROBE,
                         "How long the last request of the probe took; exactly "
                         "the timeout where it ran into that."},
    [METRIC_REQUESTS] =
        {"holysheep_requests_total", COUNTER, PROBE ",status",
         "Every attempt. The status is that of HTTP (an unusual one by its "
         "class: C<1xx>, C<2xx>, C<3xx>, C<4xx>, C<5xx>), or C<timeout>, "
         "C<dns_error>, C<connection_error>, C<tls_error>, C<protocol_error>. "
         "The common ones are there from 0 on."},
    [METRIC_LATENCY] = {"holysheep_request_latency_seconds", HISTOGRAM, PROBE,
                        "2xx answers, and timeouts as exactly the timeout."},
    [METRIC_PHASE] =
        {"holysheep_request_phase_seconds", GAUGE, PROBE ",phase",
         "Where the time of the last probe went: C<dns>, C<connect>, C<tls>, "
         "C<server> (from the request sent to the first byte), C<transfer>. A "
         "phase that did not run keeps its last value."},
    [METRIC_ERRORS] = {"holysheep_errors_total", COUNTER, "error_type",
                       "Failed probes by the type of their cause; each type "
                       "is there from 0 on."},
    [METRIC_TOKENS] = {"holysheep_tokens_total", COUNTER, "model,type",
                       "What the probes used, as the relay counts; the type "
                       "is C<prompt> or C<completion>."},
    [METRIC_BUDGET] = {"holysheep_budget_remaining", GAUGE, "",
                       "The last good balance in US dollars; absent before "
                       "the first."},
    [METRIC_BUDGET_LIMIT] = {"holysheep_budget_limit", GAUGE, "",
                             "What there was in all, in US dollars, where the "
                             "relay tells."},
    [METRIC_BUDGET_USED] = {"holysheep_budget_used", GAUGE, "",
                            "How much of that was used, likewise."},
    [METRIC_BUDGET_UNLIMITED] = {"holysheep_budget_unlimited", GAUGE, "",
                                 "1 when the key has no limit, and so no "
                                 "balance; of relays that tell."},
    [METRIC_BUDGET_TIME] = {"holysheep_budget_timestamp_seconds", GAUGE, "",
                            "When the last good balance came; 0 is never."},
    [METRIC_SPENT] = {"holysheep_budget_spent_usd_total", GAUGE, "",
                      "The sum of the balance's decreases, so that a top-up "
                      "hides nothing. Only grows; C<increase> works on it."},
    [METRIC_KEY_EXPIRY] = {"holysheep_key_expiry_timestamp_seconds", GAUGE, "",
                           "When the key ends, as the relay tells, else from "
                           "C<KeyExpires>; absent when it never does."},
    [METRIC_KEY_LOADED] = {"holysheep_key_loaded_timestamp_seconds", GAUGE, "",
                           "When the key in use was read."},
    [METRIC_CERTIFICATE_EXPIRY] =
        {"holysheep_tls_cert_expiry_timestamp_seconds", GAUGE, "",
         "When the relay's own certificate ends, as last seen."},
    [METRIC_FIRST_TOKEN] =
        {"holysheep_time_to_first_token_seconds", HISTOGRAM, "model",
         "Of streams: from the start of the request, the connection "
         "included, to the first piece of what the model says."},
    [METRIC_TOKENS_PER_SECOND] =
        {"holysheep_output_tokens_per_second", GAUGE, "model",
         "Of the last stream: how fast tokens came after the first, by the "
         "relay's count of them."},
    [METRIC_LONGEST_GAP] = {"holysheep_stream_max_gap_seconds", GAUGE, "model",
                            "Of the last stream: the longest wait between two "
                            "of its pieces."},
    [METRIC_RATELIMIT_LIMIT] = {"holysheep_ratelimit_limit", GAUGE,
                                "model,resource",
                                "What the relay allows in its window, by the "
                                "C<x-ratelimit-*>, C<anthropic-ratelimit-*> or "
                                "C<ratelimit-*> headers of the last answer "
                                "that had them; the resource is C<requests> "
                                "(also where they name none) or C<tokens>. -1 "
                                "in them is no limit."},
    [METRIC_RATELIMIT_REMAINING] = {"holysheep_ratelimit_remaining", GAUGE,
                                    "model,resource", "How much is left."},
    [METRIC_RATELIMIT_RESET] = {"holysheep_ratelimit_reset_timestamp_seconds",
                                GAUGE, "model,resource",
                                "When all of it will be there again."},
    [METRIC_RETRY_UNTIL] =
        {"holysheep_retry_until_timestamp_seconds", GAUGE, PROBE,
         "Until when the relay asked not to be asked "
         "(C<Retry-After>, C<retry-after-ms>); 0 when nothing "
         "holds."},
    [METRIC_MODELS] = {"holysheep_models", GAUGE, "",
                       "How many models the relay lists."},
    [METRIC_MODEL_AVAILABLE] = {"holysheep_model_available", GAUGE, "model",
                                "Of each model in C<Require>: 1 when it is "
                                "listed."},
    [METRIC_MODEL_MISMATCH] =
        {"holysheep_model_mismatch_total", COUNTER, "model",
         "Answers that name a model that does not begin with the one that "
         "was asked for."},
    [METRIC_COST] = {"holysheep_cost_usd_total", GAUGE, "model",
                     "What the probes themselves cost, by C<PromptPrice> and "
                     "C<CompletionPrice>. Only grows; C<increase> works on "
                     "it."},
    [METRIC_PRICE] = {"holysheep_price_usd_per_million_tokens", GAUGE,
                      "model,type",
                      "As configured; the type is C<prompt> or "
                      "C<completion>."},
    [METRIC_REFERENCE] = {"holysheep_reference", GAUGE, "",
                          "1 for the relay with C<Reference true>."},
    [METRIC_SUPPRESSED] = {"holysheep_probe_suppressed", GAUGE, PROBE ",reason",
                           "1 while the probe is held back, and why: "
                           "C<retry_after>, C<rate_limit> (C<MaxRequests>) or "
                           "C<daily_cost> (C<MaxCostPerDay>)."},
    [METRIC_SKIPPED] = {"holysheep_probes_skipped_total", COUNTER, "reason",
                        "Probes that were due and not sent: for the reasons "
                        "above, or C<late>, the one before was still in "
                        "flight, or every connection was taken."},
    [METRIC_LATENESS] = {"holysheep_probe_lateness_seconds", GAUGE, "",
                         "How late the relay's probes were started, at worst "
                         "within the last interval."},
    [METRIC_IN_FLIGHT] = {"holysheep_probes_in_flight", GAUGE, "",
                          "Probes of the relay that wait for their answer."},
    [METRIC_BUILD] = {"holysheep_build_info", GAUGE, "version",
                      "1; the plugin's version."},
};

unsigned metric_family_suffix_count(enum metric_family family) {
  return metric_families[family].kind == HISTOGRAM ? SUFFIXES : 1;
}

bool metric_suffix_is_counter(enum metric_family family,
                              enum metric_suffix suffix) {
  return metric_families[family].kind == COUNTER ||
         (metric_families[family].kind == HISTOGRAM && suffix != SUFFIX_SUM);
}

void metric_family_type_name(enum metric_family family,
                             enum metric_suffix suffix,
                             char name[TYPE_NAME_MAX]) {
  static const char *const suffixes[SUFFIXES] = {[SUFFIX_BUCKET] = "_bucket",
                                                 [SUFFIX_SUM] = "_sum",
                                                 [SUFFIX_COUNT] = "_count"};
  static const char total[] = "_total";
  const struct metric_family_row *row = &metric_families[family];
  size_t length = strlen(row->name);
  if (row->kind == COUNTER)
    length -= sizeof total - 1;
  snprintf(name, TYPE_NAME_MAX, "%.*s%s", (int)length, row->name,
           row->kind == HISTOGRAM ? suffixes[suffix] : "");
}
