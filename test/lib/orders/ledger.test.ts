import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { createLedger, type Ledger, type NewOrder } from '../../../lib/orders/ledger.ts';
import { type Challenge, type OrderEnd, type OrderState, terminal } from '../../../lib/orders/record.ts';
import { fromItem, toItem } from '../../../lib/store/attributes.ts';
import { orderOf, start, verifyOf } from './new-orders.ts';
import { useTable } from './table.ts';

const table = useTable();
const days = 86_400;
let clock = start;
const ledger = (client = table.client): Ledger => createLedger(client, table.name, () => clock);

const end: OrderEnd = {
  code: '0',
  bizSeqNo: '21062120001184415714222706920349',
  at: '2021-06-21T14:22:27+08:00',
  outcome: 'match',
  reason: null,
  billed: 'yes',
  result: { similarity: 90.27, reference: 'authority' },
};
const issued: OrderEnd = { ...end, outcome: 'issued', result: { digits: '9532' } };
const challenge: Challenge = { ...issued, fingerprint: 'challenge-1', issuedAt: start - 60_000 };

const states: OrderState[] = ['sent', 'unknown', 'succeeded', 'rejected', 'not-processed', 'not-charged', 'unresolved'];

/** Puts a record into the table, as it stands in a state. */
async function given(state: OrderState, more: Record<string, unknown> = {}): Promise<string> {
  const { orderNo, isolated: _, oldestChallenge: __, ...facts } = orderOf();
  const open = !terminal.has(state);
  const ending = open
    ? { pending: 'orders', nextQueryAt: start + 30_000 }
    : { ttl: Math.ceil(start / 1000) + 95 * days };
  const record = {
    orderNo,
    ...facts,
    state,
    createdAt: start,
    sentAt: start,
    sends: 1,
    version: 3,
    ...ending,
    ...more,
  };
  await table.put(toItem(record));
  return orderNo;
}

const stored = async (orderNo: string) => fromItem((await table.item(orderNo)) ?? {});

/** IDM-9: a terminal record ends some day and is not asked about, any other is asked about and does not end. */
async function expectSound(orderNo: string, changed: boolean): Promise<void> {
  const record = await stored(orderNo);
  const over = terminal.has(record.state as OrderState);
  expect({ ttl: 'ttl' in record, asked: 'nextQueryAt' in record, pending: 'pending' in record }).toEqual({
    ttl: over,
    asked: !over,
    pending: !over,
  });
  if (over) expect(record.ttl).toBeGreaterThanOrEqual((changed ? clock : start) / 1000 + 95 * days);
}

/** Each transition (reliability, section 4.3) on an order that is `me`'s, and the states that it may start from. */
const transitions: [name: string, from: OrderState[], to: OrderState, run: (orderNo: string) => Promise<boolean>][] = [
  ['T4 succeeded', ['sent', 'unknown'], 'succeeded', (no) => ledger().end(no, 'me', 'succeeded', end)],
  [
    'T4 rejected',
    ['sent', 'unknown'],
    'rejected',
    (no) => ledger().end(no, 'me', 'rejected', { ...end, problem: 'x' }),
  ],
  ['T4r', ['sent'], 'sent', (no) => ledger().resend(no, 'me', 8)],
  ['T5', ['sent'], 'unknown', (no) => ledger().giveUp(no, 'me', 'DEADLINE')],
  ['T6', ['sent'], 'not-processed', (no) => ledger().notProcessed(no, 'me', 'unreachable')],
];
const claims: [
  name: string,
  from: OrderState[],
  more: Record<string, unknown>,
  claim: (orderNo: string) => NewOrder,
][] = [
  ['T1', [], {}, (orderNo) => orderOf({ orderNo, attemptId: 'other', fingerprint: 'input-2' })],
  ['T1b', ['not-processed'], {}, (orderNo) => orderOf({ orderNo, attemptId: 'other' })],
  [
    'T1c',
    ['succeeded'],
    { operation: 'liveness-challenge', fingerprint: 'challenge-1', challenge },
    (orderNo) => verifyOf(orderNo, { attemptId: 'other' }),
  ],
];

describe.each(transitions)('%s', (_name, from, to, run) => {
  it.each(states)('in state %s', async (state) => {
    const orderNo = await given(state);
    const before = await stored(orderNo);
    clock += 1_000;
    expect(await run(orderNo)).toBe(from.includes(state));
    const after = await stored(orderNo);
    if (from.includes(state)) expect(after).toMatchObject({ state: to, version: 4, attemptId: 'me' });
    else expect(after).toEqual(before);
    await expectSound(orderNo, from.includes(state));
  });

  it('needs the attempt that owns the order', async () => {
    for (const state of from) {
      const orderNo = await given(state, { attemptId: 'other' });
      const before = await stored(orderNo);
      expect(await run(orderNo)).toBe(false);
      expect(await stored(orderNo)).toEqual(before);
    }
  });

  it('makes no order', async () => {
    expect(await run('nosuchorder')).toBe(false);
    expect(await table.item('nosuchorder')).toBeUndefined();
  });
});

describe.each(claims)('%s', (_name, from, more, claim) => {
  it.each(states)('in state %s', async (state) => {
    const orderNo = await given(state, more);
    const before = await stored(orderNo);
    clock += 1_000;
    const verdict = await ledger().claim(claim(orderNo));
    const after = await stored(orderNo);
    if (from.includes(state)) {
      expect(verdict).toEqual({ kind: 'mine' });
      const fresh = { state: 'sent', attemptId: 'other', sentAt: clock, sends: 1, ticketGeneration: 7, version: 4 };
      expect(after).toMatchObject({ ...fresh, nextQueryAt: clock + 30_000 });
      for (const old of ['code', 'bizSeqNo', 'at', 'outcome', 'reason', 'billed', 'result', 'endedAt', 'problem']) {
        expect(after).not.toHaveProperty(old);
      }
    } else {
      expect(verdict.kind).not.toBe('mine');
      expect(after).toEqual(before);
    }
    await expectSound(orderNo, from.includes(state));
  });
});

describe('T1', () => {
  it('records what is known before the first byte leaves', async () => {
    clock = start;
    const mine = orderOf();
    expect(await ledger().claim(mine)).toEqual({ kind: 'mine' });
    expect(await stored(mine.orderNo)).toEqual({
      orderNo: mine.orderNo,
      operation: 'face-verify',
      caller: 'alice',
      fingerprint: 'input-1',
      subject: 'person-1',
      profile: 'tencentcloud',
      state: 'sent',
      attemptId: 'me',
      createdAt: start,
      sentAt: start,
      sends: 1,
      ticketGeneration: 7,
      pending: 'orders',
      nextQueryAt: start + 30_000,
      version: 1,
    });
  });

  it('needs no subject', async () => {
    const mine = orderOf({ subject: undefined });
    expect(await ledger().claim(mine)).toEqual({ kind: 'mine' });
    expect(await stored(mine.orderNo)).not.toHaveProperty('subject');
  });

  it('belongs to exactly one of 50', async () => {
    const all = Array.from({ length: 50 }, (_, index) => orderOf({ orderNo: 'storm', attemptId: `attempt${index}` }));
    const verdicts = await Promise.all(all.map((each) => ledger().claim(each)));
    const problems = verdicts.map((verdict) => (verdict.kind === 'refuse' ? verdict.problem : verdict.kind));
    expect(problems.filter((problem) => problem === 'mine')).toHaveLength(1);
    expect(problems.filter((problem) => problem === 'order-in-progress')).toHaveLength(49);
    const winner = all[problems.indexOf('mine')]!;
    expect(await stored('storm')).toMatchObject({ attemptId: winner.attemptId, version: 1 });
  });

  it('is seen by the index of open orders until it ends', async () => {
    const mine = orderOf();
    const asked = async () => {
      const { Items = [] } = await table.client.send(
        new QueryCommand({
          TableName: table.name,
          IndexName: 'pending',
          KeyConditionExpression: 'pending = :orders',
          ExpressionAttributeValues: { ':orders': { S: 'orders' } },
        }),
      );
      return Items.some(({ orderNo }) => orderNo?.S === mine.orderNo);
    };
    await ledger().claim(mine);
    expect(await asked()).toBe(true);
    await ledger().giveUp(mine.orderNo, 'me', 'DEADLINE');
    expect(await asked()).toBe(true);
    await ledger().end(mine.orderNo, 'me', 'succeeded', end);
    expect(await asked()).toBe(false);
  });
});
