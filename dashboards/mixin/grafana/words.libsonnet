// States, problems and causes: as numbers, which is what panels compare, and as
// texts and colours, which is what they show. Green works, purple is the account
// (key, quota, permissions), red and orange are the relay, blue is the network or
// this host, grey is unknown.
local lib = import '../lib.libsonnet';
local p = import 'panels.libsonnet';

local grey = '#6e7681';

// Of a relay, by what hurts most: [number, text, colour]. queries.libsonnet has
// what each means.
local states = [
  [6, 'DOWN', 'red'],
  [5, 'UNKNOWN', 'dark-purple'],
  [4, 'FAILING', 'semi-dark-red'],
  [3, 'PARTLY', 'orange'],
  [2, 'SOME HOSTS', 'semi-dark-yellow'],
  [1, 'WAITING', 'blue'],
  [0, 'UP', 'green'],
  [-1, 'NO RULES', grey],
];

local problemColours = {
  'local': 'dark-blue',
  network: 'blue',
  'error': 'red',
  content: 'light-orange',
  rate_limited: 'light-purple',
  model: 'yellow',
  timeout: 'orange',
  quota: 'purple',
  key: 'dark-purple',
};
// 0 is a working endpoint; a problem is 1 more than its place.
local problems = [[0, 'ok', 'green']] + [
  [i + 1, lib.problems[i], problemColours[lib.problems[i]]]
  for i in std.range(0, std.length(lib.problems) - 1)
];

// The worse, the greater.
local causes = [
  ['ok', 'green'],
  ['pending', grey],
  ['suppressed', '#8e96a0'],
  ['rate_limited', 'light-purple'],
  ['balance_unknown', 'light-yellow'],
  ['model_not_found', 'yellow'],
  ['client_error', 'semi-dark-yellow'],
  ['redirected', 'dark-yellow'],
  ['malformed', 'light-orange'],
  ['too_large', 'light-orange'],
  ['empty_answer', 'light-orange'],
  ['unexpected_answer', 'light-orange'],
  ['server_error', 'red'],
  ['upstream', 'light-red'],
  ['stream_cut', 'super-light-red'],
  ['stream_stalled', 'super-light-red'],
  ['stream_error', 'super-light-red'],
  ['timeout', 'orange'],
  ['tls', 'semi-dark-orange'],
  ['tls_name', 'semi-dark-orange'],
  ['tls_issuer', 'semi-dark-orange'],
  ['tls_expired', 'semi-dark-orange'],
  ['connection', 'dark-red'],
  ['dns', 'blue'],
  ['forbidden', 'semi-dark-purple'],
  ['quota', 'purple'],
  ['key_rejected', 'dark-purple'],
  ['key_expired', 'dark-purple'],
  ['key_unreadable', 'dark-blue'],
  ['internal', 'dark-blue'],
  ['ca_unreadable', 'dark-blue'],
];
local names = [each[0] for each in causes];
local number = { [names[i]]: i for i in std.range(0, std.length(names) - 1) };
assert std.set(names) == std.set([c.name for c in lib.tables.causes]) :
       'a cause has no colour: ' + std.toString(std.setDiff(
  std.set([c.name for c in lib.tables.causes]), std.set(names)
));

// Those that are the network's fault at times have another number then.
local networks = [
  [10 * number.timeout, 'timeout (network)', 'light-blue'],
  [10 * number.connection, 'connection (network)', 'semi-dark-blue'],
  [10 * number.dns, 'dns', 'blue'],
];
local choice(label, pairs) = std.join('\nor ', [
  'label_replace(vector(%d), "%s", "%s", "", "")' % [pair[1], label, pair[0]]
  for pair in pairs
]);

{
  grey: grey,
  states: p.texts(states),
  problems: p.texts(problems),
  causes: p.texts([
    [i, causes[i][0], causes[i][1]]
    for i in std.range(0, std.length(causes) - 1)
  ] + networks),

  colourOfProblem(problem):: problemColours[problem],
  colourOf(cause):: causes[number[cause]][1],

  // What a cause is called and means, for columns that hold its name.
  meanings: p.value({
    [cause.name]: {
      text: '%s: %s' % [cause.name, cause.meaning],
      index: number[cause.name],
      color: causes[number[cause.name]][1],
    }
    for cause in lib.tables.causes
    if cause.fault != 'none'
  } + {
    silent: {
      text: 'no host sends anything about it',
      index: std.length(causes),
      color: grey,
    },
    unseen: {
      text: 'no host that probes it has a network',
      index: std.length(causes) + 1,
      color: 'blue',
    },
  }),

  // A vector with the labels cause and fault, as numbers.
  numbered(vector):: |||
    (%s) ^ 0
    * on (cause) group_left () (
      %s)
    * on (fault) group_left () (
      %s)
  ||| % [
    vector,
    choice('cause', [[names[i], i] for i in std.range(0, std.length(names) - 1)]),
    choice('fault', [
      [fault, if fault == 'network' then 10 else 1]
      for fault in std.set([c.fault for c in lib.tables.causes] + ['network', 'local'])
    ]),
  ],
}
