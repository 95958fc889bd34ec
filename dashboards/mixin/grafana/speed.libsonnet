// Streams, and whose answers they are: of one relay, or of several beside each
// other. `by` are the labels of a line, and `legend` its name.
local lib = import '../lib.libsonnet';
local p = import 'panels.libsonnet';
local q = import 'queries.libsonnet';

// A stream's speed is what it did after its first token: in a short answer,
// most of which arrives at once, it means nothing.
local enough = 50;
local noStreams = 'No streams: set Stream true in <Chat>, <Messages> or <Responses>';

{
  noModels: 'No model is probed: see <Chat>, <Messages>, <Responses> and <Embeddings>',

  // The average number of tokens of an answer, at least.
  perSecond(onHosts, by, over='$__rate_interval'):: |||
    avg by (%(by)s) (avg_over_time(holysheep_output_tokens_per_second{%(of)s}[%(over)s])
      and on (instance, relay, model)
        increase(holysheep_tokens_total{%(of)s, type="completion"}[%(over)s])
          / on (instance, relay, model) sum by (instance, relay, model) (
            increase(holysheep_requests_total{%(of)s, model!="", status=~"2.."}[%(over)s]))
          >= %(enough)d)
  ||| % { by: by, of: onHosts, over: over, enough: enough },

  streams(of, onHosts, legend, by, w):: [
    p.lines(w, {
      title: 'First token, p95',
      description: "95 % of the first pieces of the model's output arrived within this time, from the start of the request, which includes connecting. Estimated from the bounds of a histogram.",
      empty: noStreams,
      unit: 's',
      min: 0,
      interval: '5m',
      queries: [{
        expr: q.quantile(
          '0.95',
          by + ', le',
          'rate(holysheep_time_to_first_token_seconds_bucket{%s}[$__rate_interval])' % onHosts
        ),
        legend: legend,
      }],
    }, last=['lastNotNull', 'max']),
    p.lines(w, {
      title: 'Tokens per second',
      description: 'The speed of streams after the first token, averaged over the hosts. Only of answers of %d tokens or more: what is shorter arrives at once.' % enough,
      empty: 'No streams of %d tokens: set MaxTokens, and a Prompt that needs as many' % enough,
      unit: 'short',
      min: 0,
      interval: '5m',
      queries: [{ expr: $.perSecond(onHosts, by), legend: legend }],
    }),
    p.lines(w, {
      title: 'Longest gap in a stream',
      description: 'The longest wait between two chunks of the last stream, on the host where it was longest.',
      empty: noStreams,
      unit: 's',
      min: 0,
      queries: [{
        expr: 'max by (%s) (holysheep_stream_max_gap_seconds{%s})' % [by, onHosts],
        legend: legend,
      }],
    }),
  ],

  substituted(of, onHosts, legend, by, w):: p.lines(w, {
    title: 'Answers from another model',
    description: 'Answers of the last six hours, for all hosts together, that name a model whose name does not start with the requested one. HolySheepModelSubstituted fires at the line.',
    empty: $.noModels,
    unit: 'short',
    decimals: 0,
    min: 0,
    custom: { axisSoftMax: lib.config.threshold.substituted_answers + 1 },
    steps: [[null, 'transparent'], [lib.config.threshold.substituted_answers, 'yellow']],
    runbooks: ['HolySheepModelSubstituted'],
    queries: [{
      expr: 'sum by (%s) (increase(holysheep_model_mismatch_total{%s}[6h]))' % [by, onHosts],
      legend: legend,
    }],
  }),

  promptTokens(onHosts, legend, by, w):: p.lines(w, {
    title: 'Tokens of the prompt',
    description: 'As the relay counted them in the last answer. The same prompt has the same size: a relay that counts more charges more, or adds a prompt of its own.',
    empty: $.noModels,
    unit: 'short',
    decimals: 0,
    min: 0,
    queries: [{
      expr: 'max by (%s) (holysheep_prompt_tokens{%s})' % [by, onHosts],
      legend: legend,
    }],
  }, last=['lastNotNull', 'max']),
}
