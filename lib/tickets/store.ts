/** What the table knows about the tickets of an app id. No secret is in it. */
import { isDeepStrictEqual } from 'node:util';
import { ConditionalCheckFailedException, type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '#signing';
import { fromItem, toItem } from '../store/attributes.ts';

/** What a refresh is about to do: call for a token, call for a ticket, put the ticket in force. */
export type Phase = 'token' | 'ticket' | 'label';

/** A refresh that has begun and not ended. */
export interface Intent {
  readonly owner: string;
  readonly phase: Phase;
  /** When it began, in epoch milliseconds; whoever goes on with it keeps this. */
  readonly at: number;
  /** The generation that is being made. What is stored under this number belongs to this intent. */
  readonly generation: number;
}

/** The item of an app id. Times are epoch milliseconds. */
export interface TicketItem {
  /** The generation in force. */
  readonly generation: number;
  readonly intent?: Intent;
  readonly leaseOwner?: string;
  readonly leaseUntil?: number;
  /** The refused generation that was reported last, 0 when none was; and when. */
  readonly suspectGeneration: number;
  readonly suspectAt?: number;
  /** When refreshes were forced by a report, over the last day. */
  readonly lastForced: readonly number[];
  /** Facts about the ticket in force: when its access token was received, as far as its maker knew, and two for people. */
  readonly tokenAt?: number;
  readonly appSecretVersion?: string;
  readonly currentVersionId?: string;
}

/** New values of some attributes; undefined removes one. */
export type Change = { readonly [Key in keyof TicketItem]?: TicketItem[Key] | undefined };

/** Reads and writes the item. */
export interface TicketStore {
  /** Consistent read. */
  read(): Promise<TicketItem>;
  /** Notes that the upstream refused tickets of a generation. A store that fails is not the caller's trouble. */
  report(generation: number): Promise<void>;
  /** Takes the lease if nobody holds it. */
  lease(owner: string, until: number): Promise<boolean>;
  /** Changes the item. False, and nothing is changed, when the lease is somebody else's by now. */
  change(owner: string, change: Change): Promise<boolean>;
}

/** The item of one app id in one table. Its key cannot be an order number. */
export function ticketStore(client: DynamoDBClient, table: string, appId: string, now = Date.now): TicketStore {
  const Key = { orderNo: { S: `ticket#${appId}` } };

  async function read(): Promise<TicketItem> {
    const { Item = {} } = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
    const { orderNo: _key, ...known } = fromItem(Item);
    return { generation: 0, suspectGeneration: 0, lastForced: [], ...known };
  }

  /** One conditional write; `values` are what only the condition uses. */
  async function write(change: Change, condition: string, values: Readonly<Record<string, unknown>>): Promise<void> {
    const sets = toItem(change);
    const removed = Object.keys(change).filter((name) => !(name in sets));
    const clauses = [
      ...(Object.keys(sets).length > 0
        ? [
            `SET ${Object.keys(sets)
              .map((name) => `#${name} = :${name}`)
              .join(', ')}`,
          ]
        : []),
      ...(removed.length > 0 ? [`REMOVE ${removed.map((name) => `#${name}`).join(', ')}`] : []),
    ];
    const used = [...condition.matchAll(/#(\w+)/g)].map(([, name]) => name!);
    const command = new UpdateItemCommand({
      TableName: table,
      Key,
      ConditionExpression: condition,
      UpdateExpression: clauses.join(' '),
      ExpressionAttributeNames: Object.fromEntries([...Object.keys(change), ...used].map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: Object.fromEntries(
        Object.entries({ ...sets, ...toItem(values) }).map(([name, value]) => [`:${name}`, value]),
      ),
    });
    await client.send(command);
  }

  /** A write whose answer was lost may fail when the SDK repeats it: then the item tells whether it was done. */
  async function done(writing: Promise<void>, holds: (item: TicketItem) => boolean): Promise<boolean> {
    try {
      await writing;
      return true;
    } catch (error) {
      if (holds(await read())) return true;
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  return {
    read,
    async report(generation) {
      // An older generation has been replaced; one that was reported needs no second report, however many are refused.
      const replaced = 'attribute_not_exists(#generation) OR #generation <= :reported';
      const known = 'attribute_not_exists(#suspectGeneration) OR #suspectGeneration < :reported';
      const change = { suspectGeneration: generation, suspectAt: now() };
      await write(change, `(${replaced}) AND (${known})`, { reported: generation }).catch(() => {});
    },
    lease: (owner, until) =>
      done(
        write({ leaseOwner: owner, leaseUntil: until }, 'attribute_not_exists(#leaseUntil) OR #leaseUntil <= :now', {
          now: now(),
        }),
        ({ leaseOwner }) => leaseOwner === owner,
      ),
    change: (owner, change) =>
      done(write(change, '#leaseOwner = :holder', { holder: owner }), (item) =>
        Object.entries(change).every(([name, value]) => isDeepStrictEqual(item[name as keyof TicketItem], value)),
      ),
  };
}
