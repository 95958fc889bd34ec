// Who fails, by vote, and the alerts that say so.
local lib = import 'lib.libsonnet';
local config = lib.config;

// What a tie goes to: what a person can do most about comes last, and wins.
local precedence = ['local', 'network', 'error', 'content', 'rate_limited',
                    'model', 'timeout', 'quota', 'key'];
assert std.set(precedence) == std.set(lib.tables.problems);

// Those that say that an endpoint does not answer.
local dead = 'error|network|timeout';

local clockAndHostsWith(problem) = 'since %s, on %s hosts' % [
  lib.clock,
  '{{ range %s }}{{ .Value }} of {{ .Labels.of }}{{ end }}' % lib.query(
    "relay:holysheep_hosts:failing{%%(labels)s,problem='%s'}" % problem,
    config.voteBy),
];
local clockAndHosts = clockAndHostsWith('');
local list(query, each, by) =
  '{{ range $i, $e := %s%s }}{{ if $i }}, {{ end }}%s{{ end }}' % [
    query,
    std.join('', [' | sortByLabel "%s"' % label for label in by]),
    each,
  ];
local causes = list(
  lib.query('count by (cause) (endpoint:holysheep_causes:hosts{%(labels)s})',
            config.voteBy),
  '{{ .Labels.cause }}', ['cause']);
local failing = 'Failing: %s.' % list(
  lib.query('endpoint:holysheep_causes:hosts{%(labels)s}', config.voteBy),
  '{{ .Labels.endpoint }}{{ with .Labels.model }} {{ . }}{{ end }}'
  + ' ({{ .Labels.cause }})', ['cause', 'endpoint']);
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
    comment: |||
      1. One series for each probe that has a vote: 1 while it fails. What a host
      sees just after its network came back does not count.
    |||,
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
        max by (%(probe)s) (
          holysheep_incident_since_timestamp_seconds)
    ||| % lib,
  },
  {
    comment: '3. The part of an endpoint\'s hosts that sees it fail.',
    record: 'endpoint:holysheep_failing:ratio',
    expr: |||
      avg by (%s) (instance_endpoint:holysheep_failing:vote)
    ||| % lib.endpoint,
  },
  {
    comment: '4. Endpoints that fail: by majority, and damped.',
    record: 'endpoint:holysheep_held:ratio',
    expr: |||
      endpoint:holysheep_failing:ratio > %(majority)s
      or endpoint:holysheep_failing:ratio > %(remainder)s
        and max_over_time(endpoint:holysheep_failing:ratio[%(memory)s]) > %(majority)s
    ||| % config,
  },
  {
    comment: |||
      5. What most of the hosts call it; in a tie, what a person can do most
      about. The median host tells since when.
    |||,
    record: 'problem:holysheep_precedence:weight',
    expr: std.join('\nor ', [
      'label_replace(vector(0.0%d), "problem", "%s", "", "")'
      % [i, precedence[i]]
      for i in std.range(0, std.length(precedence) - 1)
    ]),
  },
  {
    record: 'endpoint:holysheep_problem:hosts',
    expr: |||
      topk by (%(endpoint)s) (1,
        count by (%(endpoint)s, problem) (
          instance_endpoint:holysheep_incident:since)
        + on (problem) group_left () problem:holysheep_precedence:weight)
      and on (%(endpoint)s) endpoint:holysheep_held:ratio
    ||| % lib,
  },
  {
    record: 'endpoint:holysheep_failing:since',
    expr: |||
      endpoint:holysheep_problem:hosts ^ 0
      * on (%(endpoint)s) group_left ()
        floor(quantile by (%(endpoint)s) (
          0.5, instance_endpoint:holysheep_incident:since))
    ||| % lib,
  },
  {
    comment: '6. Relays of which each endpoint fails: since the last of them did.',
    record: 'relay:holysheep_dead:since',
    expr: |||
      max by (%(relay)s) (endpoint:holysheep_failing:since)
      and count by (%(relay)s) (endpoint:holysheep_failing:since{
        problem=~"%(dead)s"})
        == count by (%(relay)s) (endpoint:holysheep_failing:ratio)
    ||| % (lib { dead: dead }),
  },
  {
    record: 'relay:holysheep_down:since',
    expr: |||
      relay:holysheep_dead:since
      and on (%s) endpoint:holysheep_failing:since{problem=~"error|network"}
    ||| % lib.relay,
  },
  {
    comment: 'Something hangs and no completion has succeeded since, or all hangs.',
    record: 'relay:holysheep_hangs:since',
    expr: |||
      max by (%(relay)s) (endpoint:holysheep_failing:since{problem="timeout"})
        > on (%(relay)s) max by (%(relay)s) (
          holysheep_last_success_timestamp_seconds{endpoint=~"%(apps)s"})
        unless on (%(relay)s)
          endpoint:holysheep_failing:since{problem!="timeout",endpoint=~"%(apps)s"}
      or relay:holysheep_dead:since
    ||| % (lib { apps: lib.applications }),
  },
  {
    record: 'endpoint:holysheep_causes:hosts',
    expr: |||
      count by (%(endpoint)s, cause) (
        max by (%(probe)s, cause) (
          holysheep_verdict{fault!="none"} == 1)
        and on (%(probe)s)
          instance_endpoint:holysheep_incident:since)
      and on (%(endpoint)s) endpoint:holysheep_failing:since
    ||| % lib,
  },
  {
    comment: 'Hosts with a problem, and with any; `of` so many that have a vote.',
    record: 'relay:holysheep_hosts:failing',
    expr: |||
      (count by (%(relay)s, problem) (group by (%(hosts)s, problem) (
          instance_endpoint:holysheep_incident:since))
        or count by (%(relay)s) (group by (%(hosts)s) (
          instance_endpoint:holysheep_incident:since)))
      * on (%(relay)s) group_left (of)
        count_values by (%(relay)s) ("of",
          count by (%(relay)s) (group by (%(hosts)s) (
            instance_endpoint:holysheep_failing:vote))) ^ 0
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

local of(problem) = 'max by (%s) (endpoint:holysheep_failing:since{problem="%s"})'
                    % [lib.relay, problem];
local unlessDown = 'unless on (%s) max_over_time(relay:holysheep_down:since[%s])'
                   % [lib.relay, config.afterOutage];
local atEndpoint = 'Relay {{ $labels.relay }}: {{ $labels.endpoint }}' + model;

local alerts = [
  lib.alert('HolySheepAPIDown', page {
    expr: 'relay:holysheep_down:since',
    keep_firing_for: config.afterOutage,
    summary: 'Relay {{ $labels.relay }} is down (%s), %s.'
             % [causes, clockAndHosts],
    description: |||
      Applications get nothing from this relay. {{ if %s }}These hosts cannot
      reach it: check their resolver, proxy and egress first.{{ else }}Switch
      them to another relay, and check this relay's status page.{{ end }} %s
    ||| % [lib.query('endpoint:holysheep_failing:since{%(labels)s,'
                     + "problem='network'}", config.voteBy), failing],
  }),
  lib.alert('HolySheepKeyRejected', page {
    expr: of('key'),
    summary: 'Relay {{ $labels.relay }}: the API key is rejected, %s.'
             % clockAndHostsWith('key'),
    description: |||
      Every application with this key fails. Create a new key in the relay's
      console and install it in the key file of each host; collectd needs no
      restart. %s
    ||| % failing,
  }),
  lib.alert('HolySheepQuotaExhausted', page {
    expr: of('quota'),
    summary: 'Relay {{ $labels.relay }}: the account or the key has no quota'
             + ' left, %s.' % clockAndHostsWith('quota'),
    description: |||
      The relay rejects completions until somebody pays. Top up the account or
      raise the key's quota. %s
    ||| % failing,
  }),
  lib.alert('HolySheepAPITimeout', page {
    expr: 'relay:holysheep_hangs:since\n' + unlessDown,
    summary: 'Relay {{ $labels.relay }} does not answer in time, %s.'
             % clockAndHosts,
    description: |||
      Applications hang until their own timeouts expire. Switch them to another
      relay. A long connect phase of the probes points to the network, a long
      server phase to the relay. %s
    ||| % failing,
  }),
  lib.alert('HolySheepEndpointFailing', page {
    anchor: 'endpoint_failing',
    expr: |||
      max by (%s) (endpoint:holysheep_failing:since{
        problem=~"error|network|content|local",endpoint=~"%s"})
      %s
    ||| % [lib.endpoint, lib.applications, unlessDown],
    summary: atEndpoint + ' fails, %s.' % clockAndHosts,
    description: |||
      {{ if match "%s" $labels.endpoint }}Applications fail in the same way,
      unless the problem is these hosts' own (key file, certificates, memory).
      {{- else }}Completions may work.{{ end }} collectd's log has the relay's
      message and request ID. %s
    ||| % [lib.applications, failing],
  }),
  lib.alert('HolySheepEndpointFailing', page {
    comment: |||
      Other endpoints, after their siblings have had their say, and unless it is
      the account or the host, which is told for completions.
    |||,
    severity: 'warning',
    same: 'endpoint_failing',
    expr: |||
      max by (%(endpoint)s) (
        endpoint:holysheep_failing:since{
          problem=~"error|network|content|local",endpoint!~"%(apps)s"}
        or endpoint:holysheep_failing:since{problem="timeout",endpoint!~"%(apps)s"}
          unless on (%(relay)s) relay:holysheep_hangs:since) < time() - %(wait)d
      unless on (%(endpoint)s) (
        endpoint:holysheep_causes:hosts{endpoint!~"%(apps)s",cause=~"%(once)s"}
        and on (%(relay)s, cause)
          endpoint:holysheep_causes:hosts{endpoint=~"%(apps)s"})
      %(unlessDown)s
    ||| % (lib {
      apps: lib.applications,
      once: std.join('|', ['forbidden', lib.causesOf('local')]),
      unlessDown: unlessDown,
      wait: config.siblings,
    }),
  }),
  lib.alert('HolySheepModelUnavailable', page {
    severity: 'warning',
    expr: 'max by (%s) (endpoint:holysheep_failing:since{problem="model"})\n'
          % lib.endpoint + unlessDown,
    summary: 'Relay {{ $labels.relay }} does not offer the model%s, %s.'
             % [model, clockAndHosts],
    description: |||
      Applications that request it get an error. Compare the name with the
      relay's list at /models: it was renamed or removed, or no upstream channel
      offers it now.
    |||,
  }),
  lib.alert('HolySheepRateLimited', page {
    severity: 'warning',
    comment: 'By the verdict: who is told to wait for an hour has no vote.',
    expr: |||
      quantile by (%(endpoint)s) (0.5,
        holysheep_verdict_since_timestamp_seconds
        and on (%(probe)s) holysheep_verdict{cause="rate_limited"} == 1)
      and on (%(endpoint)s)
        count by (%(endpoint)s) (holysheep_verdict{cause="rate_limited"} == 1)
        / count by (%(endpoint)s) (holysheep_verdict{cause="ok"}) > %(majority)s
    ||| % (lib { majority: config.majority }),
    'for': config.rateLimitedFor,
    summary: 'Relay {{ $labels.relay }} throttles the key at'
             + ' {{ $labels.endpoint }}%s, %s.' % [model, clockAndHosts],
    description: |||
      Applications that use this key get the same 429. Waiting helps; otherwise
      send less, or ask the relay for a higher limit.
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
      Host {{ $labels.instance }}: probes of relay {{ $labels.relay }} fail
      ({{ $labels.problem }}) since %s, and on most other hosts they do not.
    ||| % lib.clock,
    description: |||
      Applications on this host probably fail as well. Compare its key file,
      certificates, proxy and route with those of another host.
    |||,
  }),
  lib.alert('HolySheepVantageNetwork', page {
    expr: |||
      min by (%s) (instance_relay:holysheep_unseen:since)
    ||| % lib.commas(config.instanceLabels[:std.length(config.instanceLabels) - 1]),
    dashboard: lib.dashboard('fleet'),
    summary: 'No host with a network probes %s, since %s.' % [list(
      'query "count by (relay) (instance_relay:holysheep_unseen:since)"',
      '{{ .Labels.relay }}', ['relay']), lib.clock],
    description: |||
      It is unknown whether these relays work. Check resolver, route and firewall
      of %s.
    ||| % list(
      'query "topk(10, count by (instance) (instance_relay:holysheep_unseen:since))"',
      '{{ .Labels.instance }}', ['instance']),
  }),
  lib.alert('HolySheepVantageNetwork', page {
    severity: 'warning',
    expr: |||
      max by (%(host)s) (
        holysheep_network_lost_since_timestamp_seconds > 0 < time() - %(lost)d)
      unless on (%(host)s) instance_relay:holysheep_unseen:since
    ||| % (lib { lost: config.networkLost }),
    dashboard: lib.dashboard('fleet', ['instance']),
    summary: 'Host {{ $labels.instance }} has lost its own network, since %s.'
             % lib.clock,
    description: |||
      It has no vote until its network is back; other hosts probe its relays.
      Check its resolver, route and firewall.
    |||,
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
                  v                             |
        1 ...failing:vote            2 ...incident:since
          a probe of a host: 0, 1      a probe of a host, its problem
                  v                             |
        3 endpoint:...failing:ratio             |
          part of the hosts, 0 to 1             |
                  |                             |
                  v                             v
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
