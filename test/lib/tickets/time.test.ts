import { describe, expect, it } from 'vitest';
import { type Outcome, refresh } from '../../../lib/tickets/refresh.ts';
import { dueStage } from './due-stage.ts';
import { minutes, seconds } from './stage.ts';

describe('the time of a run', () => {
  it.each([
    'token call',
    'ticket call',
    'UpdateItem',
    ...['access-token', 'sign-ticket'].map((id) => `PutSecretValue ${id}`),
  ])('is not used up by a %s that hangs', async (name) => {
    const stage = await dueStage();
    const from = stage.countOf(name) + (name === 'UpdateItem' ? 1 : 0);
    // The upstream client ends a call after 5 s, the SDK after three tries of 1 s.
    const back = name.endsWith('call') ? 5_000 : 3_300;
    stage.weather = (what, count) => (what === name && count > from ? { kind: 'lost', back } : {});
    const ticked = stage.tick();
    const began = stage.now();
    for (let second = 0; second < 28 && ticked.outcome === undefined; second += 1) await stage.pass(seconds);
    expect([ticked.outcome === undefined, ticked.run.dead]).toEqual([false, false]);
    expect(stage.now() - began).toBeLessThanOrEqual(28 * seconds);
    stage.weather = () => ({});
    await stage.pass(60 * seconds);
    await stage.once();
    expect(stage.working()).toBe(true);
  });

  /** A run whose upstream is silent, with so much time; what became of it, and how long its calls were given. */
  async function silent(remaining?: number) {
    const stage = await dueStage();
    const began = stage.now();
    const timeouts: (readonly [since: number, timeout: number])[] = [];
    const { accessToken, ...calls } = stage.partsOf(stage.begin('by hand')).calls;
    const parts = {
      ...stage.partsOf(stage.begin('by hand')),
      calls: {
        ...calls,
        accessToken: (secret: string, timeout: number) => {
          timeouts.push([stage.now() - began, timeout]);
          return accessToken(secret, timeout);
        },
      },
    };
    stage.weather = (what) => (what === 'token call' ? { kind: 'lost', there: 0, back: timeouts.at(-1)![1] } : {});
    let ended = 0;
    void refresh(parts, remaining).then(() => {
      ended = stage.now() - began;
    });
    await stage.pass(minutes);
    return { stage, timeouts, ended };
  }

  it('is what the function has left, and no call is given more', async () => {
    for (const remaining of [undefined, 28_000, 12_000, 9_000, 5_000, 3_800]) {
      const { timeouts, ended } = await silent(remaining);
      const whole = Math.min(25_000, (remaining ?? 28_000) - 3_000);
      expect(timeouts.length).toBeGreaterThan(0);
      for (const [since, timeout] of timeouts) {
        expect(timeout).toBeGreaterThanOrEqual(500);
        expect(timeout).toBeLessThanOrEqual(5_000);
        expect(since + timeout).toBeLessThanOrEqual(whole);
      }
      expect(ended).toBeLessThanOrEqual(whole + 500);
    }
  });

  it('is 25 s at most, also when nobody says when the function ends', async () => {
    const stage = await dueStage();
    const began = stage.now();
    const run = stage.begin('by hand');
    stage.weather = (what) => (what === 'PutSecretValue sign-ticket' ? { kind: 'refused', back: 1_000 } : {});
    let ended = 0;
    // A copy of the run, which nobody ends.
    void refresh(stage.partsOf({ ...run })).then(() => {
      ended = stage.now() - began;
    });
    await stage.pass(2 * minutes);
    expect(ended).toBeGreaterThan(20_000);
    expect(ended).toBeLessThanOrEqual(26_100);
  });

  it('when there is none no call begins', async () => {
    const stage = await dueStage();
    let outcome: Outcome | undefined;
    void refresh(stage.partsOf(stage.begin('by hand')), 3_400).then((result) => {
      outcome = result;
    });
    await stage.pass(30 * seconds);
    expect([outcome, stage.office.count.tokens]).toEqual(['failed', 1]);
    expect(stage.named('refresh-failed')).toMatchObject([{ fault: 'OutOfTime' }]);
  });
});
