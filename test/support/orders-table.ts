import type { TableModel } from '../../infra/local/model.ts';

/** The table of the orders, as the template has it. */
export const ordersTable = {
  name: 'orders',
  keySchema: [{ AttributeName: 'orderNo', KeyType: 'HASH' }],
  attributeDefinitions: [
    { AttributeName: 'orderNo', AttributeType: 'S' },
    { AttributeName: 'pending', AttributeType: 'S' },
    { AttributeName: 'nextQueryAt', AttributeType: 'N' },
  ],
  globalSecondaryIndexes: [
    {
      IndexName: 'pending',
      KeySchema: [
        { AttributeName: 'pending', KeyType: 'HASH' },
        { AttributeName: 'nextQueryAt', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
  ttlAttribute: 'ttl',
} satisfies TableModel;
