/** Planted bugs in orders: the four designs that models show to be wrong (reliability, section 4.6), built around the real ledger. */
import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBClient } from '#signing';
import type { NewOrder } from '../../lib/orders/ledger.ts';
import { type UpstreamClient, UpstreamFailure } from '../../lib/signing/client.ts';
import { toItem } from '../../lib/store/attributes.ts';
import type { Violation } from './oracle.ts';
import type { Mutation } from './schedule.ts';
import { names } from './tickets.ts';
import type { ClimateName } from './weather.ts';

/** A bug and what it breaks. */
export interface Planted {
  readonly name: string;
  readonly breaks: Violation['kind'];
  /** Where it hurts most. */
  readonly climate: ClimateName;
  readonly mutate: Mutation;
}

/** Writes without a condition. */
export async function force(client: DynamoDBClient, key: string, values: Record<string, unknown>): Promise<void> {
  const sets = Object.entries(toItem(values));
  await client.send(
    new UpdateItemCommand({
      TableName: names.table,
      Key: { orderNo: { S: key } },
      UpdateExpression: `SET ${[...sets.map(([name]) => `#${name} = :${name}`), '#version = if_not_exists(#version, :zero) + :one'].join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(
        ['version', ...sets.map(([name]) => name)].map((name) => [`#${name}`, name]),
      ),
      ExpressionAttributeValues: {
        ...Object.fromEntries(sets.map(([name, value]) => [`:${name}`, value])),
        ':zero': { N: '0' },
        ':one': { N: '1' },
      },
    }),
  );
}

const sentAs = (order: NewOrder, now: number): Record<string, unknown> => ({
  operation: order.operation,
  caller: order.caller,
  fingerprint: order.fingerprint,
  subject: order.subject,
  profile: order.profile,
  state: 'sent',
  attemptId: order.attemptId,
  ticketGeneration: order.ticketGeneration,
  sends: 1,
  createdAt: now,
  sentAt: now,
  pending: 'orders',
  nextQueryAt: now + 30_000,
});

/** Sends again when no usable answer came. */
const blindRetry: Mutation = (context) => {
  const { upstream } = context;
  const send: UpstreamClient['send'] = (request) =>
    upstream.send(request).catch((error: unknown) => {
      if (error instanceof UpstreamFailure && error.kind !== 'not-sent') return upstream.send(request);
      throw error;
    });
  return { ...context, upstream: { ...upstream, send } };
};

/** Takes over an order that somebody else has sent and not ended. */
const takeover: Mutation = (context, client) => {
  const { ledger, now } = context;
  return {
    ...context,
    ledger: {
      ...ledger,
      async claim(order) {
        const verdict = await ledger.claim(order);
        const open = verdict.kind === 'refuse' && verdict.problem === 'order-outcome-unknown';
        if (!open) return verdict;
        await force(client, order.orderNo, sentAs(order, now()));
        return { kind: 'mine' };
      },
    },
  };
};

/** Reserves an order under a condition, and then marks it sent without looking whether it is still its own. */
const unfencedSent: Mutation = (context, client) => {
  const { ledger, now } = context;
  return {
    ...context,
    ledger: {
      ...ledger,
      async claim(order) {
        const { orderNo } = order;
        const key = { TableName: names.table, Key: { orderNo: { S: `reserved#${orderNo}` } } };
        const { Item } = await client.send(new GetItemCommand({ ...key, ConsistentRead: true }));
        if (Item) return ledger.claim(order);
        await client.send(
          new UpdateItemCommand({
            ...key,
            UpdateExpression: 'SET attemptId = :me',
            ExpressionAttributeValues: { ':me': { S: order.attemptId } },
          }),
        );
        await force(client, orderNo, sentAs(order, now()));
        return { kind: 'mine' };
      },
    },
  };
};

/** Believes the first NOT FOUND, however young the order is. */
const hasty: Mutation = (context) => {
  const { ledger } = context;
  const hour = 3_600_000;
  return {
    ...context,
    ledger: {
      ...ledger,
      async read(orderNo) {
        const record = await ledger.read(orderNo);
        return record && { ...record, sentAt: record.sentAt - hour, notFoundAt: record.sentAt - hour };
      },
      resolve: (record, resolution) =>
        ledger.resolve(
          record,
          resolution.kind === 'over' ? { ...resolution, askedAt: resolution.askedAt + hour } : resolution,
        ),
    },
  };
};

/** All of them. The first two are found in every third schedule or more often, the others in every twenty-fifth. */
export const planted: readonly Planted[] = [
  { name: 'a blind retry after a timeout', breaks: 'double-charge', climate: 'upstream', mutate: blindRetry },
  { name: 'a takeover of a sent order', breaks: 'double-charge', climate: 'upstream', mutate: takeover },
  { name: 'an unfenced sent mark', breaks: 'double-charge', climate: 'database', mutate: unfencedSent },
  { name: 'believing "not found" too early', breaks: 'wrong-outcome', climate: 'sluggish', mutate: hasty },
];
