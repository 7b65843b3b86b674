import { describe, expect, it } from 'vitest';
import { createLedger, type NewOrder } from '../../../lib/orders/ledger.ts';
import type { OrderEnd } from '../../../lib/orders/record.ts';
import { fromItem } from '../../../lib/store/attributes.ts';
import { challengeOf, start, verifyOf } from './new-orders.ts';
import { useTable } from './table.ts';

const table = useTable();
let clock = start;
const ledger = (client = table.client) => createLedger(client, table.name, () => clock);

const end: OrderEnd = {
  code: '0',
  bizSeqNo: 'a1',
  at: null,
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
  const challenge = { ...end, fingerprint: first.fingerprint, issuedAt: clock };
  expect(await ledger().end(first.orderNo, 'me', 'succeeded', end, challenge)).toBe(true);
  return first.orderNo;
}

describe('the liveness pair in one record', () => {
  it('keeps the challenge when the verify step takes it over, and after it has ended', async () => {
    const orderNo = await issuedChallenge();
    const kept = { fingerprint: 'challenge-1', code: '0', outcome: 'issued', result: { digits: '9532' } };
    expect(await stored(orderNo)).toMatchObject({ operation: 'liveness-challenge', challenge: kept });
    expect(await ledger().claim(verifyOf(orderNo))).toEqual({ kind: 'mine' });
    const taken = await stored(orderNo);
    expect(taken).toMatchObject({
      operation: 'liveness-verify',
      fingerprint: 'verify-1',
      state: 'sent',
      challenge: kept,
    });
    expect(taken).not.toHaveProperty('ttl');
    await ledger().end(orderNo, 'verify', 'succeeded', { ...end, outcome: 'match', result: { similarity: 90 } });
    expect(await stored(orderNo)).toMatchObject({
      outcome: 'match',
      result: { similarity: 90 },
      challenge: kept,
      version: 4,
    });
  });

  it('has one verify step per challenge, whoever comes first of 20', async () => {
    const orderNo = await issuedChallenge();
    const all = Array.from({ length: 20 }, (_, index) =>
      verifyOf(orderNo, { attemptId: `verify${index}`, fingerprint: `verify-${index % 2}` }),
    );
    const verdicts = await Promise.all(all.map((each) => ledger().claim(each)));
    const words = verdicts.map((verdict) => (verdict.kind === 'refuse' ? verdict.problem : verdict.kind));
    expect(words.filter((word) => word === 'mine')).toHaveLength(1);
    expect(words.filter((word) => word === 'order-in-progress')).toHaveLength(9);
    expect(words.filter((word) => word === 'order-payload-mismatch')).toHaveLength(10);
  });

  it('refuses an old challenge, another person and another caller', async () => {
    const orderNo = await issuedChallenge();
    const refusals: [Partial<NewOrder>, string][] = [
      [{ oldestChallenge: clock }, 'step-out-of-order'],
      [{ caller: 'bob' }, 'step-out-of-order'],
      [{ subject: 'person-2' }, 'order-payload-mismatch'],
    ];
    for (const [more, problem] of refusals) {
      expect(await ledger().claim(verifyOf(orderNo, more))).toMatchObject({ kind: 'refuse', problem });
    }
    expect(await ledger().claim(verifyOf('nosuchorder'))).toMatchObject({ problem: 'step-out-of-order' });
    expect(await stored(orderNo)).toMatchObject({ operation: 'liveness-challenge', version: 2 });
  });
});

describe('a write whose answer is lost', () => {
  it('T1 is recognised', async () => {
    const mine = challengeOf();
    expect(await ledger(table.losing(1)).claim(mine)).toEqual({ kind: 'mine' });
    expect(await stored(mine.orderNo)).toMatchObject({ state: 'sent', attemptId: 'me', version: 1 });
  });

  it('T1b is recognised', async () => {
    const first = challengeOf();
    await ledger().claim(first);
    await ledger().notProcessed(first.orderNo, 'me', 'unreachable');
    const again = challengeOf({ orderNo: first.orderNo, attemptId: 'again' });
    expect(await ledger(table.losing(1)).claim(again)).toEqual({ kind: 'mine' });
    expect(await stored(first.orderNo)).toMatchObject({ state: 'sent', attemptId: 'again', version: 3 });
  });

  it('T1c is recognised', async () => {
    const orderNo = await issuedChallenge();
    expect(await ledger(table.losing(1)).claim(verifyOf(orderNo))).toEqual({ kind: 'mine' });
    expect(await stored(orderNo)).toMatchObject({ state: 'sent', attemptId: 'verify', version: 3 });
  });

  it('and that the client repeats, is recognised too', async () => {
    const first = challengeOf();
    expect(await ledger(table.repeating).claim(first)).toEqual({ kind: 'mine' });
    await ledger().notProcessed(first.orderNo, 'me', 'unreachable');
    const again = challengeOf({ orderNo: first.orderNo, attemptId: 'again' });
    expect(await ledger(table.repeating).claim(again)).toEqual({ kind: 'mine' });
    const orderNo = await issuedChallenge();
    expect(await ledger(table.repeating).claim(verifyOf(orderNo))).toEqual({ kind: 'mine' });
    expect(await stored(orderNo)).toMatchObject({ attemptId: 'verify', version: 3 });
  });

  it('of a write that was not applied is an error', async () => {
    const down = { send: async () => Promise.reject(new Error('down')) } as unknown as typeof table.client;
    await expect(ledger(down).claim(challengeOf())).rejects.toThrow('down');
  });

  it.each(['T4', 'T5'])('%s was made once, however often it is repeated', async (name) => {
    const mine = challengeOf();
    await ledger().claim(mine);
    const write = (client = table.client) =>
      name === 'T4'
        ? ledger(client).end(mine.orderNo, 'me', 'succeeded', end)
        : ledger(client).giveUp(mine.orderNo, 'me', 'DEADLINE');
    await write(table.losing(1)).catch(() => {});
    const after = await stored(mine.orderNo);
    expect(after).toMatchObject({ state: name === 'T4' ? 'succeeded' : 'unknown', version: 2 });
    clock += 1_000;
    await write();
    await write(table.repeating);
    expect(await stored(mine.orderNo)).toEqual(after);
  });
});

describe('a second send', () => {
  it('is allowed once', async () => {
    const mine = challengeOf();
    await ledger().claim(mine);
    expect(await ledger().resend(mine.orderNo, 'me', 8)).toBe(true);
    expect(await stored(mine.orderNo)).toMatchObject({ sends: 2, ticketGeneration: 8, state: 'sent' });
    expect(await ledger().resend(mine.orderNo, 'me', 9)).toBe(false);
    expect(await stored(mine.orderNo)).toMatchObject({ sends: 2, ticketGeneration: 8 });
  });
});

describe('a run again', () => {
  it('fences the attempt before it', async () => {
    const first = challengeOf();
    const createdAt = clock;
    await ledger().claim(first);
    await ledger().notProcessed(first.orderNo, 'me', 'unreachable');
    clock += 60_000;
    await ledger().claim(challengeOf({ orderNo: first.orderNo, attemptId: 'again' }));
    expect(await ledger().end(first.orderNo, 'me', 'succeeded', end)).toBe(false);
    expect(await ledger().giveUp(first.orderNo, 'me', 'late')).toBe(false);
    expect(await ledger().notProcessed(first.orderNo, 'me', 'late')).toBe(false);
    expect(await ledger().resend(first.orderNo, 'me', 9)).toBe(false);
    expect(await stored(first.orderNo)).toMatchObject({
      state: 'sent',
      attemptId: 'again',
      sends: 1,
      sentAt: clock,
      createdAt,
    });
  });

  it('after one of 20 leaves nineteen waiting', async () => {
    const first = challengeOf();
    await ledger().claim(first);
    await ledger().notProcessed(first.orderNo, 'me', 'unreachable');
    const all = Array.from({ length: 20 }, (_, index) =>
      challengeOf({ orderNo: first.orderNo, attemptId: `again${index}` }),
    );
    const verdicts = await Promise.all(all.map((each) => ledger().claim(each)));
    expect(verdicts.filter(({ kind }) => kind === 'mine')).toHaveLength(1);
    expect(verdicts.filter(({ kind }) => kind === 'refuse')).toHaveLength(19);
  });
});
