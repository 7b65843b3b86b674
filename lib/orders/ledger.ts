/**
 * The order ledger: every transition of an order as one conditional UpdateItem (reliability, section 4.3). A normal order
 * costs two: T1 before the first byte leaves, T4 after the answer. One path works on every engine of DynamoDB: after a
 * failed condition a consistent read decides.
 */
import { ConditionalCheckFailedException, type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '#signing';
import { type Challenge, type OrderEnd, type OrderRecord, toAttribute, toItem, toRecord } from './record.ts';
import { type Attempt, decideReplay, type Verdict } from './replay.ts';

/** How long records stay after their end (reliability: IDM-9), in seconds. */
const kept = 95 * 86_400;
/** Rungs of the resolver's ladder start here: seconds after `sentAt` (IDM-7). */
const firstQuery = 30_000;

/** Partition of the sparse index of orders without an end. */
export const pendingPartition = 'orders';

/** A new attempt to buy. */
export interface NewOrder extends Attempt {
  readonly orderNo: string;
  readonly profile: string;
  readonly ticketGeneration: number;
}

/** Reads and writes orders. All methods throw what DynamoDB throws, except for failed conditions. */
export interface Ledger {
  /** Consistent read. */
  read(orderNo: string): Promise<OrderRecord | null>;
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
  /** T5: the owner gives up; perhaps bought. */
  giveUp(orderNo: string, attemptId: string, reason: string): Promise<boolean>;
  /** T6: certainly not worked on. */
  notProcessed(orderNo: string, attemptId: string, reason: string): Promise<boolean>;
}

interface Change {
  readonly condition: string;
  readonly set: Readonly<Record<string, unknown>>;
  readonly remove?: readonly string[];
  /** Values that only the condition uses. */
  readonly values?: Readonly<Record<string, unknown>>;
}

/** Makes a ledger on one table. */
export function createLedger(client: DynamoDBClient, table: string, now: () => number): Ledger {
  async function write(orderNo: string, { condition, set, remove = [], values = {} }: Change): Promise<boolean> {
    const sets = Object.entries(toItem(set));
    // What has no value now must not keep an older one.
    const removed = new Set([...remove, ...Object.keys(set)]).difference(new Set(sets.map(([name]) => name)));
    const names = [...sets.map(([name]) => name), ...removed];
    const expression = [
      `SET ${[...sets.map(([name]) => `#${name} = :${name}`), '#version = if_not_exists(#version, :zero) + :one'].join(', ')}`,
      removed.size > 0 ? `REMOVE ${[...removed].map((name) => `#${name}`).join(', ')}` : '',
    ].join(' ');
    const used = [...condition.matchAll(/#(\w+)/g)].map(([, name]) => name!);
    try {
      await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: { orderNo: { S: orderNo } },
          ConditionExpression: condition,
          UpdateExpression: expression,
          ExpressionAttributeNames: Object.fromEntries(
            ['version', ...names, ...used].map((name) => [`#${name}`, name]),
          ),
          ExpressionAttributeValues: {
            ...Object.fromEntries(sets.map(([name, value]) => [`:${name}`, value])),
            ...Object.fromEntries(Object.entries(values).map(([name, value]) => [`:${name}`, toAttribute(value)!])),
            ':zero': { N: '0' },
            ':one': { N: '1' },
          },
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  async function read(orderNo: string): Promise<OrderRecord | null> {
    const { Item } = await client.send(
      new GetItemCommand({ TableName: table, Key: { orderNo: { S: orderNo } }, ConsistentRead: true }),
    );
    return Item ? toRecord(Item) : null;
  }

  const sentNow = ({ attemptId, ticketGeneration }: NewOrder) => {
    const sentAt = now();
    return {
      state: 'sent',
      attemptId,
      sentAt,
      sends: 1,
      ticketGeneration,
      pending: pendingPartition,
      nextQueryAt: sentAt + firstQuery,
    };
  };
  const ended = () => ({ endedAt: now(), ttl: Math.ceil(now() / 1000) + kept });
  const finished = ['pending', 'nextQueryAt', 'notFoundAt'];
  const openEnd = ['ttl', 'endedAt', 'code', 'bizSeqNo', 'at', 'outcome', 'reason', 'problem', 'billed', 'result'];

  /** T1. */
  const open = (order: NewOrder): Promise<boolean> => {
    const { orderNo, operation, caller, fingerprint, subject, profile } = order;
    return write(orderNo, {
      condition: 'attribute_not_exists(#orderNo)',
      set: { operation, caller, fingerprint, subject, profile, createdAt: now(), ...sentNow(order) },
    });
  };
  /** T1b. */
  const rerun = (order: NewOrder): Promise<boolean> =>
    write(order.orderNo, {
      condition: '#state = :from AND #fingerprint = :mine',
      values: { from: 'not-processed', mine: order.fingerprint },
      set: sentNow(order),
      remove: openEnd,
    });
  /** T1c. `version` stands for "nothing has happened to it since it was read". */
  const continueChallenge = (order: NewOrder, { version }: OrderRecord): Promise<boolean> =>
    write(order.orderNo, {
      condition:
        '#operation = :from AND #state = :succeeded AND #subject = :owner AND #challenge.#issuedAt > :oldest AND #version = :seen',
      values: {
        from: order.continues,
        succeeded: 'succeeded',
        owner: order.subject,
        oldest: order.oldestChallenge,
        seen: version,
      },
      set: { operation: order.operation, fingerprint: order.fingerprint, ...sentNow(order) },
      remove: openEnd,
    });

  async function look(order: Attempt & { orderNo: string }): Promise<Verdict | null> {
    const record = await read(order.orderNo);
    return record || order.continues !== undefined ? decideReplay(record, order, now()) : null;
  }

  return {
    read,
    look,

    async claim(order) {
      if (order.continues === undefined && (await openOrFindMine(order))) return { kind: 'mine' };
      // Each failed takeover means that somebody else has moved the order on; the second look then says how.
      for (let tries = 0; tries < 3; tries += 1) {
        const verdict = decideReplay(await read(order.orderNo), order, now());
        if (verdict.kind !== 'rerun' && verdict.kind !== 'continue') return verdict;
        const taken = verdict.kind === 'rerun' ? await rerun(order) : await continueChallenge(order, verdict.record);
        if (taken) return { kind: 'mine' };
      }
      return { kind: 'refuse', problem: 'order-in-progress' };
    },

    resend: (orderNo, me, ticketGeneration) =>
      write(orderNo, {
        condition: '#state = :sent AND #attemptId = :me AND #sends = :once',
        values: { sent: 'sent', me, once: 1 },
        set: { sends: 2, ticketGeneration },
      }),

    end: (orderNo, me, state, end, challenge) =>
      write(orderNo, {
        condition: '#attemptId = :me AND #state IN (:sent, :unknown)',
        values: { me, sent: 'sent', unknown: 'unknown' },
        set: { state, ...end, ...(challenge ? { challenge } : {}), ...ended() },
        remove: finished,
      }),

    giveUp: (orderNo, me, reason) =>
      write(orderNo, {
        condition: '#attemptId = :me AND #state = :sent',
        values: { me, sent: 'sent' },
        set: { state: 'unknown', reason, billed: 'unknown' },
      }),

    notProcessed: (orderNo, me, reason) =>
      write(orderNo, {
        condition: '#attemptId = :me AND #state = :sent',
        values: { me, sent: 'sent' },
        set: { state: 'not-processed', reason, billed: 'no', ...ended() },
        remove: finished,
      }),
  };

  /** T1; when its answer is lost, a read tells whether it was done. */
  async function openOrFindMine(order: NewOrder): Promise<boolean> {
    try {
      return await open(order);
    } catch (error) {
      const record = await read(order.orderNo);
      if (record?.attemptId === order.attemptId) return true;
      throw error;
    }
  }
}
