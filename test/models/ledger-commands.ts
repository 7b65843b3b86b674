/** Random commands for the ledger, played on a database and on its table at the same time. */
import { deepStrictEqual } from 'node:assert';
import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import type { DynamoDBClient } from '#signing';
import type { Resolution } from '../../lib/orders/ladder.ts';
import { createLedger, type Ledger, type NewOrder } from '../../lib/orders/ledger.ts';
import { type OrderEnd, type OrderRecord, toRecord } from '../../lib/orders/record.ts';
import type { Item } from '../../lib/store/attributes.ts';
import {
  type Essence,
  type Expected,
  essenceOf,
  expectClaim,
  expectOwner,
  expectResolver,
  type OwnersWrite,
} from './ledger-table.ts';

/** What becomes of one write: `lost` is carried out and fails, `again` is carried out twice, as the SDK does. */
type Fate = 'fine' | 'refused' | 'lost' | 'again';

/** One command. Numbers choose among a few orders, attempts and earlier reads. */
type Command = { readonly order: number; readonly fate: Fate; readonly nth: number } & (
  | {
      readonly kind: 'claim';
      readonly who: number;
      readonly what: string;
      readonly input: number;
      readonly caller: string;
    }
  | { readonly kind: 'owner'; readonly who: number; readonly write: string; readonly variant: number }
  | { readonly kind: 'see' }
  | { readonly kind: 'resolve'; readonly back: number; readonly to: string; readonly variant: number }
  | { readonly kind: 'wait'; readonly milliseconds: number }
);

const start = Date.parse('2026-01-05T02:00:00Z');
const day = 86_400_000;

const usually = <T>(usual: T, ...others: T[]) =>
  fc.oneof({ weight: 4 * others.length, arbitrary: fc.constant(usual) }, ...others.map((one) => fc.constant(one)));
const common = {
  order: usually(0, 1),
  fate: usually<Fate>('fine', 'refused', 'lost', 'again'),
  nth: fc.constantFrom(1, 2),
};
/** Attempts by number; 3 is whoever owns the order. */
const who = fc.constantFrom(0, 1, 2);
const owner = usually(3, 0, 1);

/** Any command. */
export const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({
    ...common,
    kind: fc.constant('claim' as const),
    who,
    what: fc.constantFrom('again', 'next', 'next', 'face-verify', 'liveness-challenge', 'liveness-verify'),
    input: usually(0, 1),
    caller: usually('alice', 'bob'),
  }),
  fc.record({
    ...common,
    kind: fc.constant('owner' as const),
    who: owner,
    write: fc.constantFrom('resend', 'succeeded', 'rejected', 'giveUp', 'giveUp', 'notProcessed', 'notProcessed'),
    variant: usually(0, 1),
  }),
  fc.record({ ...common, kind: fc.constant('see' as const) }),
  fc.record({
    ...common,
    kind: fc.constant('resolve' as const),
    back: usually(0, 1, 3),
    to: fc.constantFrom('succeeded', 'rejected', 'not-charged', 'unresolved', 'wait'),
    variant: usually(0, 1),
  }),
  fc.record({
    ...common,
    kind: fc.constant('wait' as const),
    milliseconds: fc.constantFrom(1_000, 1_000, 1_000, 29_999, 31_000, 299_000, 301_000, day, 96 * day),
  }),
);

/** A database with the table of the orders. */
export interface Database {
  readonly client: DynamoDBClient;
  readonly table: string;
}

const end = (code: string): OrderEnd => ({
  code,
  bizSeqNo: null,
  at: null,
  outcome: 'match',
  reason: null,
  billed: 'yes',
});
const lostAnswer = () => Object.assign(new Error('the answer is lost'), { name: 'TimeoutError' });

/** A client that gives the n-th write of a command its fate. */
function flaky({ client }: Database) {
  let fate: Fate = 'fine';
  let left = 0;
  const send = async (command: UpdateItemCommand) => {
    if (!(command instanceof UpdateItemCommand)) return client.send(command);
    left -= 1;
    if (left !== 0 || fate === 'fine') return client.send(command);
    if (fate === 'refused') throw lostAnswer();
    const first = await client.send(command).catch((error: Error) => error);
    if (fate === 'lost') throw lostAnswer();
    return first instanceof Error ? Promise.reject(first) : client.send(command);
  };
  const arm = (next: Fate, nth: number) => {
    fate = next;
    left = nth;
  };
  return { client: { send } as unknown as DynamoDBClient, arm, struck: () => left <= 0 && fate !== 'fine' };
}

/** Plays commands; the numbers of its orders begin with `prefix`. Returns the transitions taken. @throws AssertionError */
export async function play(commands: readonly Command[], database: Database, prefix: string): Promise<string[]> {
  let clock = start;
  const { client, arm, struck } = flaky(database);
  const ledger: Ledger = createLedger(client, database.table, () => clock);
  const models = new Map<string, Essence | null>();
  const seen = new Map<string, OrderRecord[]>();
  const took: string[] = [];

  const stored = async (orderNo: string): Promise<OrderRecord | null> => {
    const key = { TableName: database.table, Key: { orderNo: { S: orderNo } }, ConsistentRead: true };
    const { Item: item } = await database.client.send(new GetItemCommand(key));
    return item ? toRecord(item as Item) : null;
  };

  /** A command that throws has changed nothing: a write that was carried out is known again, though its answer was lost. */
  async function compare(orderNo: string, expected: Expected, told: Promise<unknown>, fate: Fate): Promise<void> {
    const before = models.get(orderNo) ?? null;
    const answer = await told.catch((error: Error) =>
      error.name === 'TimeoutError' ? 'throws' : Promise.reject(error),
    );
    const after = essenceOf(await stored(orderNo));
    const hit = struck();
    const undone = hit && fate !== 'again' && answer === 'throws';
    deepStrictEqual(after, undone ? before : expected.after);
    if (!undone) deepStrictEqual(answer, expected.told);
    if (!undone && expected.took) took.push(expected.took);
    models.set(orderNo, after);
  }

  for (const one of commands) {
    const orderNo = `${prefix}${one.order}`;
    const model = models.get(orderNo) ?? null;
    arm(one.fate, one.nth);
    if (one.kind === 'wait') clock += one.milliseconds;
    else if (one.kind === 'see') {
      const record = await ledger.read(orderNo);
      if (record) seen.set(orderNo, [record, ...(seen.get(orderNo) ?? [])].slice(0, 3));
    } else if (one.kind === 'claim') {
      const order = orderOf(orderNo, one, model, clock);
      const told = ledger.claim(order).then((verdict) => (verdict.kind === 'refuse' ? verdict.problem : verdict.kind));
      await compare(orderNo, expectClaim(model, order, clock), told, one.fate);
    } else if (one.kind === 'owner') {
      const me = one.who === 3 ? (model?.attemptId ?? 'nobody') : `attempt${one.who}`;
      const write = writeOf(one, model, clock);
      await compare(orderNo, expectOwner(model, me, write, clock), carryOut(ledger, orderNo, me, write), one.fate);
    } else {
      const record = one.back === 0 ? await ledger.read(orderNo) : seen.get(orderNo)?.[one.back - 1];
      if (!record) continue;
      const resolution = resolutionOf(one.to, one.variant, record, clock);
      const expected = expectResolver(model, essenceOf(record)!, resolution, clock);
      await compare(orderNo, expected, ledger.resolve(record, resolution), one.fate);
    }
  }
  return took;
}

function orderOf(orderNo: string, one: Command & { kind: 'claim' }, model: Essence | null, now: number): NewOrder {
  const step = model?.operation === 'liveness-challenge' && model.state === 'succeeded' ? 'liveness-verify' : 'again';
  const wanted = one.what === 'next' ? step : one.what;
  const again = wanted === 'again' ? model : null;
  const what = again?.operation ?? (wanted === 'again' ? 'liveness-challenge' : wanted);
  return {
    orderNo,
    attemptId: `attempt${one.who}`,
    operation: what,
    caller: (one.what === 'next' ? model : again)?.caller ?? one.caller,
    isolated: true,
    fingerprint: again?.fingerprint ?? `${what} ${one.input}`,
    subject: 'person',
    ...(what === 'liveness-verify' ? { continues: 'liveness-challenge' } : {}),
    oldestChallenge: now - 300_000,
    profile: 'tencentcloud',
    ticketGeneration: 7,
  };
}

function writeOf({ write, variant }: Command & { kind: 'owner' }, model: Essence | null, now: number): OwnersWrite {
  if (write === 'resend') return { kind: 'resend', ticketGeneration: 8 + variant };
  if (write === 'giveUp' || write === 'notProcessed') return { kind: write, reason: `reason${variant}` };
  const state = write === 'succeeded' ? 'succeeded' : 'rejected';
  const issued = state === 'succeeded' && model?.operation === 'liveness-challenge';
  const challenge = issued ? { fingerprint: model.fingerprint, issuedAt: now } : undefined;
  return { kind: 'end', state, code: String(variant), challenge };
}

function carryOut(ledger: Ledger, orderNo: string, me: string, write: OwnersWrite): Promise<boolean> {
  switch (write.kind) {
    case 'resend':
      return ledger.resend(orderNo, me, write.ticketGeneration);
    case 'end': {
      const { state, code, challenge } = write;
      return ledger.end(orderNo, me, state, end(code), challenge && { ...end(code), ...challenge });
    }
    default:
      return ledger[write.kind](orderNo, me, write.reason);
  }
}

function resolutionOf(to: string, variant: number, record: OrderRecord, now: number): Resolution {
  if (to === 'wait')
    return { kind: 'wait', nextQueryAt: now + 60_000, notFoundAt: variant === 0 ? record.notFoundAt : now };
  if (to === 'succeeded' || to === 'rejected') return { kind: 'found', state: to, end: end('0') };
  const reason = to === 'not-charged' ? 'not-found' : 'no-query';
  return { kind: 'over', state: to as 'not-charged' | 'unresolved', reason, askedAt: now };
}
