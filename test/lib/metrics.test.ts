import { expect, it } from 'vitest';
import { createMetrics, type MetricName } from '../../lib/metrics.ts';

const lines: string[] = [];
const metrics = createMetrics(
  (line) => lines.push(line),
  () => 1_767_578_400_000,
  'dev',
);

it('writes what CloudWatch reads as metrics: for the stage, and for an operation where one is named', () => {
  metrics({ OrdersUnresolved: 1 }, 'face-verify');
  expect(lines).toHaveLength(1);
  expect(lines[0]!.endsWith('}\n')).toBe(true);
  expect(JSON.parse(lines.pop()!)).toEqual({
    _aws: {
      Timestamp: 1_767_578_400_000,
      CloudWatchMetrics: [
        {
          Namespace: 'Signet',
          Dimensions: [['stage'], ['stage', 'operation']],
          Metrics: [{ Name: 'OrdersUnresolved', Unit: 'Count' }],
        },
      ],
    },
    stage: 'dev',
    operation: 'face-verify',
    OrdersUnresolved: 1,
  });
  metrics({ OrdersDue: 0, OldestUnknownOrder: 61 });
  const [directive] = JSON.parse(lines[0]!)._aws.CloudWatchMetrics;
  expect(directive.Dimensions).toEqual([['stage']]);
  expect(directive.Metrics).toEqual([
    { Name: 'OrdersDue', Unit: 'Count' },
    { Name: 'OldestUnknownOrder', Unit: 'Seconds' },
  ]);
  expect(JSON.parse(lines.pop()!)).toMatchObject({ OrdersDue: 0, OldestUnknownOrder: 61 });
});

it('drops what is on no list, and what is no number', () => {
  metrics({ name: '样本甲', OrdersDue: Number.NaN } as unknown as Partial<Record<MetricName, number>>);
  expect(lines).toEqual([]);
});
