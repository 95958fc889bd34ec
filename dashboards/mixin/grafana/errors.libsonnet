// The colours of error types: purple is the account, blue this host or its
// network, red and orange the relay.
local p = import 'panels.libsonnet';
local fixed(color) = { color: p.fixed(color) };

{
  color: p.shades('red'),
  alike: [
    ['/^(Unauthorized|Forbidden|QuotaExhausted|RateLimited)$/', { color: p.shades('purple') }],
    ['/^(ClientError|LocalError|DNSError)$/', { color: p.shades('blue') }],
  ],
  named: [
    ['Timeout', fixed('orange')],
    ['TLSError', fixed('semi-dark-orange')],
    ['ConnectionError', fixed('dark-red')],
    ['ServerError', fixed('red')],
    ['UpstreamError', fixed('light-red')],
  ],
}
