// The same rules for a fleet that does not want to be paged yet.
local config = import 'config.libsonnet';

{
  // What is critical is a warning that says so.
  muted(file):: std.strReplace(
    std.strReplace(file, 'severity: critical}',
                   'severity: warning, would_be: critical}'),
    '\n\ngroups:\n',
    '\n# Staged: nothing is critical. Load either this folder or rules.\n\ngroups:\n'),

  count: {
    name: 'holysheep-staged',
    interval: config.interval.staged,
    comment: 'How often there would have been a page.',
    rules: [
      {
        comment: 'Since when an alert has fired; its labels are those of the page.',
        record: 'alert:holysheep_would_have_paged:since',
        expr: |||
          max without (alertstate) (
            ALERTS_FOR_STATE{would_be="critical"}
            and ignoring (alertstate)
              ALERTS{would_be="critical",alertstate="firing"})
        |||,
      },
      {
        comment: 'In the last seven days. Each change is another beginning.',
        record: 'relay:holysheep_would_have_paged:count7d',
        expr: |||
          sum by (alertname, relay) (
            1 + changes(alert:holysheep_would_have_paged:since[7d]))
        |||,
      },
    ],
  },
}
