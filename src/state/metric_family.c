#include "state/metric_family.h"

#include <stdio.h>
#include <string.h>

#define PROBE "endpoint,model"

const struct metric_family_row metric_families[METRIC_COUNT] = {
    [METRIC_UP] =
        {"holysheep_up", GAUGE, PROBE,
         "1 if the last probe succeeded, otherwise 0. Absent before the first "
         "result, and while one of your own limits suppresses the probe."},
    [METRIC_VERDICT] =
        {"holysheep_verdict", GAUGE, PROBE ",cause,fault",
         "A state set: 1 for the current cause, 0 for the others that were "
         "seen since collectd started. C<cause=\"ok\"> always exists; before "
         "the first result, the cause is C<pending>."},
    [METRIC_VERDICT_SINCE] = {"holysheep_verdict_since_timestamp_seconds",
                              GAUGE, PROBE, "When the current verdict began."},
    [METRIC_PROBE_FAILING] =
        {"holysheep_probe_failing", GAUGE, PROBE,
         "This host's vote: 1 from when the probe fails for certain until it "
         "has worked for a minute or more, otherwise 0. Absent while the host "
         "has no vote: before the probe has worked or failed for certain, "
         "while one of your own limits suppresses it (two intervals later if "
         "it is failing, but at most five minutes), while it waits as the "
         "relay asked and all other probes of the relay have begun to fail, "
         "and while the host's own network is lost or in doubt."},
    [METRIC_INCIDENT] =
        {"holysheep_incident", GAUGE, PROBE ",problem",
         "1 for what the current failure is called, 0 for other problems that "
         "were seen since collectd started. Present only together with "
         "C<holysheep_probe_failing>. The problem is C<network>, C<error>, "
         "C<timeout>, C<key>, C<quota>, C<model>, C<rate_limited>, C<content> "
         "or C<local>."},
    [METRIC_INCIDENT_SINCE] =
        {"holysheep_incident_since_timestamp_seconds", GAUGE, PROBE,
         "When the first of the current failures was seen; 0 means that the "
         "probe is not failing."},
    [METRIC_FAILURES] = {"holysheep_consecutive_failures", GAUGE, PROBE,
                         "The number of failed probes in a row."},
    [METRIC_LAST_SUCCESS] = {"holysheep_last_success_timestamp_seconds", GAUGE,
                             PROBE,
                             "When a probe last succeeded; 0 means never."},
    [METRIC_LAST_PROBE] = {"holysheep_last_probe_timestamp_seconds", GAUGE,
                           PROBE, "When the last probe ended."},
    [METRIC_INTERVAL] = {"holysheep_probe_interval_seconds", GAUGE, PROBE,
                         "The configured interval between probes."},
    [METRIC_DURATION] = {"holysheep_request_duration_seconds", GAUGE, PROBE,
                         "The duration of the probe's last request; exactly "
                         "the timeout if it timed out."},
    [METRIC_REQUESTS] =
        {"holysheep_requests_total", COUNTER, PROBE ",status",
         "Every attempt. The status is the HTTP status (uncommon ones by "
         "class: C<1xx>, C<2xx>, C<3xx>, C<4xx>, C<5xx>), or C<timeout>, "
         "C<dns_error>, C<connection_error>, C<tls_error> or "
         "C<protocol_error>. The common ones exist from the start, with the "
         "value 0."},
    [METRIC_LATENCY] =
        {"holysheep_request_latency_seconds", HISTOGRAM, PROBE,
         "2xx answers; timeouts are counted as exactly the timeout."},
    [METRIC_PHASE] =
        {"holysheep_request_phase_seconds", GAUGE, PROBE ",phase",
         "Where the time of the last probe went: C<dns>, C<connect>, C<tls>, "
         "C<server> (from sending the request to the first byte) and "
         "C<transfer>. A phase that did not happen keeps its last value."},
    [METRIC_ERRORS] = {"holysheep_errors_total", COUNTER, "error_type",
                       "Failed probes by error type; each type exists from the "
                       "start, with the value 0."},
    [METRIC_TOKENS] = {"holysheep_tokens_total", COUNTER, "model,type",
                       "Tokens used by the probes, as counted by the relay; "
                       "the type is C<prompt>, cached ones included, or "
                       "C<completion>, reasoning included."},
    [METRIC_PROMPT_TOKENS] =
        {"holysheep_prompt_tokens", GAUGE, PROBE,
         "The prompt tokens of the last probe. The same prompt should always "
         "have as many."},
    [METRIC_PLAIN_PROMPT_TOKENS] =
        {"holysheep_plain_prompt_tokens", GAUGE, PROBE,
         "Of a stream: the C<holysheep_prompt_tokens> of the relay's block "
         "of the same kind, model, C<Path>, C<Prompt>, C<Extra> and "
         "C<ReasoningEffort> without C<Stream>, if there is one. Both should "
         "be the same."},
    [METRIC_CACHED_TOKENS] = {"holysheep_cached_prompt_tokens_total", COUNTER,
                              PROBE,
                              "Prompt tokens that were read from a cache."},
    [METRIC_REASONING_TOKENS] = {"holysheep_reasoning_tokens_total", COUNTER,
                                 PROBE,
                                 "Completion tokens that were reasoning."},
    [METRIC_BUDGET] =
        {"holysheep_budget_remaining", GAUGE, "",
         "The last known balance in US dollars; absent before the first."},
    [METRIC_BUDGET_LIMIT] =
        {"holysheep_budget_limit", GAUGE, "",
         "The total amount granted, in US dollars, if the relay reports it."},
    [METRIC_BUDGET_USED] = {"holysheep_budget_used", GAUGE, "",
                            "How much of that has been used, in US dollars, if "
                            "the relay reports it."},
    [METRIC_BUDGET_UNLIMITED] = {"holysheep_budget_unlimited", GAUGE, "",
                                 "1 if the key has no limit and therefore no "
                                 "balance; only for relays that report this."},
    [METRIC_BUDGET_TIME] =
        {"holysheep_budget_timestamp_seconds", GAUGE, "",
         "When the last known balance was received; 0 means never."},
    [METRIC_SPENT] =
        {"holysheep_budget_spent_usd_total", GAUGE, "",
         "The sum of all decreases of the balance, so that a top-up hides "
         "nothing. It only grows, so C<increase> works on it."},
    [METRIC_KEY_EXPIRY] = {"holysheep_key_expiry_timestamp_seconds", GAUGE, "",
                           "When the key expires, according to the relay or "
                           "else to C<KeyExpires>; absent if it never does."},
    [METRIC_KEY_LOADED] = {"holysheep_key_loaded_timestamp_seconds", GAUGE, "",
                           "When the key in use was loaded."},
    [METRIC_CERTIFICATE_EXPIRY] =
        {"holysheep_tls_cert_expiry_timestamp_seconds", GAUGE, "",
         "When the relay's own certificate expires, as last seen."},
    [METRIC_FIRST_TOKEN] =
        {"holysheep_time_to_first_token_seconds", HISTOGRAM, "model",
         "For streams: from the start of the request, including connecting, to "
         "the first piece of the model's output."},
    [METRIC_TOKENS_PER_SECOND] =
        {"holysheep_output_tokens_per_second", GAUGE, "model",
         "For the last stream: the speed after the first token, by the relay's "
         "count of tokens."},
    [METRIC_LONGEST_GAP] =
        {"holysheep_stream_max_gap_seconds", GAUGE, "model",
         "For the last stream: the longest wait between two chunks."},
    [METRIC_RATELIMIT_LIMIT] =
        {"holysheep_ratelimit_limit", GAUGE, "model,resource",
         "What the relay allows per window, according to the C<x-ratelimit-*>, "
         "C<anthropic-ratelimit-*> or C<ratelimit-*> headers of the last "
         "answer that had them; the resource is C<requests> (also if they name "
         "none) or C<tokens>. -1 in a header means no limit."},
    [METRIC_RATELIMIT_REMAINING] = {"holysheep_ratelimit_remaining", GAUGE,
                                    "model,resource",
                                    "How much of the limit is left."},
    [METRIC_RATELIMIT_RESET] = {"holysheep_ratelimit_reset_timestamp_seconds",
                                GAUGE, "model,resource",
                                "When the limit resets completely."},
    [METRIC_RETRY_UNTIL] =
        {"holysheep_retry_until_timestamp_seconds", GAUGE, PROBE,
         "Until when the relay asked the probe to wait (C<Retry-After>, "
         "C<retry-after-ms>); 0 if it did not."},
    [METRIC_MODELS] = {"holysheep_models", GAUGE, "",
                       "The number of models that the relay lists."},
    [METRIC_MODEL_AVAILABLE] =
        {"holysheep_model_available", GAUGE, "model",
         "For each model in C<Require>: 1 if it is listed, otherwise 0."},
    [METRIC_MODEL_MISMATCH] = {"holysheep_model_mismatch_total", COUNTER,
                               "model",
                               "Answers that name a model whose name does not "
                               "start with the requested one."},
    [METRIC_VENDOR_TRACES] =
        {"holysheep_vendor_traces_total", COUNTER, PROBE ",vendor",
         "Answers of completions with a trace of a vendor, which the "
         "endpoint's own API does not have: the beginning of an id, a field or "
         "a header. "
         "The vendor is C<anthropic>, C<aws>, C<azure>, C<deepseek>, "
         "C<google>, C<groq>, C<moonshot>, C<openai>, C<openrouter>, "
         "C<siliconflow> or C<xai>; its series begins with the first such "
         "answer. See L</HONESTY>."},
    [METRIC_COST] =
        {"holysheep_cost_usd_total", GAUGE, "model",
         "What the probes themselves cost: what the relay's own C<usage> says "
         "(C<cost>), else according to C<PromptPrice> and C<CompletionPrice>. "
         "It only grows, so C<increase> works on it."},
    [METRIC_PRICE] =
        {"holysheep_price_usd_per_million_tokens", GAUGE, "model,type",
         "The configured price; the type is C<prompt> or C<completion>."},
    [METRIC_REFERENCE] = {"holysheep_reference", GAUGE, "",
                          "1 for the relay with C<Reference true>."},
    [METRIC_SUPPRESSED] =
        {"holysheep_probe_suppressed", GAUGE, PROBE ",reason",
         "1 while the probe is suppressed, by reason: C<retry_after>, "
         "C<rate_limit> (C<MaxRequests>) or C<daily_cost> (C<MaxCostPerDay>)."},
    [METRIC_SKIPPED] = {"holysheep_probes_skipped_total", COUNTER, "reason",
                        "Probes that were due but not sent, for the reasons "
                        "above or because they were C<late>: the previous one "
                        "was still in flight, or all connections were in use."},
    [METRIC_NETWORK_LOST] =
        {"holysheep_network_lost_since_timestamp_seconds", GAUGE, "",
         "Since when this host cannot reach half of its relays, and two at "
         "least; 0 means that it can. Then the network is to blame, not the "
         "relays, and the host has no vote."},
    [METRIC_LATENESS] = {"holysheep_probe_lateness_seconds", GAUGE, "",
                         "The longest delay with which one of the relay's "
                         "probes started within the last interval."},
    [METRIC_IN_FLIGHT] =
        {"holysheep_probes_in_flight", GAUGE, "",
         "Probes of the relay that are waiting for their answer."},
    [METRIC_BUILD] = {"holysheep_build_info", GAUGE, "version",
                      "Always 1; the label is the version of the plugin."},
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
