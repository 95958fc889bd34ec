// dashboards/consoles/holysheep.html, from the files of the folder console.
local lib = import 'lib.libsonnet';
local console = import 'console.libsonnet';

// In a template, an expression is a raw string.
local query(expression) =
  assert std.length(std.findSubstr('`', expression)) == 0;
  'query `%s`' % std.stripChars(expression, '\n');

// Of a list of things by relay, those of the row $row.
local same = 'and %s' % std.join(' ', [
  '(eq .Labels.%(label)s $row.Labels.%(label)s)' % { label: label }
  for label in lib.config.voteBy
]);

// {{ if eq . "a" }}...{{ else if eq . "b" }}...{{ end }}, in short lines: a file
// with long ones is taken for one without its source.
local choose(of, cases) =
  '{{ if false }}%s\n{{- end }}' % std.join('', [
    '\n{{- else if eq %s "%s" }}%s' % ([of] + each)
    for each in cases
  ]);
// Of a row's state.
local state(what) = choose('.Labels.rank', std.mapWithIndex(
  function(i, s) ['%02d' % i, what(s)], console.states));
// The rank of the first state of a level: those before it are worse.
local rankOf(level) = '%02d' % std.find(level, [s.level for s in console.states])[0];
local signs = { critical: '✖', warning: '▲', ok: '✔', unknown: '?' };

// "2 of 3".
local hosts = |||
  {{ $of := 0.0 }}{{ range $hosts }}{{ if %(same)s }}{{ $of = .Value }}{{ end }}{{ end -}}
  {{ $said := 0.0 }}{{ range $failing }}{{ if %(same)s }}{{ $said = .Value }}{{ end }}{{ end -}}
  {{ $said }} of {{ $of }}
||| % { same: same };

local values = {
  ['query ' + name]: query(console.now[name])
  for name in std.objectFields(console.now)
} + {
  'state name': state(function(s) s.name),
  'state level': state(function(s) s.level),
  'state words': state(function(s) s.words),
  'state sign': state(function(s) signs[s.level]),
  'first warning': rankOf('warning'),
  'first unknown': rankOf('unknown'),
} + {
  same: same,
  'hosts of row': std.stripChars(hosts, '\n'),
  meaning: choose('.Labels.cause',
                  [[c.name, c.meaning] for c in lib.tables.causes]),
  runbooks: lib.config.runbooks,
  hours: std.toString(console.hours),
  settings: std.manifestJsonEx({
    hours: console.hours,
    queries: console.ranges,
    slow: std.parseJson(lib.config.slowSeconds),
  }, '  '),
  style: importstr 'console/style.css',
  script: importstr 'console/script.js',
};

std.foldl(function(text, name) std.strReplace(text, '[[%s]]' % name, values[name]),
          // The script has placeholders of its own.
          ['script'] + std.objectFields(values),
          importstr 'console/page.html')
