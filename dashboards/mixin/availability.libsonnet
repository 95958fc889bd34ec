// Who fails, by vote, and the alerts that say so.
local lib = import 'lib.libsonnet';
local config = lib.config;

// The problems of an alert, as a regular expression.
local problemsOf(alert) = lib.anyOf(lib.problemsOf(alert));
local hangs = problemsOf('HolySheepAPITimeout');
local outages = lib.anyOf(lib.outages);

// `since 09:54 UTC, on 2 of 3 hosts`: those of a relay that see a problem, or any;
// and those of an endpoint. Nothing about hosts where there is one.
local onRelay(problem='') = 'since %s{{ range %s }}%s{{ end }}' % [
  lib.clock,
  lib.query(
    "relay:holysheep_hosts:failing{%%(labels)s,problem='%s',of!='1'}" % problem,
    config.voteBy),
  ', on {{ .Value }} of {{ .Labels.of }} hosts',
];
local endpointLabels = config.voteBy + ['endpoint', 'model'];
local votes = 'instance_endpoint:holysheep_failing:vote{%(labels)s}';
local onEndpoint = 'since ' + lib.clock + lib.onHosts(
  'sum(%s) > 0' % votes, 'count(%s)' % votes, endpointLabels);

local failing = 'endpoint:holysheep_failing:since{%(labels)s}';
local failingAt(matcher) = lib.query(
  std.strReplace(failing, '}', ',' + matcher + '}'), config.voteBy);
local atApplications = "endpoint=~'%s'" % lib.applications;
local theCauses = 'endpoint:holysheep_causes:hosts{%(labels)s}';
local causesBut(names) = std.strReplace(
  theCauses, '}', ",cause!~'%s'}" % names);
local endpoints = 'Failing: %s.' % lib.list(
  lib.query(failing, config.voteBy),
  '{{ .Labels.endpoint }}{{ with .Labels.model }} {{ . }}{{ end }}',
  ['model', 'endpoint']);
local model = '{{ with $labels.model }} {{ . }}{{ end }}';

local page = {
  severity: 'critical',
  keep_firing_for: config.keepFiringFor,
  dashboard: lib.dashboard('monitor', ['relay']),
};

local votingHosts = lib.commas(config.instanceLabels + [
  label
  for label in config.voteBy
  if !std.member(config.instanceLabels, label)
]);

local recorded = [
  {
    comment: '1. The vote of each probe, 1 while it fails; none just after a lost network.',
    record: 'instance_endpoint:holysheep_failing:vote',
    expr: |||
      max by (%(probe)s) (
        holysheep_probe_failing unless on (%(hostRelay)s) max_over_time(
          holysheep_network_lost_since_timestamp_seconds[%(back)s]) > 0)
    ||| % (lib { back: config.networkBack }),
  },
  {
    comment: '2. What each failing probe calls its incident, and since when.',
    record: 'instance_endpoint:holysheep_incident:since',
    expr: |||
      max by (%(probe)s, problem) (holysheep_incident == 1)
      * on (%(probe)s) group_left ()
        max by (%(probe)s) (holysheep_incident_since_timestamp_seconds)
    ||| % lib,
  },
  {
    comment: '3. The part of an endpoint\'s hosts that sees it fail ...',
    record: 'endpoint:holysheep_failing:ratio',
    expr: |||
      avg by (%s) (instance_endpoint:holysheep_failing:vote)
    ||| % lib.endpoint,
  },
  {
    comment: '... and those by problem, of which some are of one kind: no answer.',
    record: 'endpoint:holysheep_problem:hosts',
    expr: |||
      label_replace(label_replace(
        count by (%(endpoint)s, problem) (instance_endpoint:holysheep_incident:since
          and on (%(probe)s) instance_endpoint:holysheep_failing:vote == 1),
        "kind", "$1", "problem", "(.*)"), "kind", "outage", "problem", "%(outages)s")
    ||| % (lib { outages: outages }),
  },
  {
    record: 'endpoint:holysheep_kind:ratio',
    expr: |||
      sum by (%(endpoint)s, kind) (endpoint:holysheep_problem:hosts)
      / on (%(endpoint)s) group_left () round(
        sum by (%(endpoint)s) (endpoint:holysheep_problem:hosts) / endpoint:holysheep_failing:ratio)
    ||| % lib,
  },
  {
    comment: |||
      4. Endpoints that fail, and by which kind: one that had the majority of the
      hosts, until little of it remains; otherwise all, if a majority fails at all.
    |||,
    record: 'endpoint:holysheep_held:ratio',
    expr: |||
      endpoint:holysheep_kind:ratio > %(remainder)s
        and max_over_time(endpoint:holysheep_kind:ratio[%(memory)s]) > %(majority)s
      or on (%(endpoint)s) endpoint:holysheep_kind:ratio
        and on (%(endpoint)s) endpoint:holysheep_failing:ratio > %(majority)s
    ||| % (config { endpoint: lib.endpoint }),
  },
  {
    comment: |||
      5. What most of the hosts call it; in a tie, what a person can do most
      about. The median host tells since when.
    |||,
    record: 'problem:holysheep_precedence:weight',
    // Two on a line.
    expr: std.join('', [
      (if i == 0 then '' else if i % 2 == 0 then '\nor ' else ' or ')
      + 'label_replace(vector(0.0%d), "problem", "%s", "", "")'
        % [i, lib.problems[i]]
      for i in std.range(0, std.length(lib.problems) - 1)
    ]),
  },
  {
    record: 'endpoint:holysheep_failing:since',
    expr: |||
      group by (%(endpoint)s, problem) (topk by (%(endpoint)s) (1,
        endpoint:holysheep_problem:hosts
        + on (problem) group_left () problem:holysheep_precedence:weight
        and on (%(endpoint)s, kind) endpoint:holysheep_held:ratio))
      * on (%(endpoint)s) group_left ()
        floor(quantile by (%(endpoint)s) (0.5, instance_endpoint:holysheep_incident:since))
    ||| % lib,
  },
  {
    record: 'endpoint:holysheep_causes:hosts',
    expr: |||
      count by (%(endpoint)s, cause) (
        max by (%(probe)s, cause) (holysheep_verdict{fault!="none"} == 1)
        and on (%(probe)s) instance_endpoint:holysheep_incident:since)
      and on (%(endpoint)s) endpoint:holysheep_failing:since
    ||| % lib,
  },
  {
    comment: |||
      6. Relays of which each endpoint fails: since the last of them did. If most
      probes say that the account is forbidden it, that is told for completions.
    |||,
    record: 'relay:holysheep_dead:since',
    expr: |||
      max by (%(relay)s) (endpoint:holysheep_failing:since)
      and count by (%(relay)s) (endpoint:holysheep_failing:since{
        problem=~"%(outages)s"})
        == count by (%(relay)s) (endpoint:holysheep_failing:ratio)
      unless on (%(relay)s) (sum by (%(relay)s) (endpoint:holysheep_causes:hosts{cause="forbidden"})
        > %(majority)s * sum by (%(relay)s) (endpoint:holysheep_causes:hosts))
    ||| % (lib { outages: outages, majority: config.majority }),
  },
  {
    record: 'relay:holysheep_down:since',
    expr: |||
      relay:holysheep_dead:since
      and on (%(relay)s) endpoint:holysheep_failing:since{problem=~"%(answered)s"}
    ||| % (lib { answered: lib.anyOf(std.setDiff(
      std.set(lib.outages), lib.problemsOf('HolySheepAPITimeout')
    )) }),
  },
  {
    comment: 'Something hangs and no completion has succeeded since, or all hangs.',
    record: 'relay:holysheep_hangs:since',
    expr: |||
      max by (%(relay)s) (endpoint:holysheep_failing:since{problem=~"%(hangs)s"})
        > on (%(relay)s) max by (%(relay)s) (
          holysheep_last_success_timestamp_seconds{endpoint=~"%(apps)s"})
        unless on (%(relay)s)
          endpoint:holysheep_failing:since{problem!~"%(hangs)s",endpoint=~"%(apps)s"}
      or relay:holysheep_dead:since
    ||| % (lib { apps: lib.applications, hangs: hangs }),
  },
  {
    comment: 'Hosts with a problem, and with any; `of` so many that have a vote.',
    record: 'relay:holysheep_hosts:failing',
    expr: |||
      (count by (%(relay)s, problem) (group by (%(hosts)s, problem) (instance_endpoint:holysheep_incident:since))
        or count by (%(relay)s) (group by (%(hosts)s) (instance_endpoint:holysheep_incident:since)))
      * on (%(relay)s) group_left (of) count_values by (%(relay)s) ("of",
          count by (%(relay)s) (group by (%(hosts)s) (instance_endpoint:holysheep_failing:vote))) ^ 0
    ||| % (lib { hosts: votingHosts }),
  },
  {
    comment: 'Relays that only hosts without network probe.',
    record: 'instance_relay:holysheep_unseen:since',
    expr: |||
      max by (%s) (
        holysheep_network_lost_since_timestamp_seconds > 0 < time() - %d)
      unless on (%s) endpoint:holysheep_failing:ratio
    ||| % [votingHosts, config.networkLost, lib.relay],
  },
];

local of(alert, by) =
  'max by (%s) (endpoint:holysheep_failing:since{problem=~"%s"})'
  % [by, problemsOf(alert)];
local unlessDown = 'unless on (%s) max_over_time(relay:holysheep_down:since[%s])'
                   % [lib.relay, config.afterOutage];

// Of hosts that all have lost their network: those of one cluster, for example.
local placeLabels = config.instanceLabels[:std.length(config.instanceLabels) - 1];
local unseen(label) = lib.query(
  'count by (%s) (instance_relay:holysheep_unseen:since{%%(labels)s})' % label,
  placeLabels);

// The causes on the host of an alert.
local hostLabels = config.instanceLabels + ['relay'];
local onHost = |||
  (max by (%(probe)s, cause) (holysheep_verdict{%%(labels)s,fault!='none'} == 1)
    and on (%(probe)s) instance_endpoint:holysheep_incident:since)
||| % lib;

local alerts = [
  lib.alert('HolySheepAPIDown', page {
    expr: 'relay:holysheep_down:since',
    keep_firing_for: config.afterOutage,
    summary: 'Relay {{ $labels.relay }} has been down %s%s.' % [
      onRelay(),
      lib.meanings(theCauses, config.voteBy),
    ],
    description: |||
      {{ if %s }}These hosts cannot connect to the relay, so applications on them
      probably cannot either. First check the resolver, proxy and outgoing
      firewall rules of these hosts. If they are fine, switch applications to
      another relay.{{ else }}{{ if %s }}The endpoints that applications
      use fail, so applications get errors too.{{ else }}No endpoint that
      applications use is probed; they probably get errors too.{{ end }} Switch them to another relay, and check this relay's
      status page.%s{{ end }} %s
    ||| % [
      failingAt("problem='network'"),
      failingAt(atApplications),
      // The status page is what the others advise.
      lib.advice(causesBut('connection|timeout|upstream'), config.voteBy),
      endpoints,
    ],
  }),
  lib.alert('HolySheepKeyRejected', page {
    severity: lib.severityOf('HolySheepKeyRejected'),
    expr: of('HolySheepKeyRejected', lib.relay),
    summary: 'Relay {{ $labels.relay }} has rejected the API key %s%s.' % [
      onRelay('key'),
      lib.meanings(std.strReplace(theCauses, '}', ",cause='key_expired'}"),
                   config.voteBy),
    ],
    description: |||
      Applications that use this key fail too. Create a new key in the relay's
      console, put it in the key file of each host, and give it to the
      applications. collectd needs no restart. %s
    ||| % endpoints,
  }),
  lib.alert('HolySheepQuotaExhausted', page {
    severity: lib.severityOf('HolySheepQuotaExhausted'),
    expr: of('HolySheepQuotaExhausted', lib.relay),
    summary: 'Relay {{ $labels.relay }}: the account or the key has had no quota'
             + ' left %s.' % onRelay('quota'),
    description: |||
      Applications that use this key get errors too, and waiting does not help.
      Top up the account, or raise the key's quota. %s
    ||| % endpoints,
  }),
  lib.alert('HolySheepAPITimeout', page {
    severity: lib.severityOf('HolySheepAPITimeout'),
    expr: 'relay:holysheep_hangs:since\n' + unlessDown,
    summary: 'Relay {{ $labels.relay }} has not answered in time %s.' % onRelay(),
    description: |||
      {{ if %s }}Endpoints that applications use hang, so applications
      hang too, until their own timeouts expire. Switch them to another relay.{{ else }}It is not known
      whether the endpoints that applications use hang too. Check whether applications get answers; if
      they do not, switch them to another relay.{{ end }} Then look at the phases
      of the probes: a long connect points to the network, a long server phase to
      the relay. %s
    ||| % [failingAt("problem=~'%s'," % hangs + atApplications), endpoints],
  }),
  lib.alert('HolySheepEndpointFailing', page {
    anchor: 'endpoint_failing',
    severity: lib.severityOf('HolySheepEndpointFailing'),
    expr: |||
      max by (%s) (endpoint:holysheep_failing:since{
        problem=~"%s",endpoint=~"%s"})
      %s
    ||| % [lib.endpoint, problemsOf('HolySheepEndpointFailing'), lib.applications,
           unlessDown],
    summary: 'Relay {{ $labels.relay }}: {{ $labels.endpoint }}%s has failed %s%s.'
             % [model, onEndpoint, lib.meanings(theCauses, endpointLabels)],
    description: |||
      {{ if %s }}The fault is on these hosts, not at the relay. Applications on
      them may work.{{ else if match "^(%s)$" $labels.endpoint }}Applications that
      use it get the same errors.{{ else if %s }}The endpoints that applications
      use work.{{ else if
      %s }}Endpoints that applications use fail too.{{ else }}It is not known whether the endpoints that
      applications use work.{{ end }}{{ if %s }} The key works for other
      endpoints but not for this one: change its permissions, or remove this probe
      from collectd's configuration.{{ end }}%s Details are in
      collectd's log.
    ||| % [
      lib.query(std.strReplace(failing, '}', ",problem='local'}"), endpointLabels),
      lib.applications,
      lib.query("max(endpoint:holysheep_failing:ratio{%%(labels)s,%s}) == 0"
                % atApplications, config.voteBy),
      failingAt(atApplications),
      lib.query(std.strReplace(theCauses, '}', ",cause=~'%s'}" % lib.causesOf('key')),
                endpointLabels),
      lib.advice(causesBut(lib.causesOf('key')), endpointLabels),
    ],
  }),
  lib.alert('HolySheepEndpointFailing', page {
    comment: |||
      Other endpoints, unless completions have failed for the same reason by then.
    |||,
    severity: 'warning',
    same: 'endpoint_failing',
    expr: |||
      max by (%(endpoint)s) (
        endpoint:holysheep_failing:since{
          problem=~"%(failing)s",endpoint!~"%(apps)s"}
        or endpoint:holysheep_failing:since{problem=~"%(hangs)s",endpoint!~"%(apps)s"}
          unless on (%(relay)s) relay:holysheep_hangs:since) < time() - %(wait)d
      unless on (%(endpoint)s) (
        endpoint:holysheep_causes:hosts{endpoint!~"%(apps)s",cause=~"%(once)s"}
        and on (%(relay)s, cause)
          endpoint:holysheep_causes:hosts{endpoint=~"%(apps)s"})
      %(unlessDown)s
    ||| % (lib {
      apps: lib.applications,
      failing: problemsOf('HolySheepEndpointFailing'),
      hangs: hangs,
      once: std.join('|', ['forbidden', lib.causesOf('local')]),
      unlessDown: unlessDown,
      wait: config.siblings,
    }),
  }),
  lib.alert('HolySheepModelUnavailable', page {
    severity: lib.severityOf('HolySheepModelUnavailable'),
    expr: of('HolySheepModelUnavailable', lib.endpoint) + '\n' + unlessDown,
    summary: 'Relay {{ $labels.relay }} has not offered the model%s %s.'
             % [model, onEndpoint],
    description: |||
      Applications that request this model get an error. Switch them to another
      model or relay. Then compare the name with the relay's list at /models: the
      model was renamed or removed, or none of the relay's upstreams offers it at
      the moment.
    |||,
  }),
  lib.alert('HolySheepRateLimited', page {
    severity: lib.severityOf('HolySheepRateLimited'),
    comment: 'By the verdict: a host that is told to wait for an hour has no vote.',
    expr: |||
      quantile by (%(endpoint)s) (0.5, holysheep_verdict_since_timestamp_seconds
        and on (%(probe)s) holysheep_verdict{cause="rate_limited"} == 1)
      and on (%(endpoint)s)
        count by (%(endpoint)s) (holysheep_verdict{cause="rate_limited"} == 1)
        / count by (%(endpoint)s) (holysheep_verdict{cause="ok"}) > %(majority)s
    ||| % (lib { majority: config.majority }),
    'for': config.rateLimitedFor,
    summary: 'Relay {{ $labels.relay }} has throttled the key at'
             + ' {{ $labels.endpoint }}%s %s.' % [model, 'since ' + lib.clock
      + lib.onHosts(
        'count(count by (%s) (holysheep_verdict{%%(labels)s,' % lib.host
        + "cause='rate_limited'} == 1))",
        'count(count by (%s) (holysheep_verdict{%%(labels)s,' % lib.host
        + "cause='ok'}))", endpointLabels)],
    description: |||
      Applications that use this key probably get 429 errors too. Send less, wait,
      or ask the relay for a higher limit.
    |||,
  }),
  lib.alert('HolySheepHostFailing', page {
    severity: 'warning',
    expr: |||
      max by (%s, problem) (
        instance_endpoint:holysheep_incident:since
        unless on (%s) endpoint:holysheep_held:ratio)
    ||| % [lib.hostRelay, lib.endpoint],
    'for': config.minorityFor,
    dashboard: lib.dashboard('relay', ['relay', 'instance']),
    summary: |||
      Relay {{ $labels.relay }} has been failing on host {{ $labels.instance }}
      since %s, but not on most other hosts%s.
    ||| % [lib.clock, lib.meanings(onHost, hostLabels)],
    description: |||
      Applications on this host may fail too.%s If that does not help, compare its
      key file, certificates, proxy and route with those of a host that works.
    ||| % lib.advice(onHost, hostLabels),
    hosts: lib.query('count(group by (%s) (' % lib.host
                     + 'instance_endpoint:holysheep_failing:vote{%(labels)s}))',
                     config.voteBy),
  }),
  lib.alert('HolySheepVantageNetwork', page {
    expr: |||
      min by (%s) (instance_relay:holysheep_unseen:since)
    ||| % lib.commas(placeLabels),
    dashboard: lib.dashboard('fleet'),
    summary: |||
      {{ if gt (len (%(relays)s)) 1 }}Relays{{ else }}Relay{{ end }} %(list)s%(whose)s: every
      host that probes {{ if gt (len (%(relays)s)) 1 }}them{{ else }}it{{ end }} has
      lost its network, the first one at %(clock)s.
    ||| % {
      relays: unseen('relay'),
      list: lib.list(unseen('relay'), '{{ .Labels.relay }}', ['relay']),
      whose: lib.whose,
      clock: lib.clock,
    },
    description: |||
      It is not known whether these hosts' relays work, and no other alert about
      them can fire. Applications on these hosts probably cannot reach them.
      Check resolver, default route and outgoing firewall rules of %s.
    ||| % lib.list(
      unseen('instance'), '{{ .Labels.instance }}', ['instance']),
  }),
  lib.alert('HolySheepVantageNetwork', page {
    severity: 'warning',
    expr: |||
      max by (%(host)s) (
        holysheep_network_lost_since_timestamp_seconds > 0 < time() - %(lost)d)
      unless on (%(host)s) instance_relay:holysheep_unseen:since
    ||| % (lib { lost: config.networkLost }),
    dashboard: lib.dashboard('fleet', ['instance']),
    summary: 'Host {{ $labels.instance }} has had no network since %s: it cannot'
             % lib.clock + ' connect to half of its relays or more.',
    description: |||
      Applications on this host probably cannot reach them either. Other hosts
      still probe these relays. Check this host's resolver, default route and
      outgoing firewall rules.
    |||,
    hosts: 'query "count(instance:holysheep_seen:timestamp)"',
  }),
];

{
  'causes.yml': {
    name: 'holysheep-causes',
    interval: config.interval.causes,
    comment: |||
      Whether relays work, by vote. Each host tells what it knows for certain
      (holysheep_probe_failing, holysheep_incident); these rules count.

        holysheep_probe_failing      holysheep_incident{problem}
                  |                  holysheep_incident_since_...
                  v                             v
        1 ...failing:vote            2 ...incident:since
          a probe of a host: 0, 1      a probe of a host, its problem
                  v                             v
        3 endpoint:...failing:ratio    endpoint:...problem:hosts, kind:ratio
          part of the hosts, 0 to 1      the same of each problem
                  |                             |
                  v     .-----------------------|
        4 endpoint:...held:ratio --> 5 endpoint:...failing:since
          more than half; damped       what most hosts call it  --> alerts of an
                                                |                    endpoint
                                                v
                                     6 relay:...dead:since, down:since
                                       each of its endpoints --> HolySheepAPIDown
    |||,
    rules: recorded + alerts,
  },
}
