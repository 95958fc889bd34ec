// Availability over 30 days.
local lib = import 'lib.libsonnet';
local l = lib;

local ratio(fault) = {
  record: 'endpoint:holysheep_availability:ratio30d',
  labels: { fault: fault },
  expr: |||
    1 - (
      sum by (%(endpoint)s) (sum_over_time(
        instance_endpoint:holysheep_faulty:sum1h{fault="%(fault)s"}[30d:1h]))
      or 0 * endpoint:holysheep_observed:sum30d
    ) / endpoint:holysheep_observed:sum30d
  ||| % (l { fault: fault }),
};

{
  'sla.yml': {
    name: 'holysheep-sla',
    interval: lib.config.interval.default,
    comment: |||
      The part of the last 30 days in which an endpoint was available, by whose
      fault it was not, and the number of probes behind that figure. It is based
      on time, not on requests: those are more frequent during an outage.
      Prometheus keeps 15 days unless told to keep more:
      --storage.tsdb.retention.time=45d.
    |||,
    rules: [
      'hour by hour',
      {
        comment: |||
          The verdict is sampled: the samples with a fault, and all samples. The
          series of a cause only exists once the cause was seen, so an average
          over that series alone would be wrong. While the first answer is
          pending or a limit suppresses the probe, availability is unknown.
        |||,
        record: 'instance_endpoint:holysheep_faulty:sum1h',
        expr: |||
          sum by (%(probe)s, fault) (
            sum_over_time(
              holysheep_verdict{fault=~"relay|account|network"}[1h]))
        ||| % l,
      },
      {
        record: 'instance_endpoint:holysheep_observed:count1h',
        expr: |||
          sum by (%(probe)s) (
            count_over_time(holysheep_verdict{cause="ok"}[1h]))
          - (
            sum by (%(probe)s) (
              sum_over_time(
                holysheep_verdict{cause=~"pending|suppressed"}[1h]))
            or 0 * sum by (%(probe)s) (
              count_over_time(holysheep_verdict{cause="ok"}[1h]))
          ) > 0
        ||| % l,
      },
      {
        record: 'instance_endpoint:holysheep_requests:increase1h',
        expr: |||
          sum by (%(probe)s) (
            increase(holysheep_requests_total[1h]))
        ||| % l,
      },
      'the sum over the hours of 30 days',
      {
        record: 'endpoint:holysheep_observed:sum30d',
        expr: |||
          sum by (%(endpoint)s) (sum_over_time(
            instance_endpoint:holysheep_observed:count1h[30d:1h]))
        ||| % l,
      },
      {
        record: 'endpoint:holysheep_requests:sum30d',
        expr: |||
          sum by (%(endpoint)s) (sum_over_time(
            instance_endpoint:holysheep_requests:increase1h[30d:1h]))
        ||| % l,
      },
    ] + [ratio(fault) for fault in ['relay', 'account', 'network']],
  },
}
