/**
 * The order ledger: every transition of an order as one conditional UpdateItem (reliability, section 4.3). A normal order
 * costs two: T1 before the first byte leaves, T4 after the answer. One path works on every engine of DynamoDB: after a
 * failed condition, or a write whose answer was lost, a consistent read decides (IDM-3).
 */
import type { DynamoDBClient } from '#signing';
import type { Item } from '../store/attributes.ts';
import { createTable, type Page } from '../store/table.ts';
import { quarantine, type Resolution, rungs } from './ladder.ts';
import { type Challenge, type OrderEnd, type OrderRecord, type OrderState, terminal, toRecord } from './record.ts';
import { type Attempt, decideReplay, type Verdict } from './replay.ts';
import { type Target, type Transition, type TransitionName, transitions } from './transitions.ts';

/** How long records stay after their end (reliability: IDM-9), in seconds. */
const kept = 95 * 86_400;

/** A new attempt to buy. */
export interface NewOrder extends Attempt {
  readonly orderNo: string;
  readonly profile: string;
  readonly ticketGeneration: number;
  /** Staged files that are the order's own: they are deleted with its end. */
  readonly media?: readonly string[];
  /** The verification that the order is a step of. */
  readonly holder?: string;
}

/** What the upstream said in an answer that proves nothing. */
export type Trace = Pick<OrderEnd, 'code' | 'bizSeqNo' | 'at'>;

/** Reads and writes orders. All methods throw what DynamoDB throws, except for failed conditions. */
export interface Ledger {
  /** Consistent read. */
  read(orderNo: string): Promise<OrderRecord | null>;
  /** Numbers of orders whose next query is due by `until` (epoch milliseconds), the most overdue first. */
  due(until: number, limit: number, from?: Item): Promise<Page>;
  /** T1, T1b or T1c, whichever the record allows; `mine` means that the order is now `sent` and belongs to this attempt. */
  claim(order: NewOrder): Promise<Verdict>;
  /** What an existing record means, without writing; null when there is none. */
  look(order: Attempt & { readonly orderNo: string }): Promise<Verdict | null>;
  /** T4r: a second send after a refused ticket. False: not this attempt's any more. */
  resend(orderNo: string, attemptId: string, ticketGeneration: number): Promise<boolean>;
  /** T4: the end of an order. */
  end(
    orderNo: string,
    attemptId: string,
    state: 'succeeded' | 'rejected',
    end: OrderEnd,
    challenge?: Challenge,
  ): Promise<boolean>;
  /** T5: the owner gives up; perhaps bought. `trace` is what the upstream said, if it said anything. */
  giveUp(orderNo: string, attemptId: string, reason: string, trace?: Trace): Promise<boolean>;
  /** T6: certainly not worked on. */
  notProcessed(orderNo: string, attemptId: string, reason: string): Promise<boolean>;
  /** T7: what the resolver makes of an order as it has read it. False: somebody else has moved it on since. */
  resolve(record: OrderRecord, resolution: Resolution): Promise<boolean>;
}

/** What one transition writes; what follows from the state it ends in is added by the ledger. */
interface Facts {
  readonly set: Readonly<Record<string, unknown>>;
  /** Values that only the condition uses. */
  readonly condition?: Readonly<Record<string, unknown>>;
}

const openEnd = ['code', 'bizSeqNo', 'at', 'outcome', 'reason', 'problem', 'billed', 'result'];

/** Makes a ledger on one table. */
export function createLedger(client: DynamoDBClient, table: string, now: () => number): Ledger {
  const { read: readItem, write, due } = createTable(client, table);

  async function read(orderNo: string): Promise<OrderRecord | null> {
    const item = await readItem(orderNo);
    return item && toRecord(item);
  }

  /** Takes a transition of the table. An order has a `ttl` exactly when it is over, and a next query exactly when not. */
  function take<N extends TransitionName>(name: N, orderNo: string, to: Target<N>, facts: Facts): Promise<boolean> {
    const { from, condition }: Transition = transitions[name];
    const fresh = from[0] === 'none';
    const starts = fresh ? {} : Object.fromEntries(from.map((state, at) => [`from${at}`, state]));
    const values = Object.keys(starts).map((key) => `:${key}`);
    const state = fresh ? 'attribute_not_exists(#orderNo)' : `#state IN (${values.join(', ')})`;
    const over = terminal.has(to as OrderState);
    const again = to === 'sent';
    return write(orderNo, {
      condition: condition === undefined ? state : `${state} AND ${condition}`,
      values: { ...starts, ...facts.condition },
      set: {
        ...(to === 'same' ? {} : { state: to }),
        ...facts.set,
        ...(over ? { endedAt: now(), ttl: Math.ceil(now() / 1000) + kept } : {}),
        ...(again ? { pending: 'orders', nextQueryAt: now() + rungs[0]! } : {}),
      },
      remove: [
        ...(over ? ['pending', 'nextQueryAt', 'notFoundAt'] : []),
        ...(again && !fresh ? ['ttl', 'endedAt', 'notFoundAt', ...openEnd] : []),
      ],
    });
  }

  /** A write of an owner, whose answer may be lost: false only when the record is not as this write leaves it. */
  async function owned(
    orderNo: string,
    writing: Promise<boolean>,
    isMine: (record: OrderRecord) => boolean,
  ): Promise<boolean> {
    const lost = await writing.catch((error: unknown) => ({ error }));
    if (lost === true) return true;
    const record = await read(orderNo);
    if (record && isMine(record)) return true;
    if (lost !== false) throw lost.error;
    return false;
  }

  /** T1, T1b or T1c. Here a failed condition needs no read of its own: the next look at the record tells all. */
  async function claimed(order: NewOrder, writing: Promise<boolean>): Promise<boolean> {
    try {
      return await writing;
    } catch (error) {
      if ((await read(order.orderNo))?.attemptId === order.attemptId) return true;
      throw error;
    }
  }

  const sending = ({ attemptId, ticketGeneration, profile }: NewOrder) => ({
    attemptId,
    sentAt: now(),
    sends: 1,
    ticketGeneration,
    profile,
  });
  const open = (order: NewOrder): Promise<boolean> => {
    const { operation, caller, fingerprint, subject, media, holder } = order;
    const set = { operation, caller, fingerprint, subject, media, holder, createdAt: now(), ...sending(order) };
    return take('T1', order.orderNo, 'sent', { set });
  };
  const rerun = (order: NewOrder): Promise<boolean> =>
    take('T1b', order.orderNo, 'sent', { set: sending(order), condition: { mine: order.fingerprint } });
  const continueChallenge = (order: NewOrder, { version }: OrderRecord): Promise<boolean> =>
    take('T1c', order.orderNo, 'sent', {
      set: {
        operation: order.operation,
        fingerprint: order.fingerprint,
        media: order.media,
        holder: order.holder,
        ...sending(order),
      },
      condition: {
        continued: order.continues,
        owner: order.subject,
        oldest: order.oldestChallenge,
        seen: version,
      },
    });

  const same = (a: unknown, b: unknown) => (a ?? null) === (b ?? null);
  const as = (record: OrderRecord, me: string, facts: Partial<OrderRecord>): boolean =>
    record.attemptId === me && Object.entries(facts).every(([name, value]) => same(record[name as 'state'], value));

  return {
    read,
    due: (until, limit, from) => due('orders', until, limit, from),

    async look(order) {
      const record = await read(order.orderNo);
      return record || order.continues !== undefined ? decideReplay(record, order, now()) : null;
    },

    async claim(order) {
      if (order.continues === undefined && (await claimed(order, open(order)))) return { kind: 'mine' };
      // Each failed takeover means that somebody else has moved the order on; the second look then says how.
      for (let tries = 0; tries < 3; tries += 1) {
        const verdict = decideReplay(await read(order.orderNo), order, now());
        if (verdict.kind !== 'rerun' && verdict.kind !== 'continue') return verdict;
        const taking = verdict.kind === 'rerun' ? rerun(order) : continueChallenge(order, verdict.record);
        if (await claimed(order, taking)) return { kind: 'mine' };
      }
      return { kind: 'refuse', problem: 'order-in-progress' };
    },

    resend(orderNo, me, ticketGeneration) {
      const writing = take('T4r', orderNo, 'same', { set: { sends: 2, ticketGeneration }, condition: { me, once: 1 } });
      return owned(orderNo, writing, (record) => as(record, me, { state: 'sent', sends: 2, ticketGeneration }));
    },

    end(orderNo, me, state, end, challenge) {
      const set = { ...end, ...(challenge ? { challenge } : {}) };
      const { code, outcome, reason, billed } = end;
      const writing = take('T4', orderNo, state, { set, condition: { me } });
      return owned(orderNo, writing, (record) => as(record, me, { state, code, outcome, reason, billed }));
    },

    giveUp(orderNo, me, reason, trace) {
      const writing = take('T5', orderNo, 'unknown', {
        set: { reason, billed: 'unknown', ...trace },
        condition: { me },
      });
      return owned(orderNo, writing, (record) => as(record, me, { state: 'unknown', reason }));
    },

    notProcessed(orderNo, me, reason) {
      const writing = take('T6', orderNo, 'not-processed', { set: { reason, billed: 'no' }, condition: { me } });
      return owned(orderNo, writing, (record) => as(record, me, { state: 'not-processed', reason }));
    },

    resolve(record, resolution) {
      const { orderNo, version: seen, attemptId } = record;
      const [writing, facts] = resolving(orderNo, seen, resolution);
      return owned(orderNo, writing, (found) => as(found, attemptId, { version: seen + 1, ...facts }));
    },
  };

  function resolving(
    orderNo: string,
    seen: number,
    resolution: Resolution,
  ): [writing: Promise<boolean>, facts: Partial<OrderRecord>] {
    switch (resolution.kind) {
      case 'found': {
        const { state, end } = resolution;
        return [take('T7', orderNo, state, { set: { ...end }, condition: { seen } }), { state }];
      }
      case 'over': {
        const { state, reason, askedAt } = resolution;
        const set = { reason, billed: state === 'not-charged' ? 'no' : 'unknown' };
        const condition = { seen, quarantine: askedAt - quarantine };
        return [take('T7q', orderNo, state, { set, condition }), { state, reason }];
      }
      case 'wait': {
        const { nextQueryAt, notFoundAt } = resolution;
        return [
          take('T7w', orderNo, 'same', { set: { nextQueryAt, notFoundAt }, condition: { seen } }),
          { nextQueryAt },
        ];
      }
    }
  }
}
