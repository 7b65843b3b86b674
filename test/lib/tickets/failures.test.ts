import { describe, expect, it } from 'vitest';
import { dueStage, label } from './due-stage.ts';
import { seconds, type TicketStage, ticketStage, type Weather } from './stage.ts';

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

describe('a ticket call that is throttled', () => {
  it('is tried again at the next tick: the old ticket has a minute left', async () => {
    const stage = await dueStage();
    const { handle } = stage.office;
    stage.office.handle = (request) =>
      request.path.includes('api_ticket') ? { status: 200, body: Buffer.from('{"code":"400501"}') } : handle(request);
    expect(await stage.once()).toBe('failed');
    stage.office.handle = handle;
    await stage.pass(31 * seconds);
    expect(await stage.once()).toBe('intent');
    expect([stage.working(), stage.office.count.tokens]).toEqual([true, 2]);
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

  it('who goes back to an older ticket does not get a generation made twice', async () => {
    const stage = await dueStage();
    const old = JSON.stringify(stage.ticket());
    stage.onEffect = (_, what) => {
      if (what !== 'PutSecretValue sign-ticket') return;
      stage.secrets.write('sign-ticket', old);
      stage.onEffect = () => {};
    };
    expect(await stage.once()).toBe('failed');
    expect(await stage.item.read()).toMatchObject({ generation: 1, suspectGeneration: 2 });
    await stage.pass(31 * seconds);
    expect(await stage.once()).toBe('age');
    expect([stage.working(), stage.ticket()!.generation]).toEqual([true, 3]);
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
