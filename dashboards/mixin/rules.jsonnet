// The files of dashboards/prometheus/rules and rules-staged, each by its path.
local groups = import 'groups.libsonnet';
local lib = import 'lib.libsonnet';
local staged = import 'staged.libsonnet';

// An array, because jsonnet evaluates its items once.
local files = [[name, lib.file(groups[name])] for name in std.objectFields(groups)];

{ ['rules/' + file[0]]: file[1] for file in files }
+ { ['rules-staged/' + file[0]]: staged.muted(file[1]) for file in files }
+ { 'rules-staged/staged.yml': lib.file(staged.count) }
