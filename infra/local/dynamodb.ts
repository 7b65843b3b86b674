import {
  type AttributeDefinition,
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  type GlobalSecondaryIndex,
  type KeySchemaElement,
  ListTablesCommand,
  type TableDescription,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { startEngine } from './dynamodb-engine.ts';
import type { TableModel } from './model.ts';

/** What the local DynamoDB is started with. */
export interface DynamoOptions {
  /** File that keeps the tables between runs. */
  path: string;
  /** Tables of the template; those that do not exist yet are made. */
  tables: TableModel[];
  region: string;
}

/** A running DynamoDB. */
export interface Dynamo {
  endpoint: string;
  stop: () => Promise<void>;
}

/** Starts DynamoDB with the tables of the template. Rejects if a table of an earlier run has other keys. */
export async function startDynamo({ path, tables, region }: DynamoOptions): Promise<Dynamo> {
  const engine = await startEngine(path);
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint: engine.endpoint, region, credentials });
  try {
    const { TableNames = [] } = await client.send(new ListTablesCommand({}));
    for (const table of tables) {
      if (TableNames.includes(table.name)) await adapt(client, table, path);
      else await create(client, table);
    }
    return engine;
  } catch (error) {
    await engine.stop();
    throw error;
  } finally {
    client.destroy();
  }
}

// The template has the same shapes as the API, only without their types.
const shapes = (table: TableModel) => ({
  keys: table.keySchema as unknown as KeySchemaElement[],
  attributes: table.attributeDefinitions as unknown as AttributeDefinition[],
  indexes: table.globalSecondaryIndexes as unknown as GlobalSecondaryIndex[],
});

async function create(client: DynamoDBClient, table: TableModel): Promise<void> {
  const { keys, attributes, indexes } = shapes(table);
  await client.send(
    new CreateTableCommand({
      TableName: table.name,
      KeySchema: keys,
      AttributeDefinitions: attributes,
      GlobalSecondaryIndexes: indexes.length > 0 ? indexes : undefined,
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  if (table.ttlAttribute === undefined) return;
  const TimeToLiveSpecification = { AttributeName: table.ttlAttribute, Enabled: true };
  await client.send(new UpdateTimeToLiveCommand({ TableName: table.name, TimeToLiveSpecification }));
}

/** A table of an earlier run gets the indexes that the template has gained since. */
async function adapt(client: DynamoDBClient, table: TableModel, path: string): Promise<void> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: table.name }));
  const { keys, attributes, indexes } = shapes(table);
  if (keysOf(Table?.KeySchema) !== keysOf(keys)) {
    throw new Error(`The table ${table.name} in ${path} has other keys than the template: use another data folder.`);
  }
  for (const index of indexes.filter(({ IndexName }) => !hasIndex(Table, IndexName))) {
    await client.send(
      new UpdateTableCommand({
        TableName: table.name,
        AttributeDefinitions: attributes,
        GlobalSecondaryIndexUpdates: [{ Create: index }],
      }),
    );
  }
}

const keysOf = (keys: KeySchemaElement[] = []): string =>
  keys.map(({ AttributeName, KeyType }) => `${KeyType} ${AttributeName}`).join();

const hasIndex = (table: TableDescription | undefined, name: string | undefined): boolean =>
  table?.GlobalSecondaryIndexes?.some(({ IndexName }) => IndexName === name) ?? false;
