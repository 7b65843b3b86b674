import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll } from 'vitest';
import { startDynamo } from '../../../infra/local/dynamodb.ts';
import type { Item } from '../../../lib/store/attributes.ts';
import { ordersTable } from '../../support/orders-table.ts';

/** The embedded database with an empty table, for all tests of a file. */
export function useTable() {
  const folder = mkdtempSync(join(tmpdir(), 'signet-ledger-'));
  const table = { client: undefined as unknown as DynamoDBClient, name: ordersTable.name };
  let stop: () => Promise<void>;
  beforeAll(async () => {
    const dynamo = await startDynamo({ path: join(folder, 'dynamodb.db'), tables: [ordersTable], region: 'us-east-1' });
    stop = dynamo.stop;
    const credentials = { accessKeyId: 'x', secretAccessKey: 'x' };
    table.client = new DynamoDBClient({ endpoint: dynamo.endpoint, region: 'us-east-1', credentials });
  });
  afterAll(async () => {
    table.client.destroy();
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return Object.assign(table, {
    put: async (item: Item) =>
      void (await table.client.send(new PutItemCommand({ TableName: ordersTable.name, Item: item }))),
    item: async (orderNo: string): Promise<Item | undefined> => {
      const command = new GetItemCommand({
        TableName: ordersTable.name,
        Key: { orderNo: { S: orderNo } },
        ConsistentRead: true,
      });
      return (await table.client.send(command)).Item;
    },
    /** A client that repeats each write that it has made, as the SDK does when an answer is lost. */
    get repeating(): DynamoDBClient {
      const send = async (command: unknown) => {
        const answer = await table.client.send(command as UpdateItemCommand);
        return command instanceof UpdateItemCommand ? table.client.send(command) : answer;
      };
      return { send } as unknown as DynamoDBClient;
    },
    /** A client whose next writes are applied, but whose answers are lost. */
    losing: (writes: number): DynamoDBClient => {
      let left = writes;
      const send = async (command: unknown) => {
        const answer = await table.client.send(command as UpdateItemCommand);
        if (!(command instanceof UpdateItemCommand) || left === 0) return answer;
        left -= 1;
        throw Object.assign(new Error('the answer is lost'), { name: 'TimeoutError' });
      };
      return { send } as unknown as DynamoDBClient;
    },
  });
}
