// The table of firing alerts.
local p = import 'panels.libsonnet';
local q = import 'queries.libsonnet';

local of = 'relay=~"${relay:regex}|"';

function(w, relays=true) p.table(w, {
  title: 'Alerts firing',
  description: 'What Prometheus sends to Alertmanager, with a link to the runbook. Of an alert of several hosts, one is named. Says so if Prometheus evaluates no rules at all.',
  empty: 'No alerts are firing',
  without: if relays then [] else ['relay'],
  columns: [
    {
      name: 'Severity',
      label: 'severity',
      shown: {
        'custom.cellOptions': { type: 'color-text' },
        mappings: [p.value({
          critical: { color: 'red', index: 0 },
          warning: { color: 'orange', index: 1 },
        })],
      } + p.width(75),
    },
    {
      name: 'Alert',
      label: 'alertname',
      shown: {
        links: [{
          title: 'Runbook',
          url: '${runbooks}/${__value.text}.md',
          targetBlank: true,
        }],
      } + p.width(200),
    },
  ] + (
    if relays then [{ name: 'Relay', label: 'relay', shown: p.width(100) }] else []
  ) + [
    { name: 'Where', label: 'where' },
    { name: 'Host', label: 'instance', shown: p.width(80) },
    { name: 'Hosts', expr: q.firingHosts(of), shown: p.width(50) },
    { name: 'Since', expr: q.firing(of), shown: p.timeAgo + p.width(120) },
  ],
}, sort='Severity')
