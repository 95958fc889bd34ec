// dashboards/alertmanager/alertmanager.yml: which labels two alerts have to share
// is a matter of who votes together.
local lib = import 'lib.libsonnet';

(importstr 'alertmanager.yml') % {
  vote: lib.relay,
  account: lib.account,
  host: lib.host,
}
