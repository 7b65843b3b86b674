/** Races of the refresher, each with a test of its name: R1 to R12. R2 is in reordered.test.ts, R9 and R10 in rotation.test.ts. */
import { describe, expect, it } from 'vitest';
import { refreshHandler } from '../../../lib/tickets/handler.ts';
import { leaseTime } from '../../../lib/tickets/refresh.ts';
import { stages, synthesise } from '../../infra/synthesise.ts';
import { age, crashAfter, staged } from './due-stage.ts';
import { functionTimeout } from './process.ts';
import { type Ending, schedule, startProcess } from './readers.ts';
import { hours, minutes, seconds, type TicketStage } from './stage.ts';

describe('R1 a tick is delivered twice', () => {
  it.each([1, 2, 3, 4, 5])('100 parallel deliveries make one token call (seed %i)', async (seed) => {
    for (const spread of [0, 5, 500, 20_000]) {
      const stage = await staged(age, { seed });
      const before = { ...stage.office.count };
      const ticked: ReturnType<TicketStage['tick']>[] = [];
      for (let copy = 0; copy < 100; copy += 1) {
        stage.time.after(stage.roll.between(0, spread), '', () => ticked.push(stage.tick()));
      }
      await stage.pass(minutes);
      expect(stage.office.count.tokens - before.tokens).toBe(1);
      expect(stage.office.count.tickets - before.tickets).toBe(1);
      const outcomes = ticked.map(({ outcome }) => outcome);
      expect(outcomes.filter((outcome) => outcome === 'age')).toHaveLength(1);
      expect(new Set(outcomes).difference(new Set(['age', 'busy', 'fresh', 'intent']))).toEqual(new Set());
      expect(outcomes).not.toContain('intent');
    }
  });
});

it('R3 a tick that comes hours late does nothing', async () => {
  const stage = await staged();
  stage.effects.length = 0;
  const handler = refreshHandler(() => stage.partsOf(stage.begin('late')));
  const late = new Date(stage.now() - 6 * hours).toISOString();
  expect(await handler({ time: late })).toEqual({ refresh: 'stale-event' });
  expect(stage.effects).toEqual([]);
});

describe.each([
  ['R4 a crash after the token was issued', 'token call', 2],
  ['R5 a crash between put and label', 'PutSecretValue sign-ticket', 1],
  ['R21 a deployment that replaces the refresher in the middle of its run', 'PutSecretValue access-token', 1],
])('%s', (_, effect, tokens) => {
  it('is made good by the next tick', async () => {
    const stage = await staged();
    const before = stage.office.count.tokens;
    await crashAfter(stage, effect);
    expect((await stage.item.read()).intent).toBeDefined();
    expect(await stage.once()).toBe('intent');
    expect([stage.working(), stage.office.count.tokens - before]).toEqual([true, tokens]);
    expect((await stage.item.read()).intent).toBeUndefined();
  });
});

describe('R6 a put is applied, its answer lost', () => {
  it.each(['lost', 'again'] as const)('makes one version (%s)', async (kind) => {
    const stage = await staged();
    const from = stage.countOf('PutSecretValue sign-ticket');
    stage.weather = (what, count) => (what === 'PutSecretValue sign-ticket' && count <= from + 2 ? { kind } : {});
    expect(await stage.once()).toBe('age');
    expect([stage.secrets.versions('sign-ticket').length, stage.working()]).toEqual([2, true]);
  });
});

describe('R7 the lease ends under a live holder', () => {
  it('does not, because it is longer than the function can live and a request can linger', () => {
    const { Timeout } = synthesise(stages.dev).lambda('refresh-ticket').properties;
    expect(Timeout * seconds).toBe(functionTimeout);
    expect(leaseTime).toBeGreaterThan(functionTimeout + 20 * seconds);
    // And over by the next tick.
    expect(leaseTime).toBeLessThan(minutes);
  });

  it('a holder that was frozen makes no further call', async () => {
    for (let at = 1; at <= 16; at += 1) {
      const stage = await staged();
      const { run } = stage.tick({ kind: 'freeze', at, duration: 55 * seconds });
      let late: string[] = [];
      stage.onEffect = (by, what) => {
        if (by === run && stage.now() > run.beganAt + 30 * seconds && !what.startsWith('Get')) late.push(what);
      };
      await stage.pass(minutes);
      expect(late.filter((what) => !what.startsWith('UpdateItem'))).toEqual([]);
      late = [];
      await stage.once();
      expect(stage.working()).toBe(true);
    }
  });
});

it('R8 a request of a dead refresher is processed late: readers say so, and the next tick heals', async () => {
  const stage = await staged();
  const user = startProcess(stage);
  await crashAfter(stage, 'UpdateItem');
  await stage.once();
  // The request of the first run reaches the upstream now.
  await stage.pass(20 * seconds);
  stage.office.foreignToken();
  await expectHealing(stage, user);
});

it('R12 somebody else fetches a token: healed within cooldown, tick and run', async () => {
  const stage = await staged();
  await stage.once();
  const user = startProcess(stage);
  await stage.pass(31 * seconds);
  stage.office.foreignToken();
  await expectHealing(stage, user);
});

describe('R11 a thousand readers are refused at once', () => {
  it('cause one refresh', async () => {
    const stage = await staged();
    await stage.once();
    const before = stage.office.count.tokens;
    const users = Array.from({ length: 1_000 }, () => startProcess(stage));
    for (const user of users) void user.call();
    await stage.pass(seconds);
    stage.office.foreignToken();
    await stage.pass(62 * seconds);
    const endings: Ending[] = [];
    for (const user of users) void user.call().then((ending) => endings.push(ending));
    await stage.pass(seconds);
    expect(endings.filter((ending) => ending === 'refused')).toHaveLength(1_000);
    schedule(stage, 10 * minutes);
    for (let round = 0; round < 9; round += 1) {
      await stage.pass(minutes);
      endings.length = 0;
      for (const user of users) void user.call().then((ending) => endings.push(ending));
      await stage.pass(seconds);
      expect(endings.filter((ending) => ending === 'refused')).toEqual([]);
    }
    expect(stage.office.count.tokens - stage.office.count.foreign - before).toBe(1);
  });
});

/** Calls once a second; from the first refusal on it takes at most cooldown, tick and run until one is accepted again. */
async function expectHealing(stage: TicketStage, user: ReturnType<typeof startProcess>): Promise<void> {
  schedule(stage, 5 * minutes);
  const endings: Ending[] = [];
  for (let second = 0; second < 290; second += 1) {
    void user.call().then((ending) => endings.push(ending));
    await stage.pass(seconds);
  }
  const first = endings.indexOf('refused');
  const last = endings.lastIndexOf('refused');
  expect(first).toBeGreaterThan(0);
  expect(last - first).toBeLessThanOrEqual(75);
  expect(endings.at(-1)).toBe('accepted');
}
