/** What a window asks of the other parts, and what the other parts ask of a window. */
import { specRule } from './spec-rule.ts';

export const windowNeedsEventTime = specRule(
  ['schema', 'window'],
  ({ schema, window }, report) => {
    if (window && schema.eventTime === undefined)
      report(['schema', 'eventTime'], 'must name a timestamp field, since there is a window');
  },
  [
    {
      rule: '!has(self.window) || has(self.schema.eventTime)',
      message: 'must name a timestamp field, since there is a window',
      fieldPath: '.schema',
    },
  ],
);

export const withinWithoutWindow = specRule(
  ['schema', 'steps', 'window'],
  ({ schema, steps, window }, report) => {
    steps.forEach(({ deduplicate }, index) => {
      if (!deduplicate) return;
      const path = ['steps', index, 'deduplicate', 'within'];
      if (window && deduplicate.within !== undefined)
        report(
          path,
          `must be absent with a window, which says how far apart duplicates may be; got ${deduplicate.within}`,
        );
      if (!window && deduplicate.within === undefined) report(path, 'must be given without a window');
      if (deduplicate.within !== undefined && schema.eventTime === undefined)
        report(['schema', 'eventTime'], 'must name a timestamp field, since deduplicate.within counts event time');
    });
  },
  [
    {
      rule: 'self.steps.all(step, !has(step.deduplicate) || has(step.deduplicate.within) != has(self.window))',
      message: 'deduplicate.within must be given without a window and absent with one',
      fieldPath: '.steps',
    },
    {
      rule: 'has(self.schema.eventTime) || !self.steps.exists(step, has(step.deduplicate) && has(step.deduplicate.within))',
      message: 'must name a timestamp field, since deduplicate.within counts event time',
      fieldPath: '.schema',
    },
  ],
);

export const deltaNeedsWindow = specRule(
  ['steps', 'window'],
  ({ steps, window }, report) => {
    if (window) return;
    steps.forEach(
      ({ delta }, index) =>
        delta &&
        report(['steps', index, 'delta'], 'must have a window after it, whose watermark puts readings in order'),
    );
  },
  [
    {
      rule: 'has(self.window) || !self.steps.exists(step, has(step.delta))',
      message: 'delta must have a window after it, whose watermark puts readings in order',
      fieldPath: '.steps',
    },
  ],
);

export const updatesNeedKeyedSink = specRule(
  ['window', 'sink'],
  ({ window, sink }, report) => {
    const inFiles = sink.file ? 'file' : sink.gcs ? 'gcs' : undefined;
    if (window?.emit === 'updates' && inFiles)
      report(
        ['window', 'emit'],
        `must be final unless the sink is kafka or console, which can replace a result; got updates and ${inFiles}`,
      );
  },
  [
    {
      rule: "!has(self.window) || self.window.emit == 'final' || has(self.sink.kafka) || has(self.sink.console)",
      message: 'must be final unless the sink is kafka or console, which can replace a result',
      fieldPath: '.window.emit',
    },
  ],
);
