import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { InvokeResult } from '../../../infra/local/instance.ts';
import { rateMilliseconds, startSchedules } from '../../../infra/local/schedule.ts';

beforeEach(() => void vi.useFakeTimers({ now: Date.parse('2026-01-02T03:04:05.678Z') }));
afterEach(() => void vi.useRealTimers());

const rule = { ruleArn: 'arn:rule', expression: 'rate(1 minute)', functionName: 'refresh-ticket' };
const place = { account: '000000000000', region: 'cn-north-1' };

test('runs a rule at once and then at its rate, with the event of EventBridge', async () => {
  const invoke = vi.fn(async (): Promise<InvokeResult> => ({ payload: null }));
  const schedules = startSchedules({ schedules: [rule], invoke, log: () => {}, ...place });
  expect(await schedules.firstRuns).toEqual([{ functionName: 'refresh-ticket', failed: false }]);
  expect(invoke.mock.calls[0]).toEqual([
    'refresh-ticket',
    {
      version: '0',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      account: '000000000000',
      time: '2026-01-02T03:04:05Z',
      region: 'cn-north-1',
      resources: ['arn:rule'],
      detail: {},
    },
  ]);
  vi.advanceTimersByTime(180_000);
  expect(invoke).toHaveBeenCalledTimes(4);
  schedules.stop();
  vi.advanceTimersByTime(180_000);
  expect(invoke).toHaveBeenCalledTimes(4);
});

test('hands over the input of the rule, and goes on after a failure', async () => {
  const lines: string[] = [];
  const invoke = vi
    .fn<() => Promise<InvokeResult>>()
    .mockResolvedValueOnce({ functionError: { errorType: 'Broken', errorMessage: '秘密' } })
    .mockRejectedValueOnce(new RangeError('秘密'))
    .mockResolvedValue({ payload: null });
  const schedules = startSchedules({
    schedules: [{ ...rule, input: { a: 1 } }],
    invoke,
    log: (line) => lines.push(line),
    ...place,
  });
  expect(await schedules.firstRuns).toEqual([{ functionName: 'refresh-ticket', failed: true }]);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(invoke.mock.calls).toEqual(Array(3).fill(['refresh-ticket', { a: 1 }]));
  expect(lines).toEqual([
    'schedule: refresh-ticket failed with Broken',
    'schedule: refresh-ticket failed with RangeError',
  ]);
  schedules.stop();
});

test('knows rates and nothing else', () => {
  expect(rateMilliseconds('rate(1 minute)')).toBe(60_000);
  expect(rateMilliseconds('rate(5 minutes)')).toBe(300_000);
  expect(rateMilliseconds('rate(2 hours)')).toBe(7_200_000);
  for (const expression of ['cron(0 * * * ? *)', 'rate(0 minutes)', 'rate(30 days)', 'rate(1 week)']) {
    expect(() => rateMilliseconds(expression)).toThrow(expression);
  }
});
