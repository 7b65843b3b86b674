/** The same table on two engines: in memory, and on the DynamoDB of the local stage. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { startDynamo } from '../../../infra/local/dynamodb.ts';
import { ordersTable } from '../../support/orders-table.ts';
import { Table } from './table.ts';

/** A running engine with an empty table. */
export interface Engine {
  readonly name: 'in memory' | 'engine';
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly stop: () => Promise<void>;
}

const index = { name: 'pending', partition: 'pending', sort: 'nextQueryAt' };

/** The table in memory. */
export function inMemory(): Engine {
  const table = new Table(ordersTable.name, 'orderNo', index);
  const client = { send: async (command: unknown) => table.execute(command) } as unknown as DynamoDBClient;
  return { name: 'in memory', client, table: ordersTable.name, stop: async () => {} };
}

/** Both engines, the one in memory first. */
export async function startEngines(): Promise<Engine[]> {
  const folder = mkdtempSync(join(tmpdir(), 'signet-engine-'));
  const region = 'us-east-1';
  const dynamo = await startDynamo({ path: join(folder, 'dynamodb.db'), tables: [ordersTable], region });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint: dynamo.endpoint, region, credentials });
  const stop = async () => {
    client.destroy();
    await dynamo.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return [inMemory(), { name: 'engine', client, table: ordersTable.name, stop }];
}
