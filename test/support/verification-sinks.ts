import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { fromItem } from '../../lib/store/attributes.ts';
import { leaksOf, type Sink } from './leaks.ts';
import { personal, type Verifier } from './verification.ts';
import type { World } from './world.ts';

/** Every item of the table, as plain values. */
export async function itemsOf({ client, table }: World): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  let from: Record<string, never> | undefined;
  do {
    const page = await client.send(new ScanCommand({ TableName: table, ExclusiveStartKey: from }) as never);
    const { Items = [], LastEvaluatedKey } = page as unknown as { Items?: never[]; LastEvaluatedKey?: typeof from };
    items.push(...Items.map(fromItem));
    from = LastEvaluatedKey;
  } while (from);
  return items;
}

/** Whatever verifications leave outside of the bucket, which is the only place for personal data. */
export async function sinksOf(world: World, { runs, answers }: Verifier): Promise<readonly Sink[]> {
  return [
    { name: 'executions', data: [...world.executions] },
    { name: 'history', data: runs.flatMap(({ seen }) => seen) },
    { name: 'outputs', data: runs.map(({ outcome }) => outcome) },
    { name: 'log', data: world.lines },
    { name: 'events', data: world.events },
    { name: 'table', data: await itemsOf(world) },
    { name: 'answers', data: answers.map(({ headers, body }) => [headers, body]) },
    { name: 'keys of objects', data: [...world.bucket.keys()] },
  ];
}

/** Bytes from which on the data of a state is too much. */
const longest = 2048;

/** What is where it must not be: personal values outside of the bucket, and states that saw too much. */
export async function exposed(world: World, verifier: Verifier): Promise<readonly unknown[]> {
  const seen = verifier.runs.flatMap((run) => run.seen);
  const large = seen.filter(({ data }) => Buffer.byteLength(JSON.stringify(data)) >= longest);
  return [...leaksOf(await sinksOf(world, verifier), personal), ...large.map(({ what }) => what)];
}
