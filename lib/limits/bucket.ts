/** A rate that all processes share: GCRA in one item of the table (reliability: LOAD-2). */
import { ConditionalCheckFailedException, type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '#signing';
import type { Rate } from '../env.ts';

/** Takes one call out of a bucket. Null: granted; else milliseconds until there may be room. */
export type TakeOne = () => Promise<number | null>;

/**
 * The bucket under `key`. Its item holds one time: when the calls granted so far would have come at an even pace. A call
 * costs one write, two after a pause; a refused one another write and a read.
 *
 * @returns a function that throws what DynamoDB throws, except for failed conditions
 */
export function bucket(
  client: DynamoDBClient,
  table: string,
  key: string,
  { perSecond, burst }: Rate,
  now: () => number,
): TakeOne {
  // Microseconds are fine enough, and keep the sum short.
  const step = Math.ceil(1e6 / perSecond) / 1e3;
  const room = (burst - 1) * step;
  const Key = { orderNo: { S: key } };

  async function write(condition: string, expression: string, values: Readonly<Record<string, number>>) {
    const command = new UpdateItemCommand({
      TableName: table,
      Key,
      ConditionExpression: condition,
      UpdateExpression: `SET #until = ${expression}`,
      ExpressionAttributeNames: { '#until': 'until' },
      ExpressionAttributeValues: Object.fromEntries(
        Object.entries(values).map(([name, value]) => [`:${name}`, { N: String(value) }]),
      ),
    });
    try {
      await client.send(command);
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  return async () => {
    for (let tries = 0; tries < 3; tries += 1) {
      const time = now();
      const busy = { now: time, last: time + room, step };
      if (await write('#until > :now AND #until <= :last', '#until + :step', busy)) return null;
      const idle = { now: time, next: time + step };
      if (await write('attribute_not_exists(#until) OR #until <= :now', ':next', idle)) return null;
      const { Item } = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
      const wait = Number(Item?.until?.N ?? 0) - room - now();
      if (wait > 0) return wait;
    }
    return step;
  };
}
