/** How many orders one person may have in 24 hours (reliability: LOAD-3). */
import { ConditionalCheckFailedException, type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '#signing';

const day = 86_400_000;

/** The orders of one person that count, by order number, with their times. */
interface Counted {
  readonly times: Readonly<Record<string, number>>;
  readonly version: number;
}

/** Counts the orders of persons. All methods throw what DynamoDB throws. */
export interface PersonLimit {
  /** What is counted, and the milliseconds until there is room for this order; null: now. */
  look(key: string, orderNo: string, limit: number): Promise<{ counted: Counted; wait: number | null }>;
  /** Counts an order. False: somebody else has counted one since the look. */
  count(key: string, orderNo: string, counted: Counted): Promise<boolean>;
}

/** The counts in one table. They end by themselves a day after the last order. */
export function personLimit(client: DynamoDBClient, table: string, now: () => number): PersonLimit {
  return {
    async look(key, orderNo, limit) {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: table, Key: { orderNo: { S: key } }, ConsistentRead: true }),
      );
      const entries = Object.entries(Item?.times?.M ?? {}).map(([no, { N }]) => [no, Number(N)] as const);
      const recent = entries.filter(([, at]) => at > now() - day);
      const counted = { times: Object.fromEntries(recent), version: Number(Item?.version?.N ?? 0) };
      // An order that runs again is still the same one.
      const others = recent.filter(([no]) => no !== orderNo).map(([, at]) => at);
      if (others.length < limit) return { counted, wait: null };
      const next = others.sort((a, b) => a - b)[others.length - limit]!;
      return { counted, wait: next + day - now() };
    },

    async count(key, orderNo, { times, version }) {
      const all = { ...times, [orderNo]: now() };
      const command = new UpdateItemCommand({
        TableName: table,
        Key: { orderNo: { S: key } },
        ConditionExpression: version === 0 ? 'attribute_not_exists(#version)' : '#version = :seen',
        UpdateExpression: 'SET #times = :times, #version = :next, #ttl = :ttl',
        ExpressionAttributeNames: { '#times': 'times', '#version': 'version', '#ttl': 'ttl' },
        ExpressionAttributeValues: {
          ':times': { M: Object.fromEntries(Object.entries(all).map(([no, at]) => [no, { N: String(at) }])) },
          ':next': { N: String(version + 1) },
          ':ttl': { N: String(Math.ceil((now() + day) / 1000)) },
          ...(version === 0 ? {} : { ':seen': { N: String(version) } }),
        },
      });
      try {
        await client.send(command);
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },
  };
}
