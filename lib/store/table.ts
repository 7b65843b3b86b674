/** The table of a stage: conditional single-item writes, consistent reads, and the sparse index of what is not over. */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '#signing';
import { fromItem, type Item, toItem } from './attributes.ts';
import { type Pending, pendingIndex } from './pending.ts';

/** A conditional write. Names are written `#name`, values `:value`. */
export interface Change {
  readonly condition: string;
  /** Values that only the condition uses. */
  readonly values?: Readonly<Record<string, unknown>>;
  /** New values; one that is undefined or null removes what was there. */
  readonly set: Readonly<Record<string, unknown>>;
  readonly remove?: readonly string[];
}

/** One page of the index. */
export interface Page {
  readonly keys: readonly string[];
  /** Where the next page begins. */
  readonly next?: Item;
}

/** The table. All methods throw what DynamoDB throws, except for failed conditions. */
export interface Table {
  /** Consistent read. */
  read(key: string): Promise<Item | null>;
  /** Writes and counts `version` up. False: the condition did not hold. */
  write(key: string, change: Change): Promise<boolean>;
  /** Keys of items that are due by `until` (epoch milliseconds), the most overdue first. */
  due(partition: Pending, until: number, limit: number, from?: Item): Promise<Page>;
}

/** The table of this name. Its key is called after what most of its items are: orders. */
export function createTable(client: DynamoDBClient, table: string): Table {
  return {
    async read(key) {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: table, Key: { orderNo: { S: key } }, ConsistentRead: true }),
      );
      return Item ?? null;
    },

    async write(key, { condition, set, remove = [], values = {} }) {
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
            Key: { orderNo: { S: key } },
            ConditionExpression: condition,
            UpdateExpression: expression,
            ExpressionAttributeNames: Object.fromEntries(
              ['version', ...names, ...used].map((name) => [`#${name}`, name]),
            ),
            ExpressionAttributeValues: {
              ...Object.fromEntries(sets.map(([name, value]) => [`:${name}`, value])),
              ...Object.fromEntries(Object.entries(toItem(values)).map(([name, value]) => [`:${name}`, value])),
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
    },

    async due(partition, until, limit, from) {
      const { Items = [], LastEvaluatedKey: next } = await client.send(
        new QueryCommand({
          TableName: table,
          IndexName: pendingIndex.name,
          KeyConditionExpression: '#pending = :kind AND #nextQueryAt <= :until',
          ExpressionAttributeNames: { '#pending': 'pending', '#nextQueryAt': 'nextQueryAt' },
          ExpressionAttributeValues: { ':kind': { S: partition }, ':until': { N: String(until) } },
          Limit: limit,
          ExclusiveStartKey: from,
        }),
      );
      return { keys: Items.map((item) => String(fromItem(item).orderNo)), ...(next ? { next } : {}) };
    },
  };
}
