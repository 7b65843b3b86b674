import { statSync } from 'node:fs';
import { join } from 'node:path';
import {
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { expect, onTestFinished, test } from 'vitest';
import { startDynamo } from '../../../infra/local/dynamodb.ts';
import type { TableModel } from '../../../infra/local/model.ts';
import { temporaryFolder } from './fixtures.ts';

const attribute = (AttributeName: string, AttributeType = 'S') => ({ AttributeName, AttributeType });
const hash = (AttributeName: string) => [{ AttributeName, KeyType: 'HASH' }];
const pending = { IndexName: 'pending', KeySchema: hash('pending'), Projection: { ProjectionType: 'KEYS_ONLY' } };
const orders: TableModel = {
  name: 'orders',
  keySchema: hash('orderNo'),
  attributeDefinitions: [attribute('orderNo'), attribute('pending')],
  globalSecondaryIndexes: [pending],
  ttlAttribute: 'ttl',
};

async function start(path: string, tables: TableModel[]) {
  const dynamo = await startDynamo({ path, tables, region: 'us-east-1' });
  const credentials = { accessKeyId: 'x', secretAccessKey: 'x' };
  const client = new DynamoDBClient({ endpoint: dynamo.endpoint, region: 'us-east-1', credentials });
  onTestFinished(async () => {
    client.destroy();
    await dynamo.stop();
  });
  return { client, stop: dynamo.stop };
}

test('makes the tables of the template with index and TTL, and keeps them between runs', async () => {
  const path = join(temporaryFolder(), 'dynamodb.db');
  const first = await start(path, [orders]);
  const { Table } = await first.client.send(new DescribeTableCommand({ TableName: 'orders' }));
  expect(Table?.GlobalSecondaryIndexes).toMatchObject([pending]);
  const { TimeToLiveDescription } = await first.client.send(new DescribeTimeToLiveCommand({ TableName: 'orders' }));
  expect(TimeToLiveDescription?.AttributeName).toBe('ttl');
  await first.client.send(new PutItemCommand({ TableName: 'orders', Item: { orderNo: { S: '1' } } }));
  expect(statSync(path).mode & 0o777).toBe(0o600);
  await first.stop();
  await first.stop();
  const second = await start(path, [orders]);
  const { Item } = await second.client.send(new GetItemCommand({ TableName: 'orders', Key: { orderNo: { S: '1' } } }));
  expect(Item).toEqual({ orderNo: { S: '1' } });
});

test('adds what the template has gained, and refuses a table with other keys', async () => {
  const path = join(temporaryFolder(), 'dynamodb.db');
  const bare = { ...orders, attributeDefinitions: [attribute('orderNo')], globalSecondaryIndexes: [] };
  await (await start(path, [bare])).stop();
  const { client, stop } = await start(path, [orders]);
  const { Table } = await client.send(new DescribeTableCommand({ TableName: 'orders' }));
  expect(Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName)).toEqual(['pending']);
  await stop();
  const other = { ...orders, keySchema: hash('pending') };
  await expect(start(path, [other])).rejects.toThrow('has other keys than the template');
});
