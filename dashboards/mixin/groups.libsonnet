// All groups of rules, each by the name of its file.
(import 'former.libsonnet')
+ (import 'availability.libsonnet')
+ (import 'models.libsonnet')
+ (import 'money.libsonnet')
+ (import 'quality.libsonnet')
+ (import 'silence.libsonnet')
+ (import 'sla.libsonnet')
+ (import 'validity.libsonnet')
