import { describe, expect, it } from 'vitest';
import { quarantine } from '../../../lib/orders/ladder.ts';
import { createLedger, type Ledger, type NewOrder } from '../../../lib/orders/ledger.ts';
import { type OrderEnd, type OrderState, terminal } from '../../../lib/orders/record.ts';
import { type Transition, type TransitionName, transitions } from '../../../lib/orders/transitions.ts';
import { fromItem, toItem } from '../../../lib/store/attributes.ts';
import { useTable } from './table.ts';

const table = useTable();
const now = Date.parse('2026-01-05T02:00:00Z');
const ledger = (client = table.client): Ledger => createLedger(client, table.name, () => now);
const states: OrderState[] = ['sent', 'unknown', 'succeeded', 'rejected', 'not-processed', 'not-charged', 'unresolved'];
const end: OrderEnd = { code: '0', bizSeqNo: 'b1', at: null, outcome: 'read', reason: null, billed: 'yes' };

let made = 0;
const order = (orderNo: string, more: Partial<NewOrder> = {}): NewOrder => ({
  orderNo,
  attemptId: 'other',
  operation: 'driver-license-ocr',
  caller: 'alice',
  isolated: true,
  fingerprint: 'input-1',
  subject: 'person-1',
  oldestChallenge: now - 300_000,
  profile: 'tencentcloud',
  ticketGeneration: 7,
  ...more,
});

/** An order of attempt `me` in a state, sent long ago; `none`: no record. */
async function given(state: OrderState | 'none', more: Record<string, unknown> = {}): Promise<string> {
  made += 1;
  const orderNo = `T${made}`;
  if (state === 'none') return orderNo;
  const { isolated: _, oldestChallenge: __, ...facts } = order(orderNo, { attemptId: 'me' });
  const sentAt = now - 3_600_000;
  const ending = terminal.has(state)
    ? { ttl: now / 1000 + 86_400, endedAt: sentAt }
    : { pending: 'orders', nextQueryAt: now };
  const record = { ...facts, state, createdAt: sentAt, sentAt, sends: 1, version: 3, ...ending, ...more };
  await table.put(toItem(record));
  return orderNo;
}
const stored = async (orderNo: string) => {
  const item = await table.item(orderNo);
  return item ? fromItem(item) : null;
};
const challenge = { ...end, fingerprint: 'challenge-1', issuedAt: now - 60_000 };
const over = (state: 'not-charged' | 'unresolved', askedAt = now) =>
  ({ kind: 'over', state, reason: 'not-found', askedAt }) as const;

/** What takes each transition, and what the record must hold besides its state. */
const take: Record<TransitionName, [more: Record<string, unknown>, run: (no: string) => Promise<unknown>][]> = {
  T1: [[{}, (no) => ledger().claim(order(no, { fingerprint: 'input-2' }))]],
  T1b: [[{}, (no) => ledger().claim(order(no))]],
  T1c: [
    [
      { operation: 'liveness-challenge', fingerprint: 'challenge-1', challenge },
      (no) =>
        ledger().claim(
          order(no, { operation: 'liveness-verify', fingerprint: 'verify-1', continues: 'liveness-challenge' }),
        ),
    ],
  ],
  T4: [
    [{}, (no) => ledger().end(no, 'me', 'succeeded', end)],
    [{}, (no) => ledger().end(no, 'me', 'rejected', { ...end, outcome: null, problem: 'upstream-refused' })],
  ],
  T4r: [[{}, (no) => ledger().resend(no, 'me', 8)]],
  T5: [[{}, (no) => ledger().giveUp(no, 'me', 'DEADLINE')]],
  T6: [[{}, (no) => ledger().notProcessed(no, 'me', 'unreachable')]],
  T7: (['succeeded', 'rejected'] as const).map((state) => [{}, (no) => resolve(no, { kind: 'found', state, end })]),
  T7q: (['not-charged', 'unresolved'] as const).map((state) => [{}, (no) => resolve(no, over(state))]),
  T7w: [[{}, (no) => resolve(no, { kind: 'wait', nextQueryAt: now + 60_000, notFoundAt: now })]],
};

async function resolve(orderNo: string, resolution: Parameters<Ledger['resolve']>[1]): Promise<boolean | null> {
  const record = await ledger().read(orderNo);
  return record && ledger().resolve(record, resolution);
}

describe.each(Object.entries<Transition>(transitions))('%s', (name, { from, to }) => {
  const ways = take[name as TransitionName];

  it.each(['none' as const, ...states])('from %s, exactly as the table says', async (state) => {
    for (const [index, [more, run]] of ways.entries()) {
      const orderNo = await given(state, more);
      const before = await stored(orderNo);
      await run(orderNo);
      const after = await stored(orderNo);
      if (from.includes(state)) {
        const target = to.length > 1 ? to[index] : to[0];
        expect(after?.state, `${name} from ${state}`).toBe(target === 'same' ? before!.state : target);
        expect(after?.version).toBe(before ? 4 : 1);
        const ended = terminal.has(after!.state as OrderState);
        expect(['ttl' in after!, 'nextQueryAt' in after!, 'pending' in after!]).toEqual([ended, !ended, !ended]);
      } else if (!isAnotherClaim(name, state)) expect(after, `${name} from ${state}`).toEqual(before);
    }
  });
});

// A claim takes T1, T1b or T1c, whichever the record allows.
const isAnotherClaim = (name: string, state: OrderState | 'none'): boolean =>
  (name === 'T1b' && state === 'none') || (name === 'T1c' && state === 'not-processed');

describe('T7', () => {
  it('needs the very record that was read', async () => {
    for (const resolution of [
      { kind: 'found', state: 'succeeded', end } as const,
      over('not-charged'),
      { kind: 'wait', nextQueryAt: now + 60_000 } as const,
    ]) {
      const orderNo = await given('sent');
      const record = (await ledger().read(orderNo))!;
      await ledger().giveUp(orderNo, 'me', 'DEADLINE');
      const before = await stored(orderNo);
      expect(await ledger().resolve(record, resolution)).toBe(false);
      expect(await stored(orderNo)).toEqual(before);
    }
  });

  it('ends nothing without an answer before the quarantine is over', async () => {
    for (const [age, done] of [
      [quarantine, false],
      [quarantine + 1, true],
    ] as const) {
      for (const state of ['not-charged', 'unresolved'] as const) {
        const orderNo = await given('unknown', { sentAt: now - age });
        const record = (await ledger().read(orderNo))!;
        expect(await ledger().resolve(record, over(state))).toBe(done);
        expect((await stored(orderNo))!.state).toBe(done ? state : 'unknown');
      }
    }
  });

  it('ends an order that was found at once', async () => {
    const orderNo = await given('sent', { sentAt: now - 30_000 });
    const record = (await ledger().read(orderNo))!;
    expect(await ledger().resolve(record, { kind: 'found', state: 'succeeded', end })).toBe(true);
  });

  it('says what an order cost', async () => {
    for (const [state, billed] of [
      ['not-charged', 'no'],
      ['unresolved', 'unknown'],
    ] as const) {
      const orderNo = await given('unknown', { code: '999999' });
      await resolve(orderNo, over(state));
      // What the upstream said stays: the bill will be compared with it.
      expect(await stored(orderNo)).toMatchObject({ billed, reason: 'not-found', code: '999999', endedAt: now });
    }
  });

  it('remembers a first "not found" until the order runs again or ends', async () => {
    const orderNo = await given('unknown');
    await resolve(orderNo, { kind: 'wait', nextQueryAt: now + 60_000, notFoundAt: now });
    expect(await stored(orderNo)).toMatchObject({ notFoundAt: now, nextQueryAt: now + 60_000, pending: 'orders' });
    await resolve(orderNo, { kind: 'found', state: 'succeeded', end });
    expect(await stored(orderNo)).not.toHaveProperty('notFoundAt');
  });
});

describe('a write whose answer is lost', () => {
  const lost = () => ledger(table.losing(1));
  it.each<[string, (no: string) => Promise<unknown>, object]>([
    ['T4', (no) => lost().end(no, 'me', 'succeeded', end), { state: 'succeeded', code: '0' }],
    ['T4r', (no) => lost().resend(no, 'me', 8), { state: 'sent', sends: 2 }],
    ['T5', (no) => lost().giveUp(no, 'me', 'DEADLINE'), { state: 'unknown', reason: 'DEADLINE' }],
    ['T6', (no) => lost().notProcessed(no, 'me', 'unreachable'), { state: 'not-processed' }],
    ['T7', async (no) => lost().resolve((await ledger().read(no))!, over('unresolved')), { state: 'unresolved' }],
    [
      'T7, waiting',
      async (no) => lost().resolve((await ledger().read(no))!, { kind: 'wait', nextQueryAt: now + 7 }),
      { nextQueryAt: now + 7 },
    ],
  ])('%s is read back and recognised, once and again', async (_name, write, facts) => {
    const orderNo = await given('sent');
    expect(await write(orderNo)).toBe(true);
    expect(await stored(orderNo)).toMatchObject({ ...facts, version: 4 });
  });

  it('is not mistaken for the write of somebody else', async () => {
    const orderNo = await given('sent');
    await ledger().end(orderNo, 'me', 'rejected', { ...end, outcome: null });
    expect(await lost().end(orderNo, 'me', 'succeeded', end)).toBe(false);
    expect(await lost().giveUp(orderNo, 'me', 'DEADLINE')).toBe(false);
    const foreign = await given('succeeded', { ...end, attemptId: 'other' });
    expect(await lost().end(foreign, 'me', 'succeeded', end)).toBe(false);
  });

  it('that was not applied, and cannot be read back, is an error', async () => {
    const orderNo = await given('sent');
    const down = { send: async () => Promise.reject(new Error('down')) } as unknown as typeof table.client;
    await expect(ledger(down).end(orderNo, 'me', 'succeeded', end)).rejects.toThrow('down');
    expect(await stored(orderNo)).toMatchObject({ state: 'sent', version: 3 });
  });
});
