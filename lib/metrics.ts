/**
 * Metrics, as lines of CloudWatch's embedded metric format: the log turns them into metrics without a call. Names and
 * dimensions are an allow-list; all of them hold order data (class C1) or facts about the process.
 */

/** Every metric with its unit. */
const units = {
  /** Orders of unknown outcome that a query, or the caller's repeat, has settled. */
  OrdersResolved: 'Count',
  /** Orders whose outcome will not be known: the bill decides. */
  OrdersUnresolved: 'Count',
  /** Orders that were due for a question, each minute. */
  OrdersDue: 'Count',
  /** How long ago the oldest of them was sent, in seconds. */
  OldestUnknownOrder: 'Seconds',
} as const;

/** The name of a metric. */
export type MetricName = keyof typeof units;

/** Writes some metrics of one moment; with an operation they are counted for it as well as for the whole stage. */
export type Metrics = (values: Readonly<Partial<Record<MetricName, number>>>, operation?: string) => void;

const namespace = 'Signet';

/** Metrics that go to `write`, a line each. */
export function createMetrics(write: (line: string) => void, now: () => number, stage: string): Metrics {
  return (values, operation) => {
    const names = (Object.keys(units) as MetricName[]).filter((name) => Number.isFinite(values[name]));
    if (names.length === 0) return;
    const line = {
      _aws: {
        Timestamp: now(),
        CloudWatchMetrics: [
          {
            Namespace: namespace,
            Dimensions: operation === undefined ? [['stage']] : [['stage'], ['stage', 'operation']],
            Metrics: names.map((name) => ({ Name: name, Unit: units[name] })),
          },
        ],
      },
      stage,
      ...(operation === undefined ? {} : { operation }),
      ...Object.fromEntries(names.map((name) => [name, values[name]])),
    };
    write(`${JSON.stringify(line)}\n`);
  };
}
