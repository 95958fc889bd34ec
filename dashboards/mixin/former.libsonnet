// Hosts of the version before.
local lib = import 'lib.libsonnet';

// Each of the nested calls names the incidents of some causes; `error` is all
// else.
local names = [
  ['error', '', ''],
  ['$1', 'cause', '(%s)' % std.join('|', [
    c.name
    for c in lib.tables.causes
    if c.name == c.problem
  ])],
] + [
  [problem, 'cause', lib.causesOf(problem)]
  for problem in ['key', 'model', 'content']
] + [['$1', 'fault', '(network|local)']];
local named = std.repeat('label_replace(', std.length(names))
              + '\n  holysheep_verdict{fault!="none"} == 1' + std.join('', [
  ',\n  "problem", "%s", "%s", "%s")' % each
  for each in names
]);

local each = lib {
  of: lib.commas(['job'] + lib.config.instanceLabels
                 + ['relay', 'endpoint', 'model']),
  named: named,
};

{
  'former.yml': {
    name: 'holysheep-former',
    interval: lib.config.interval.causes,
    comment: |||
      The families that causes.yml reads, for hosts whose plugin is of the version
      before and does not have them. Remove this file when there are none left.
    |||,
    rules: [
      {
        comment: 'Two failures in a row are a vote.',
        record: 'holysheep_probe_failing',
        expr: |||
          holysheep_consecutive_failures >= bool 2 and holysheep_up
          unless on (%(hostRelay)s) holysheep_network_lost_since_timestamp_seconds
        ||| % each,
      },
      {
        record: 'holysheep_incident',
        expr: |||
          max by (%(of)s, problem) (
            %(named)s)
          and on (%(probe)s) holysheep_consecutive_failures >= 2
          unless on (%(hostRelay)s)
            holysheep_network_lost_since_timestamp_seconds
        ||| % each,
      },
      {
        record: 'holysheep_incident_since_timestamp_seconds',
        expr: |||
          holysheep_verdict_since_timestamp_seconds
          and on (%(probe)s) holysheep_incident == 1
          unless on (%(hostRelay)s) holysheep_network_lost_since_timestamp_seconds
        ||| % each,
      },
    ],
  },
}
