import { describe, expect, it } from 'vitest';
import { type Ending, schedule, startProcess } from './readers.ts';
import { hours, minutes, seconds, type TicketStage, ticketStage } from './stage.ts';

/** Calls at a steady rate from several processes; the endings, counted. */
function load(
  stage: TicketStage,
  users: ReturnType<typeof startProcess>[],
  rate: number,
  duration: number,
  upload: number,
) {
  const endings = new Map<Ending, number>();
  const one = (): void => {
    void stage.roll
      .one(users)
      .call(stage.roll.between(0, upload))
      .then((ending) => endings.set(ending, (endings.get(ending) ?? 0) + 1));
  };
  // One after the other, so that the list of what is to happen stays short.
  const next = (left: number): void => {
    one();
    if (left > 1) stage.time.after(1_000 / rate, '', () => next(left - 1));
  };
  next((duration / 1_000) * rate);
  return endings;
}

describe('R9, R10: readers that remember a ticket, and bodies that take their time, while it is replaced', () => {
  it('are never refused: 50 calls a second for 2 hours, each up to 20 s long', { timeout: 60_000 }, async () => {
    const seed = 9_10;
    const stage = ticketStage({ seed });
    await stage.once();
    // From the new token to the new ticket in force it may take ten seconds.
    stage.weather = (what) => (/call|Put|Update/.test(what) ? { there: 0, back: stage.roll.between(0, 1_400) } : {});
    const users = Array.from({ length: 5 }, () => startProcess(stage, 50));
    schedule(stage, 2 * hours);
    const endings = load(stage, users, 50, 2 * hours, 20_000);
    await stage.pass(2 * hours + minutes);
    console.log(
      `seed ${seed}: ${endings.get('accepted')} calls, ${stage.ticket()!.generation - 1} rotations, 0 refusals`,
    );
    expect([...endings.keys()]).toEqual(['accepted']);
    expect(endings.get('accepted')).toBe(360_000);
    expect(stage.ticket()!.generation).toBeGreaterThanOrEqual(6);
  });
});

describe('TKT-11: no token can be had', () => {
  it.each([
    [40, 'overdue'],
    [57, 'critical'],
    [61, 'dead'],
  ])('for %i minutes: at worst 503 without a call, and alarms in time', async (outage, worst) => {
    const stage = ticketStage();
    await stage.once();
    const user = startProcess(stage);
    const fetchedAt = stage.ticket()!.fetchedAt;
    stage.weather = (what) =>
      what === 'token call' && stage.now() - fetchedAt < outage * minutes ? { kind: 'refused' } : {};
    schedule(stage, 80 * minutes);
    const endings = load(stage, [user], 1, 75 * minutes, 1_000);
    await stage.pass(80 * minutes);
    const refused = [...endings.keys()].filter((ending) => ending !== 'accepted' && ending !== 'no-ticket');
    expect(refused).toEqual([]);
    expect(endings.has('no-ticket')).toBe(outage > 58);
    const states = stage
      .named('ticket-age')
      .map(({ state }) => state)
      .slice(1);
    const order = ['fresh', 'due', 'late', 'overdue', 'critical', 'dead'];
    expect(new Set(states)).toEqual(new Set(order.slice(0, order.indexOf(worst) + 1)));
    // It failed before a token was issued, so nothing is in doubt.
    expect(stage.named('intent-open')).toEqual([]);
    expect(stage.working()).toBe(true);
  });

  it('and when its answer is lost, somebody is told after two minutes', async () => {
    const stage = ticketStage();
    await stage.once();
    stage.weather = (what) => (what === 'token call' ? { kind: 'lost' } : {});
    schedule(stage, 24 * minutes);
    await stage.pass(25 * minutes);
    const opened = stage.named('refresh-failed').at(0)!;
    const told = stage.named('intent-open').at(0)!;
    const passed = Date.parse(String(told.at)) - Date.parse(String(opened.at));
    expect(passed).toBeGreaterThan(2 * minutes - 10 * seconds);
    expect(passed).toBeLessThanOrEqual(3 * minutes);
    expect(told).toMatchObject({ level: 'error', phase: 'token' });
  });
});

describe('DEP-7: Secrets Manager is down for 30 minutes', () => {
  it('readers that know a ticket go on, new ones have none; each waits at most once in five seconds', async () => {
    const stage = ticketStage();
    await stage.once();
    const warm = startProcess(stage);
    await promised(stage, warm.call());
    const { current } = stage.secrets;
    stage.secrets.current = () => {
      throw new Error('down');
    };
    const cold = startProcess(stage);
    const endings = { warm: load(stage, [warm], 10, 30 * minutes, 0), cold: load(stage, [cold], 1, 30 * minutes, 0) };
    await stage.pass(31 * minutes);
    expect([...endings.warm]).toEqual([['accepted', 18_000]]);
    expect([...endings.cold]).toEqual([['no-ticket', 1_800]]);
    expect(warm.counts.reads).toBeLessThanOrEqual(1 + (30 * 60) / 5);
    stage.secrets.current = current;
    expect(await promised(stage, cold.call())).toBe('accepted');
  });
});

it('TKT-15: a first deployment has a ticket with its first tick', async () => {
  const stage = ticketStage();
  const user = startProcess(stage);
  expect(await promised(stage, user.call())).toBe('no-ticket');
  schedule(stage, 2 * minutes);
  await stage.pass(2 * seconds);
  expect(await promised(stage, user.call())).toBe('accepted');
  expect(stage.secrets.versions('sign-ticket')).toMatchObject([{ stages: ['AWSPENDING', 'AWSCURRENT'] }]);
});

/** What becomes of something that takes virtual time. */
async function promised<T>(stage: TicketStage, work: Promise<T>): Promise<T> {
  await stage.pass(seconds);
  return work;
}
