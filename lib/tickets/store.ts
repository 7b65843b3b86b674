/** What the table knows about the tickets of an app id. No secret is in it. */
import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '#signing';

/** The item of an app id. Its key cannot be an order number. */
export interface TicketItem {
  /** The refused generation that was reported last; 0 when none was. */
  readonly suspectGeneration: number;
}

/** Reads and writes the item. */
export interface TicketStore {
  read(): Promise<TicketItem>;
  /** Notes that the upstream refused tickets of a generation. A store that fails is not the caller's trouble. */
  report(generation: number): Promise<void>;
}

/** The item of one app id in one table. */
export function ticketStore(client: DynamoDBClient, table: string, appId: string): TicketStore {
  const Key = { orderNo: { S: `ticket#${appId}` } };
  return {
    async read() {
      const { Item } = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
      return { suspectGeneration: Number(Item?.suspectGeneration?.N ?? 0) };
    },
    async report(generation) {
      const command = new UpdateItemCommand({
        TableName: table,
        Key,
        ConditionExpression: 'attribute_not_exists(suspectGeneration) OR suspectGeneration < :generation',
        UpdateExpression: 'SET suspectGeneration = :generation',
        ExpressionAttributeValues: { ':generation': { N: String(generation) } },
      });
      // A failed condition means that it has been reported; a store that fails only makes the refresh later.
      await client.send(command).catch(() => {});
    },
  };
}
