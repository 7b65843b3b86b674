import { describe, expect, it } from 'vitest';
import { parseTicket } from '../../../lib/signing/ticket.ts';
import type { Outcome } from '../../../lib/tickets/refresh.ts';
import { versionIdOf } from '../../../lib/tickets/secrets.ts';
import { crash } from './crashes.ts';
import { appId, minutes, seconds, start, type TicketStage, ticketStage, type Weather } from './stage.ts';

const look = ['GetItem', 'GetSecretValue app-secret', 'GetSecretValue sign-ticket'];
const token = ['UpdateItem', 'token call', 'PutSecretValue access-token'];
const ticket = ['UpdateItem', 'ticket call', 'PutSecretValue sign-ticket'];
const label = ['UpdateItem', 'UpdateSecretVersionStage sign-ticket', 'UpdateItem'];
const resume = ['GetSecretValue sign-ticket', 'GetSecretValue access-token'];

/** A stage whose ticket has just come due. */
async function dueStage(options: Parameters<typeof ticketStage>[0] = {}): Promise<TicketStage> {
  const stage = ticketStage(options);
  expect(await stage.once()).toBe('missing');
  await stage.pass(20 * minutes);
  return stage;
}

/** What a run does, its three reads in any order. */
async function effectsOf(stage: TicketStage, outcome: Outcome): Promise<readonly string[]> {
  stage.effects.length = 0;
  expect(await stage.once()).toBe(outcome);
  return [...stage.effects];
}
const looks = (effects: readonly string[], at = 0) => effects.slice(at, at + 3).toSorted();

describe('a tick', () => {
  it('only looks while the ticket is fresh', async () => {
    const stage = ticketStage();
    await stage.once();
    expect(looks(await effectsOf(stage, 'fresh'))).toEqual(look);
    expect(stage.effects).toHaveLength(3);
  });

  it('takes the lease, looks again, and stores what each phase has got before the next', async () => {
    const stage = await dueStage();
    const effects = await effectsOf(stage, 'age');
    expect(looks(effects)).toEqual(look);
    expect(effects[3]).toBe('UpdateItem');
    expect(looks(effects, 4)).toEqual(look);
    expect(effects.slice(7)).toEqual([...token, ...ticket, ...label]);
  });

  it('stores the ticket with what readers need, and the facts on the item', async () => {
    const stage = await dueStage();
    const before = stage.now();
    await stage.once();
    const stored = stage.ticket()!;
    const appSecretVersion = stage.secrets.versions('app-secret')[0]!.id;
    expect(stored).toMatchObject({ generation: 2, expireIn: 3_600, appSecretVersion });
    expect(stored.fetchedAt).toBeGreaterThan(before);
    expect(stage.office.accepts(stored.ticket)).toBe(true);
    expect(await stage.item.read()).toEqual({
      generation: 2,
      currentVersionId: versionIdOf(appId, 2),
      appSecretVersion,
      suspectGeneration: 0,
      lastForced: [],
    });
    expect(JSON.parse(stage.secrets.current('access-token')!)).toMatchObject({ generation: 2, expireIn: 7_200 });
  });

  it('waits for the operator while there is no app secret', async () => {
    const stage = ticketStage({ appSecret: '' });
    expect(await stage.once()).toBe('no-app-secret');
    expect(stage.events).toMatchObject([{ level: 'warn', event: 'no-app-secret' }]);
    stage.secrets.write('app-secret', '  synthetic-app-secret\n');
    expect(await stage.once()).toBe('missing');
    expect(stage.working()).toBe(true);
  });

  it('makes a new generation where the secret holds garbage', async () => {
    const stage = await dueStage();
    stage.secrets.write('sign-ticket', 'garbage');
    expect(await stage.once()).toBe('missing');
    expect(stage.ticket()).toMatchObject({ generation: 2 });
  });

  it('that cannot look changes nothing and says so', async () => {
    const stage = await dueStage();
    stage.weather = (what) => (what === 'GetItem' ? { kind: 'refused' } : {});
    expect(await stage.once()).toBe('failed');
    expect(stage.named('refresh-failed')).toMatchObject([{ level: 'error', fault: 'TimeoutError' }]);
    expect(stage.office.count.tokens).toBe(1);
  });
});

describe('after a crash the next tick goes on', () => {
  /** The number of an effect in the run that is due: three reads, the lease, three reads, then the phases. */
  const upTo = (effects: readonly string[]) => 7 + effects.length;

  it.each<[where: string, at: number, effects: readonly string[]]>([
    ['the lease', 4, [...token, ...ticket, ...label]],
    ['the intent', upTo(token.slice(0, 1)), [...resume, ...token, ...ticket, ...label]],
    ['the token call', upTo(token.slice(0, 2)), [...resume, ...token, ...ticket, ...label]],
    ['the token was stored', upTo(token), [...resume, ...ticket, ...label]],
    ['the ticket call was announced', upTo([...token, ...ticket.slice(0, 1)]), [...resume, ...ticket, ...label]],
    ['the ticket call', upTo([...token, ...ticket.slice(0, 2)]), [...resume, ...ticket, ...label]],
    ['the ticket was stored', upTo([...token, ...ticket]), [resume[0]!, ...label]],
    ['the move was announced', upTo([...token, ...ticket, ...label.slice(0, 1)]), [resume[0]!, ...label]],
    ['the label moved', upTo([...token, ...ticket, ...label.slice(0, 2)]), [resume[0]!, label[0]!, label[2]!]],
  ])('after %s', async (_, at, expected) => {
    const stage = await dueStage();
    stage.tick(crash('after', at));
    await stage.pass(minutes);
    const effects = await effectsOf(stage, at === 4 ? 'age' : 'intent');
    expect(effects.slice(7)).toEqual(expected);
    expect(stage.working()).toBe(true);
    expect(await effectsOf(stage, 'fresh')).toHaveLength(3);
  });

  it('and does not believe in a token that has grown old', async () => {
    const stage = await dueStage();
    stage.tick(crash('after', upTo(token)));
    await stage.pass(21 * minutes);
    expect((await effectsOf(stage, 'intent')).slice(7)).toEqual([...resume, ...token, ...ticket, ...label]);
  });

  it('nor in a ticket of another app secret', async () => {
    const stage = await dueStage();
    stage.tick(crash('after', upTo([...token, ...ticket])));
    await stage.pass(minutes);
    stage.office.changeSecret('another');
    stage.secrets.write('app-secret', 'another');
    expect((await effectsOf(stage, 'intent')).slice(7)).toEqual([...resume, ...token, ...ticket, ...label]);
    expect(stage.working()).toBe(true);
  });

  it('and fetches another token in the same run when the stored one has ended', async () => {
    const stage = await dueStage();
    stage.tick(crash('after', upTo(token)));
    await stage.pass(5 * seconds);
    stage.office.foreignToken();
    await stage.pass(65 * seconds);
    const effects = (await effectsOf(stage, 'intent')).slice(7);
    expect(effects).toEqual([...resume, 'UpdateItem', 'ticket call', ...token, ...ticket, ...label]);
    expect([stage.working(), stage.ticket()!.generation]).toEqual([true, 3]);
  });
});

/** A weather in which the first calls of one effect go wrong. */
const faulty =
  (name: string, times: number, fate: ReturnType<Weather>): Weather =>
  (what, count) =>
    what === name && count <= times ? fate : {};
/** The same, counted from now on. */
function spoil(stage: TicketStage, name: string, times: number, fate: ReturnType<Weather>): void {
  stage.weather = faulty(name, stage.countOf(name) + times, fate);
}

describe('two faults in one phase heal in the same run', () => {
  const stores = ['UpdateItem', 'PutSecretValue access-token', 'PutSecretValue sign-ticket', label[1]!];
  it.each(stores.flatMap((name) => (['refused', 'lost', 'again'] as const).map((kind) => [name, kind] as const)))(
    '%s: %s',
    async (name, kind) => {
      const stage = await dueStage();
      // The lease is not tried again: the next tick is.
      if (name === 'UpdateItem') {
        const from = stage.countOf(name) + 2;
        stage.weather = (what, count) => (what === name && (count === from || count === from + 2) ? { kind } : {});
      } else spoil(stage, name, 2, { kind });
      expect(await stage.once()).toBe('age');
      expect([stage.working(), stage.office.count.tokens, stage.ticket()!.generation]).toEqual([true, 2, 2]);
      expect(stage.secrets.versions('sign-ticket')).toHaveLength(2);
    },
  );

  it.each(
    (['token call', 'ticket call'] as const).flatMap((name) =>
      ([{ kind: 'refused' }, { kind: 'lost' }, { kind: 'lost', back: 5_000 }, { status: 502 }] as const).map(
        (fate) => [name, fate] as const,
      ),
    ),
  )('%s: %j', async (name, fate) => {
    const stage = await dueStage();
    const before = stage.countOf(name);
    spoil(stage, name, 2, fate);
    expect(await stage.once()).toBe('age');
    expect([stage.working(), stage.countOf(name) - before]).toEqual([true, 3]);
  });
});

describe('a third fault ends the run', () => {
  it.each<[what: string, call: 'token call' | 'ticket call', fate: ReturnType<Weather>, open: boolean]>([
    // Certainly no token: the ticket in force is as good as it was, and nobody has to get up.
    ['no connection for a token', 'token call', { kind: 'refused' }, false],
    ['an HTTP error for a token', 'token call', { status: 503 }, false],
    // Perhaps a token, perhaps a dead ticket.
    ['the answer to the token call lost', 'token call', { kind: 'lost' }, true],
    ['no connection for a ticket', 'ticket call', { kind: 'refused' }, true],
    ['the answer to the ticket call lost', 'ticket call', { kind: 'lost' }, true],
  ])('%s', async (_, call, fate, open) => {
    const stage = await dueStage();
    const before = stage.countOf(call);
    spoil(stage, call, 3, fate);
    expect(await stage.once()).toBe('failed');
    expect(stage.countOf(call) - before).toBe(3);
    expect((await stage.item.read()).intent !== undefined).toBe(open);
    await stage.pass(31 * seconds);
    expect(await stage.once()).toBe(open ? 'intent' : 'age');
    expect(stage.working()).toBe(true);
  });

  it('but not what the run can do without: a token that cannot be stored', async () => {
    const stage = await dueStage();
    stage.weather = (what) => (what === 'PutSecretValue access-token' ? { kind: 'refused' } : {});
    expect(await stage.once()).toBe('age');
    expect([stage.working(), stage.named('token-not-stored').length]).toEqual([true, 1]);
  });
});

describe('a refusal', () => {
  it('is not asked twice; it leaves no intent, names the code and the trouble', async () => {
    const stage = await dueStage();
    stage.office.rules.secret = 'another-app-secret';
    expect(await stage.once()).toBe('failed');
    expect(stage.named('refresh-failed')).toMatchObject([
      { phase: 'token', reason: 'age', generation: 2, fault: 'NotIssued', code: '400101' },
    ]);
    expect(stage.named('auth-config')).toMatchObject([{ level: 'error', generation: 2 }]);
    expect([stage.office.count.refused, (await stage.item.read()).intent]).toEqual([1, undefined]);
  });

  it('because it is too early (400504) backs off and keeps the pair', async () => {
    const stage = ticketStage({ office: { tokenInterval: 600 } });
    await stage.once();
    await stage.item.report(1);
    expect(await stage.once()).toBe('failed');
    expect(stage.named('refresh-failed')).toMatchObject([{ code: '400504' }]);
    expect(await stage.item.read()).not.toHaveProperty('intent');
    expect([stage.ticket()!.generation, stage.working()]).toEqual([1, true]);
    expect([await stage.once(), await stage.once(), await stage.once()]).toEqual(['busy', 'busy', 'busy']);
    expect(stage.office.count.refused).toBe(1);
    // What the upstream wanted in 2018: ten minutes between two tokens.
    for (let tick = 0; tick < 20 && stage.ticket()!.generation === 1; tick += 1) {
      await stage.once();
      await stage.pass(31 * seconds);
    }
    expect(stage.ticket()).toMatchObject({ generation: 2 });
    expect(stage.office.count.refused).toBeLessThanOrEqual(6);
  });
});

describe('somebody else', () => {
  it('who moves the label meanwhile makes both tickets suspect: the next tick replaces them', async () => {
    const stage = await dueStage();
    const other = { ...stage.ticket()!, generation: 5, fetchedAt: stage.now() };
    stage.onEffect = (_, what) => {
      if (what !== 'PutSecretValue sign-ticket') return;
      stage.secrets.write('sign-ticket', JSON.stringify(other));
      stage.onEffect = () => {};
    };
    expect(await stage.once()).toBe('failed');
    expect(stage.named('refresh-failed')).toMatchObject([{ phase: 'label', fault: 'LabelLost' }]);
    expect(stage.ticket()).toEqual(other);
    const item = await stage.item.read();
    expect([item.intent, item.suspectGeneration, item.generation]).toEqual([undefined, 5, 1]);
    await stage.pass(31 * seconds);
    expect(await stage.once()).toBe('suspect');
    expect([stage.working(), stage.ticket()!.generation]).toEqual([true, 6]);
    expect(await stage.item.read()).toMatchObject({ generation: 6, lastForced: [expect.any(Number)] });
  });

  it.each(['token call', 'PutSecretValue access-token', 'ticket call', 'PutSecretValue sign-ticket'])(
    'who takes the lease after the %s ends the run without another word',
    async (effect) => {
      const stage = await dueStage();
      const key = 'ticket#TIDATEST';
      stage.onEffect = (_, what) => {
        if (what !== effect) return;
        stage.table.items.set(key, { ...stage.table.items.get(key)!, leaseOwner: { S: 'somebody' } });
        stage.effects.length = 0;
      };
      expect(await stage.once()).toBe('failed');
      expect(stage.named('refresh-failed')).toMatchObject([{ fault: 'LeaseLost' }]);
      const later = stage.effects.filter((what) => /call|Stage/.test(what));
      expect(later).toEqual([]);
      expect(await stage.item.read()).toMatchObject({ leaseOwner: 'somebody', intent: { generation: 2 } });
      expect(stage.ticket()).toMatchObject({ generation: 1 });
    },
  );
});

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

  it('is what the function has left, and no call begins without any', async () => {
    const stage = await dueStage();
    const parts = stage.partsOf(stage.begin('by hand'));
    const { refresh } = await import('../../../lib/tickets/refresh.ts');
    let outcome: Outcome | undefined;
    void refresh(parts, 3_400).then((result) => {
      outcome = result;
    });
    await stage.pass(30 * seconds);
    expect([outcome, stage.office.count.tokens]).toEqual(['failed', 1]);
    expect(stage.named('refresh-failed')).toMatchObject([{ fault: 'OutOfTime' }]);
  });
});

it('the log holds no secret and no URL, whatever fails', async () => {
  const names = [...look, ...token, ...ticket, ...label];
  for (const name of names) {
    for (const kind of ['refused', 'lost'] as const) {
      const stage = await dueStage({ appSecret: 'canary-app-secret', office: { secret: 'canary-app-secret' } });
      stage.weather = (what) => (what === name ? { kind } : {});
      await stage.once();
      const secrets = ['access-token', 'sign-ticket'].flatMap((id) =>
        stage.secrets.versions(id).map(({ string }) => Object.values(JSON.parse(string!) as object)[0] as string),
      );
      expect(secrets.length).toBeGreaterThan(1);
      const text = stage.lines.join('');
      for (const secret of ['canary', 'http', 'secret=', ...secrets]) expect(text).not.toContain(secret);
      expect(start).toBeGreaterThan(0);
      expect(parseTicket(text)).toBeNull();
    }
  }
});
