import { describe, expect, it } from 'vitest';
import { createLedger } from '../../../lib/orders/ledger.ts';
import { lookUp } from '../../../lib/orders/look-up.ts';
import { type OrderEnd, type OrderRecord, toRecord } from '../../../lib/orders/record.ts';
import { fromItem, toItem } from '../../../lib/store/attributes.ts';
import { challengeOf, orderOf, start, verifyOf } from './new-orders.ts';
import { useTable } from './table.ts';

const table = useTable();
const clock = start;
const ledger = () => createLedger(table.client, table.name, () => clock);
const end: OrderEnd = {
  code: '0',
  bizSeqNo: 'a1',
  at: '2021-06-21T14:22:27+08:00',
  outcome: 'issued',
  reason: null,
  billed: 'unknown',
  result: { digits: '9532', expiresAt: '2026-01-05T10:05:00+08:00' },
};
const stored = async (orderNo: string) => fromItem((await table.item(orderNo)) ?? {});

/** A challenge that has succeeded. */
async function issuedChallenge(): Promise<string> {
  const first = challengeOf();
  await ledger().claim(first);
  await ledger().end(first.orderNo, 'me', 'succeeded', end, { ...end, fingerprint: 'challenge-1', issuedAt: clock });
  return first.orderNo;
}

describe('an order record', () => {
  // Design, section 5, and reliability, section 4.1: order data (class C1) and keyed hashes, nothing else.
  const allowed = [
    'orderNo',
    'operation',
    'caller',
    'profile',
    'state',
    'version',
    'attemptId',
    'sends',
    'ticketGeneration',
    'fingerprint',
    'subject',
    'createdAt',
    'sentAt',
    'endedAt',
    'nextQueryAt',
    'notFoundAt',
    'pending',
    'ttl',
    'code',
    'bizSeqNo',
    'at',
    'outcome',
    'reason',
    'problem',
    'billed',
    'result',
    'challenge',
  ];
  const allowedInChallenge = [
    'fingerprint',
    'issuedAt',
    'code',
    'bizSeqNo',
    'at',
    'outcome',
    'reason',
    'billed',
    'result',
  ];

  it('has no other attributes, on whatever way it came', async () => {
    const seen = new Set<string>();
    const seenInChallenge = new Set<string>();
    const look = async (orderNo: string) => {
      const record = await stored(orderNo);
      for (const name of Object.keys(record)) seen.add(name);
      for (const name of Object.keys((record.challenge as object | undefined) ?? {})) seenInChallenge.add(name);
    };
    const pair = await issuedChallenge();
    await look(pair);
    await ledger().claim(verifyOf(pair));
    await look(pair);
    await ledger().resend(pair, 'verify', 8);
    await ledger().giveUp(pair, 'verify', 'DEADLINE');
    await look(pair);
    await ledger().end(pair, 'verify', 'rejected', { ...end, reason: 'blurred', problem: 'upstream-rejected-input' });
    await look(pair);
    const other = challengeOf();
    await ledger().claim(other);
    await ledger().notProcessed(other.orderNo, 'me', 'ticket-refused');
    await look(other.orderNo);
    expect([...seen].filter((name) => !allowed.includes(name))).toEqual([]);
    expect([...seenInChallenge].filter((name) => !allowedInChallenge.includes(name))).toEqual([]);
  });

  it('reads back as it was written', async () => {
    const mine = challengeOf();
    await ledger().claim(mine);
    const result = { warnings: ['reshot', 'covered'], nothing: [], faces: [{ outcome: 'match', similarity: 91.5 }] };
    await ledger().end(mine.orderNo, 'me', 'succeeded', { ...end, result });
    expect(await ledger().read(mine.orderNo)).toMatchObject({
      ...end,
      result,
      bizSeqNo: 'a1',
      endedAt: clock,
      sends: 1,
    });
    expect(await ledger().read('nosuchorder')).toBeNull();
    expect(await ledger().look(mine)).toEqual({ kind: 'mine' });
    expect(await ledger().look(orderOf())).toBeNull();
    expect(await ledger().look(verifyOf('nosuchorder'))).toMatchObject({ problem: 'step-out-of-order' });
  });
});

describe('values of a record', () => {
  it('are the same after a way through the table; null and undefined have none', () => {
    const values = { text: '', count: -1.5, flag: false, list: [1, 'a', [true]], map: { a: { b: [] } } };
    expect(fromItem(toItem({ ...values, none: null, absent: undefined }))).toEqual(values);
    expect(fromItem(toItem({ list: [null, 'a'] }))).toEqual({ list: [null, 'a'] });
  });

  it('are null where a record promises one', () => {
    expect(toRecord(toItem({ orderNo: 'a1', state: 'sent' }))).toEqual({
      orderNo: 'a1',
      state: 'sent',
      code: null,
      bizSeqNo: null,
      at: null,
      outcome: null,
      reason: null,
      billed: 'unknown',
    });
  });
});

describe('an order as its caller sees it', () => {
  const see = (record: OrderRecord | null, input: object, more: { caller?: string; isolateCallers?: boolean } = {}) => {
    const { caller = 'alice', isolateCallers = true } = more;
    const policy = { similarity: { match: 70, approve: 80 }, challengeMaxAge: 300, isolateCallers };
    const context = { ledger: { read: async () => record }, policy, now: () => clock };
    const call = { requestId: 'r', caller, input, remaining: () => 28_000 };
    return lookUp(call, context as never).catch((problem: { slug: string }) => problem.slug);
  };
  const { isolated: _, oldestChallenge: __, continues: ___, ...facts } = orderOf({ orderNo: 'a1' });
  const record = {
    ...facts,
    ...end,
    state: 'succeeded',
    createdAt: start,
    sentAt: start,
    sends: 1,
    version: 2,
  } as const;

  it('says what the contract lists, and no more', async () => {
    expect(await see({ ...record, endedAt: start + 2_000, ttl: start / 1000 + 1 }, { orderNo: 'a1' })).toEqual({
      orderNo: 'a1',
      operation: 'face-verify',
      state: 'succeeded',
      outcome: 'issued',
      reason: null,
      result: { digits: '9532', expiresAt: '2026-01-05T10:05:00+08:00' },
      billed: 'unknown',
      upstream: { code: '0', bizSeqNo: 'a1', profile: 'tencentcloud', at: '2021-06-21T14:22:27+08:00' },
      createdAt: '2026-01-05T10:00:00+08:00',
      endedAt: '2026-01-05T10:00:02+08:00',
    });
  });

  it.each<[what: string, of: OrderRecord | null, input: object, more: object, expected: string]>([
    ['unknown', null, { orderNo: 'a1' }, {}, 'not-found'],
    ['foreign', record, { orderNo: 'a1' }, { caller: 'bob' }, 'not-found'],
    ['past its end', { ...record, ttl: start / 1000 }, { orderNo: 'a1' }, {}, 'not-found'],
    ['no order number', record, { orderNo: 'a-1' }, {}, 'not-found'],
    ['more than the number', record, { orderNo: 'a1', files: true }, {}, 'invalid-request'],
  ])('does not exist: %s', async (_what, of, input, more, expected) => {
    expect(await see(of, input, more)).toBe(expected);
  });

  it('is seen by all where callers are not isolated', async () => {
    const seen = await see(record, { orderNo: 'a1' }, { caller: 'bob', isolateCallers: false });
    expect(seen).toMatchObject({ orderNo: 'a1' });
  });

  it('shows the challenge that it has taken over', async () => {
    const challenge = { ...end, fingerprint: 'challenge-1', issuedAt: start };
    const seen = await see({ ...record, operation: 'liveness-verify', challenge }, { orderNo: 'a1' });
    const expected = {
      issuedAt: '2026-01-05T10:00:00+08:00',
      result: { digits: '9532', expiresAt: expect.any(String) },
    };
    expect(seen).toMatchObject({ operation: 'liveness-verify', challenge: expected });
    const own = await see(
      { ...record, challenge: { ...challenge, fingerprint: record.fingerprint } },
      { orderNo: 'a1' },
    );
    expect(own).not.toHaveProperty('challenge');
  });
});
