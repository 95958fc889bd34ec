// How rules are written: lists of labels, thresholds, texts, and the YAML that
// Prometheus loads.
local config = import 'config.libsonnet';
local tables = import 'tables.json';

{
  config: config,
  tables: tables,

  // --- labels ---------------------------------------------------------------

  commas(labels):: std.join(', ', labels),

  // What one probe of one host is, and one host, and one relay of it; what
  // votes: an endpoint, and a relay.
  probe: $.commas(config.instanceLabels + ['relay', 'endpoint', 'model']),
  host: $.commas(config.instanceLabels),
  hostRelay: $.commas(config.instanceLabels + ['relay']),
  endpoint: $.commas(config.voteBy + ['endpoint', 'model']),
  relay: $.commas(config.voteBy),
  account: $.commas(config.accountBy),

  // Endpoints as a regular expression: those that applications use, and those
  // that tell the balance.
  endpointsWith(column):: std.join('|', [
    e.name
    for e in tables.endpoints
    if e[column]
  ]),
  applications: $.endpointsWith('applications'),
  balances: $.endpointsWith('balance'),
  causesOf(problem):: std.join('|', [
    c.name
    for c in tables.causes
    if c.problem == problem
  ]),

  // Problems by precedence, the least first; those that an alert tells, and those
  // with which an endpoint serves nobody.
  problems: [p.name for p in std.sort(tables.problems, function(p) p.precedence)],
  problemsOf(alert):: [p.name for p in tables.problems if p.alert == alert],
  outages: [p.name for p in tables.problems if p.outage],
  severityOf(alert):: if std.member(
    [p.alert for p in tables.problems if p.pages], alert
  ) then 'critical' else 'warning',
  anyOf(names):: std.join('|', names),

  // --- thresholds -----------------------------------------------------------

  // A rule that records a threshold of each relay in `relays`, which is any
  // vector with that label.
  threshold(name, relays):: {
    record: 'relay:holysheep_%s:threshold' % name,
    expr: |||
      max by (relay) (holysheep:override{threshold="%s"})
      or on (relay) group by (relay) (%s) * %g
    ||| % [name, relays, config.threshold[name]],
  },
  // On the right of a comparison.
  than(name):: 'on (relay) group_left () relay:holysheep_%s:threshold' % name,

  // Of a duration such as 30m.
  seconds(duration)::
    local number = std.parseInt(duration[:std.length(duration) - 1]);
    number * { s: 1, m: 60, h: 3600 }[duration[std.length(duration) - 1]],

  // --- texts ----------------------------------------------------------------

  // The first value of a query; `labels` are those of the alert, as in
  // {relay="..."}.
  query(format, labels):: 'printf "%s" %s | query' % [
    format % { labels: std.join(',', [l + '=%q' for l in labels]) },
    std.join(' ', ['$labels.' + l for l in labels]),
  ],
  valueOf(format, labels):: '{{ with %s }}{{ . | first | value }}{{ end }}' %
                            $.query(format, labels),
  // What a query gives, in the order of the labels `by`, and no more than `most`
  // of it: a relay may have 100 models and a fleet 300 hosts.
  list(query, each, by=[], most=10, separator=', ', more=true)::
    '{{ $all := %s }}{{ range $i, $e := $all }}{{ if lt $i %d }}' % [
      query + std.join('', [' | sortByLabel "%s"' % l for l in by]),
      most,
    ] + '{{ if $i }}%s{{ end }}%s{{ end }}{{ end }}' % [separator, each]
    + if !more then ''
    else '{{ if gt (len $all) %d }} (and {{ len (slice $all %d) }} more){{ end }}'
         % [most, most],

  // The causes in `vector`, an expression as for query(): what they mean, behind
  // a colon, and what to do about them, behind a space.
  local words(vector, labels) = $.query(
    'count by (cause, meaning, advice) (' + vector
    + ' * on (cause) group_left (meaning, advice) cause:holysheep_meaning:info)',
    labels),
  meanings(vector, labels):: '{{ with %s }}: %s{{ end }}' % [
    words(vector, labels),
    $.list('.', '{{ .Labels.meaning }}', ['cause'], 3, '; '),
  ],
  advice(vector, labels):: $.list(
    words(vector, labels), ' {{ .Labels.advice }}', ['cause'], 3, '', more=false),

  // `, on 3 of 4 hosts`, from two queries; nothing where there is one host.
  onHosts(failing, all, labels):: (
    '{{ with %s }}{{ $of := . | first | value }}' % $.query(all + ' > 1', labels)
    + '{{ with %s }}, on {{ . | first | value }} of {{ $of }} hosts{{ end }}{{ end }}'
      % $.query(failing, labels)
  ),

  // Where a cluster has a vote of its own, ` (cluster east)`; behind the first
  // relay or host that a summary names.
  whose: std.join('', [
    '{{ with $labels.%s }} (%s {{ . }}){{ end }}' % [label, label]
    for label in config.voteBy
    if label != 'relay'
  ]),
  local named(summary) =
    local behind(label) =
      local name = '{{ $labels.%s }}' % label;
      std.strReplace(summary, name, name + $.whose);
    if behind('relay') != summary then behind('relay') else behind('instance'),

  // How many hosts probe the relay of an alert.
  hostsOfRelay:: $.query(
    'count(count by (%s) (instance_relay:holysheep_seen:timestamp{%%(labels)s}))'
    % $.host, config.voteBy),

  // 09:54 UTC, after half a day 27 November 09:54 UTC; and 2026-11-28 09:54 UTC.
  clock: '{{ if printf "vector(time() - %.0f) > 43200" $value | query }}'
         + '{{ ($value | toTime).Format "2 January" }} {{ end }}'
         + '{{ ($value | toTime).Format "15:04" }} UTC',
  date: '{{ ($value | toTime).Format "2006-01-02 15:04" }} UTC',
  dashboard(name, labels=[]):: config.grafana + '/d/holysheep-' + name + (
    if labels == [] then '' else '?' + std.join('&', [
      'var-%s={{ urlquery $labels.%s }}' % [l, l]
      for l in labels
    ])
  ),

  // An alert; `rule` has expr, severity, summary, description and dashboard,
  // and may have `for`, keep_firing_for, comment and labels. One of a single host
  // has `hosts`, a query: how many there are, for a notification about many. One
  // with `same` has the texts of the one with that `anchor`.
  alert(name, rule):: {
    comment: std.get(rule, 'comment'),
    alert: name,
    expr: rule.expr,
    'for': std.get(rule, 'for'),
    keep_firing_for: std.get(rule, 'keep_firing_for'),
    labels: { severity: rule.severity } + std.get(rule, 'labels', {}),
    anchor: std.get(rule, 'anchor'),
    annotations: if std.objectHas(rule, 'same') then { same: rule.same } else {
      summary: named(rule.summary),
      description: rule.description,
      hosts: if std.objectHas(rule, 'hosts')
      then '{{ with %s }}{{ . | first | value }}{{ end }}' % rule.hosts,
      runbook_url: '%s/%s.md' % [config.runbooks, name],
      dashboard_url: rule.dashboard,
    },
  },

  // --- YAML -----------------------------------------------------------------

  lines(text):: std.split(std.stripChars(text, '\n'), '\n'),
  indented(by, text):: std.join('\n', [
    if line == '' then '' else by + line
    for line in $.lines(text)
  ]),

  // A text in one line, however long: what it says is easier to read in the
  // rendered examples than here.
  quoted(text):: "'%s'" % std.strReplace(
    std.join(' ', std.filter(
      function(word) word != '',
      std.split(std.strReplace(text, '\n', ' '), ' '))),
    "'", "''"),

  comment(by, text):: $.indented(by, std.join('\n', [
    if line == '' then '#' else '# ' + line
    for line in $.lines(text)
  ])),

  expression(text)::
    local lines = $.lines(text);
    if std.length(lines) == 1 && std.length(text) < 90
    then '        expr: ' + lines[0]
    else '        expr: |\n' + $.indented('          ', text),

  pairs(members):: '{' + std.join(', ', [
    '%s: %s' % [m, if members[m] == '' then '""' else members[m]]
    for m in std.objectFields(members)
  ]) + '}',

  rule(rule):: std.join('\n', std.prune([
    if std.get(rule, 'comment') != null
    then $.comment('      ', rule.comment),
    if std.objectHas(rule, 'alert') then '      - alert: ' + rule.alert
    else '      - record: ' + rule.record,
    $.expression(std.stripChars(rule.expr, '\n')),
    if std.get(rule, 'for') != null then '        for: ' + rule['for'],
    if std.get(rule, 'keep_firing_for') != null
    then '        keep_firing_for: ' + rule.keep_firing_for,
    if std.objectHas(rule, 'labels')
    then '        labels: ' + $.pairs(rule.labels),
  ] + (
    if !std.objectHas(rule, 'annotations') then []
    else if std.objectHas(rule.annotations, 'same')
    then ['        annotations: *' + rule.annotations.same]
    else [std.rstripChars('        annotations: ' + (
      if rule.anchor == null then '' else '&' + rule.anchor
    ), ' ')] + [
      '          %s: %s' % [name, $.quoted(rule.annotations[name])]
      for name in ['summary', 'description', 'hosts', 'runbook_url', 'dashboard_url']
      if std.get(rule.annotations, name) != null
    ]
  ))),

  // A file with one group of rules. In `rules`, a text is a heading.
  file(group):: std.join('\n', [
    $.comment('', std.stripChars(group.comment, '\n') + '\n' + |||

      Generated: edit dashboards/mixin/config.libsonnet, run `make dashboards`.
    |||),
    '',
    'groups:',
    '  - name: ' + group.name,
  ] + (
    if std.objectHas(group, 'interval') then ['    interval: ' + group.interval]
    else []
  ) + ['    rules:']) + '\n' + std.join('\n', [
    if std.isString(rule)
    then '\n      # --- %s %s\n' % [rule, std.repeat('-', 65 - std.length(rule))]
    else $.rule(rule)
    for rule in group.rules
  ]) + '\n',
}
