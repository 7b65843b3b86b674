import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cases } from './cases.ts';
import { type Engine, startEngines } from './engines.ts';

let engines: Engine[];
beforeAll(async () => {
  engines = await startEngines();
});
afterAll(() => Promise.all(engines.map(({ stop }) => stop())));

/** What an answer holds beside facts about the call. */
function essence(answer: object): object {
  const { $metadata: _, ConsumedCapacity: __, ScannedCount: ___, ...rest } = answer as Record<string, unknown>;
  return Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
}

async function answers(client: DynamoDBClient, commands: readonly object[]): Promise<object[]> {
  const all: object[] = [];
  for (const command of commands) {
    const answer = client.send(command as never) as Promise<object>;
    all.push(await answer.then(essence, ({ name }: Error) => ({ error: name })));
  }
  return all;
}

describe('the table in memory answers as the database does', () => {
  it.each(Object.keys(cases))('%s', async (name) => {
    const no = (short: string) => `${name.replace(/\W/g, '')}.${short}`;
    const [expected, got] = await Promise.all(
      [engines[1]!, engines[0]!].map(({ client }) => answers(client, cases[name]!(no))),
    );
    expect(got).toEqual(expected);
  });
});
