import { describe, expect, it } from 'vitest';
import {
  afterFailure,
  afterNotFound,
  quarantine,
  type Resolution,
  withoutInput,
  withoutQuery,
} from '../../../lib/orders/ladder.ts';
import { seeded } from './seeded.ts';

const sentAt = Date.parse('2026-01-05T02:00:00Z');
const seconds = 1_000;
const minutes = 60 * seconds;
const hours = 60 * minutes;
const at = (milliseconds: number) => sentAt + milliseconds;
const wait = (nextQueryAt: number, notFoundAt?: number): Resolution => ({ kind: 'wait', nextQueryAt, notFoundAt });

describe('"not found"', () => {
  it.each([
    [31, 60],
    [60, 120],
    [119, 120],
    [170, 300],
    [300, 360],
  ])('after %i s is not believed: asked again at %i s', (age, next) => {
    expect(afterNotFound({ sentAt }, true, at(age * seconds), at(age * seconds + 400))).toEqual(
      wait(at(next * seconds)),
    );
  });

  it('after the quarantine is remembered, from the moment of the answer', () => {
    const asked = at(quarantine + 1);
    expect(afterNotFound({ sentAt }, true, asked, asked + 400)).toEqual(wait(asked + 400 + minutes, asked + 400));
  });

  it('too soon after the first does not count again', () => {
    const notFoundAt = at(6 * minutes);
    const asked = notFoundAt + 59_999;
    expect(afterNotFound({ sentAt, notFoundAt }, true, asked, asked)).toEqual(wait(notFoundAt + minutes, notFoundAt));
  });

  it('twice, a minute apart, proves that nothing was bought, where it proves anything', () => {
    const notFoundAt = at(6 * minutes);
    const askedAt = notFoundAt + minutes;
    expect(afterNotFound({ sentAt, notFoundAt }, true, askedAt, askedAt)).toEqual({
      kind: 'over',
      state: 'not-charged',
      reason: 'not-found',
      askedAt,
    });
    expect(afterNotFound({ sentAt, notFoundAt }, false, askedAt, askedAt)).toEqual({
      kind: 'over',
      state: 'unresolved',
      reason: 'not-found-proves-nothing',
      askedAt,
    });
  });

  it('proves nothing once the upstream may have forgotten the result', () => {
    const askedAt = at(60 * hours);
    expect(afterNotFound({ sentAt, notFoundAt: at(6 * minutes) }, true, askedAt, askedAt)).toEqual({
      kind: 'over',
      state: 'unresolved',
      reason: 'query-failed',
      askedAt,
    });
  });
});

describe('a query that fails', () => {
  it('is tried again every five minutes, and what was known stays', () => {
    const notFoundAt = at(6 * minutes);
    expect(afterFailure({ sentAt }, at(31 * seconds))).toEqual(wait(at(31 * seconds + 5 * minutes)));
    expect(afterFailure({ sentAt, notFoundAt }, at(8 * minutes))).toEqual(wait(at(13 * minutes), notFoundAt));
  });

  it('until the order is 60 hours old', () => {
    expect(afterFailure({ sentAt }, at(60 * hours - minutes))).toEqual(wait(at(60 * hours)));
    expect(afterFailure({ sentAt }, at(60 * hours))).toMatchObject({ state: 'unresolved', reason: 'query-failed' });
  });
});

describe('an operation without a query', () => {
  it('is unresolved after five minutes', () => {
    expect(withoutQuery({ sentAt }, at(31 * seconds))).toEqual(wait(at(quarantine + 1)));
    expect(withoutQuery({ sentAt }, at(quarantine + 1))).toMatchObject({ state: 'unresolved', reason: 'no-query' });
  });
});

describe('a query that needs the input', () => {
  it('waits for the caller for 60 hours, and shows up every hour', () => {
    expect(withoutInput({ sentAt }, at(31 * seconds))).toEqual(wait(at(31 * seconds + hours)));
    expect(withoutInput({ sentAt }, at(60 * hours - minutes))).toEqual(wait(at(60 * hours)));
    expect(withoutInput({ sentAt }, at(60 * hours))).toMatchObject({ state: 'unresolved', reason: 'no-query' });
  });
});

/**
 * One order that the upstream works on so late, or never (null), asked about by a tick each minute; `failing` is the
 * share of queries that fail. The end, and how old the order was then.
 */
function live(processedAfter: number | null, failing: number, random: () => number) {
  let order: { sentAt: number; notFoundAt?: number } = { sentAt };
  let nextQueryAt = at(30 * seconds);
  const phase = random() * minutes;
  for (let tick = 0; tick < 200; tick += 1) {
    const askedAt = at(phase + tick * minutes + random() * 5 * seconds);
    if (nextQueryAt > askedAt) continue;
    const seenAt = askedAt + random() * 5 * seconds;
    const answeredAt = seenAt + random() * 5 * seconds;
    const age = answeredAt - sentAt;
    const failed = random() < failing;
    if (!failed && processedAfter !== null && seenAt - sentAt >= processedAfter) return { end: 'found', age };
    const next = failed ? afterFailure(order, askedAt) : afterNotFound(order, true, askedAt, answeredAt);
    if (next.kind === 'over') return { end: next.state, age };
    if (next.kind !== 'wait') throw new Error('found nothing');
    order = { sentAt, notFoundAt: next.notFoundAt };
    nextQueryAt = next.nextQueryAt;
  }
  return { end: 'open', age: Number.POSITIVE_INFINITY };
}

it('IDM-8: a request that the upstream works on up to 240 s late is never called not charged', () => {
  const { random, seed } = seeded(20_260_105);
  for (let run = 0; run < 10_000; run += 1) {
    expect(live(random() * 240 * seconds, 0.2, random).end, `seed ${seed}, run ${run}`).toBe('found');
  }
});

it('a request that is never worked on is called not charged, within ten minutes where no query fails', () => {
  const { random, seed } = seeded(20_260_105);
  for (let run = 0; run < 1_000; run += 1) {
    expect(live(null, 0.2, random).end, `seed ${seed}, run ${run}`).toBe('not-charged');
    const { end, age } = live(null, 0, random);
    expect(end, `seed ${seed}, run ${run}`).toBe('not-charged');
    expect(age, `seed ${seed}, run ${run}`).toBeLessThanOrEqual(10 * minutes);
  }
});
