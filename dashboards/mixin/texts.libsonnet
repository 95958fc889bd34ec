// What causes are called in the texts of alerts.
local lib = import 'lib.libsonnet';

{
  'texts.yml': {
    name: 'holysheep-texts',
    interval: lib.config.interval.causes,
    comment: |||
      What each cause means, and what to do first: the words that the texts of
      alerts use. No alert depends on them.
    |||,
    rules: [
      {
        record: 'cause:holysheep_meaning:info',
        expr: 'vector(1)',
        labels: {
          cause: cause.name,
          meaning: lib.quoted(cause.meaning),
          advice: lib.quoted(cause.advice),
        },
      }
      for cause in lib.tables.causes
      if cause.fault != 'none'
    ],
  },
}
