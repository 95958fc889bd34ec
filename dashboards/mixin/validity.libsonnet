// Keys and certificates that expire.
local lib = import 'lib.libsonnet';
local config = lib.config;

local key = 'relay:holysheep_key_expiry:timestamp';
local certificate = 'relay:holysheep_certificate_expiry:timestamp';

local known = 'holysheep_key_expiry_timestamp_seconds\n'
              + '    or holysheep_tls_cert_expiry_timestamp_seconds';

local within(vector, name) =
  '%s - time()\n< on (relay) group_left () (relay:holysheep_expiry_days_%s:threshold * 86400)'
  % [vector, name];

// Critical, and before that a warning with the same texts.
local both(name, anchor, vector, texts) = [
  lib.alert(name, texts {
    anchor: anchor,
    severity: 'critical',
    expr: '%s\nand\n%s' % [vector, within(vector, 'critical')],
    dashboard: lib.dashboard('relay', ['relay']),
  }),
  lib.alert(name, {
    same: anchor,
    severity: 'warning',
    expr: '%s\nand\n%s\nunless\n%s' % [
      vector,
      within(vector, 'warning'),
      within(vector, 'critical'),
    ],
  }),
];
local tense = '{{ with query "time()" }}'
              + '{{ if lt $value (. | first | value) }}expired{{ else }}expires'
              + '{{ end }}{{ end }}';

{
  'validity.yml': {
    name: 'holysheep-validity',
    interval: config.interval.default,
    comment: 'Keys and certificates that expire.',
    rules: [
      'thresholds',
      lib.threshold('expiry_days_warning', known),
      lib.threshold('expiry_days_critical', known),
      'expiry: the earliest that any host sees; 0 means never',
      {
        record: key,
        expr: 'min by (relay) (holysheep_key_expiry_timestamp_seconds > 0)',
      },
      {
        comment: |||
          Front ends may present different certificates by turns.
        |||,
        record: certificate,
        expr: |||
          min by (relay) (min_over_time(
            holysheep_tls_cert_expiry_timestamp_seconds[%s]) > 0)
        ||| % config.certificateMemory,
      },
      'alerts',
    ] + both('HolySheepKeyExpires', 'key_expires', key, {
      summary: 'Relay {{ $labels.relay }}: the API key %s at %s.'
               % [tense, lib.date],
      description: |||
        From then on, the relay rejects every request with this key, and
        applications that use it get errors. Create a new key in the relay's
        console, put it in the key file of each host, and give it to the
        applications. collectd needs no restart. If KeyExpires is set in
        collectd's configuration, update it too.
      |||,
    }) + both('HolySheepCertificateExpires', 'certificate_expires', certificate, {
      summary: 'Relay {{ $labels.relay }}: its certificate %s at %s.'
               % [tense, lib.date],
      description: |||
        From then on, applications that verify certificates, as all should,
        cannot connect to the relay. Tell its operator, and do not turn off
        VerifyPeer. If the relay has several front ends, others may already have a
        new certificate.
      |||,
    }),
  },
}
