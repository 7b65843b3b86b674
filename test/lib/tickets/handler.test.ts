import { describe, expect, it } from 'vitest';
import { refreshHandler } from '../../../lib/tickets/handler.ts';
import type { RefreshParts } from '../../../lib/tickets/run.ts';

const now = Date.parse('2026-01-05T02:00:00Z');

/** A handler over parts that count how often they are made and looked at. */
function setUp() {
  const seen = { made: 0, looks: 0 };
  const read = async () => {
    seen.looks += 1;
    return undefined;
  };
  const handler = refreshHandler(() => {
    seen.made += 1;
    const parts = { appSecret: { read }, signTicket: { read }, item: { read }, now: () => now, log: () => {} };
    return parts as unknown as RefreshParts;
  });
  return { seen, handler };
}

describe('the handler of the schedule', () => {
  it('makes its parts once, when it is first needed, and says what it did', async () => {
    const { seen, handler } = setUp();
    expect(seen.made).toBe(0);
    expect(await handler()).toEqual({ refresh: 'no-app-secret' });
    expect(await handler({}, { getRemainingTimeInMillis: () => 28_000 })).toEqual({ refresh: 'no-app-secret' });
    expect(seen.made).toBe(1);
  });

  it.each<[what: string, event: unknown, stale: boolean]>([
    ['now', { time: '2026-01-05T02:00:00Z' }, false],
    ['60 s ago', { time: '2026-01-05T01:59:00Z' }, false],
    ['61 s ago', { time: '2026-01-05T01:58:59Z' }, true],
    ['six hours ago', { time: '2026-01-04T20:00:00Z' }, true],
    ['in the future', { time: '2026-01-05T02:10:00Z' }, false],
    ['without a time', { source: 'aws.events' }, false],
    ['with a time that is none', { time: 'yesterday' }, false],
    ['that is nothing', null, false],
  ])('a tick that was due %s', async (_, event, stale) => {
    const { seen, handler } = setUp();
    expect(await handler(event as never)).toEqual({ refresh: stale ? 'stale-event' : 'no-app-secret' });
    expect(seen.looks).toBe(stale ? 0 : 3);
  });
});
