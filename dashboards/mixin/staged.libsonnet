// The same rules for a fleet that does not want to be paged yet.
{
  // What is critical is a warning that says so.
  muted(file):: std.strReplace(
    std.strReplace(file, 'severity: critical}',
                   'severity: warning, would_be: critical}'),
    '\n\ngroups:\n',
    '\n# Staged: nothing is critical. Load either this folder or rules.\n\ngroups:\n'),

  count: {
    name: 'holysheep-staged',
    interval: '10m',
    comment: 'How often there would have been a page.',
    rules: [{
      comment: |||
        In the last seven days. The series of an alert has the time at which it
        began, so that each change is another beginning.
      |||,
      record: 'relay:holysheep_would_have_paged:count7d',
      expr: |||
        sum by (alertname, relay) (
          1 + changes(ALERTS_FOR_STATE{would_be="critical"}[7d]))
      |||,
    }],
  },
}
