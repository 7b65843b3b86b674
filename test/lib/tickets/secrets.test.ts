import { describe, expect, it } from 'vitest';
import type { SecretsManagerClient } from '#signing';
import { secretStore, versionIdOf } from '../../../lib/tickets/secrets.ts';
import { memorySecrets } from '../../support/secrets.ts';

const id = (generation: number) => versionIdOf('TIDATEST', generation);

/** The ticket secret with the first `versions` generations in it, the last one in force. */
async function setUp(versions = 0) {
  const secrets = memorySecrets(() => 0, ['ticket']);
  const store = secretStore(secrets.client, 'ticket');
  for (let generation = 1; generation <= versions; generation += 1) {
    await store.put(`text ${generation}`, id(generation), 'AWSCURRENT');
  }
  return {
    store,
    labels: () =>
      Object.fromEntries(secrets.versions('ticket').map(({ string, stages }) => [string, stages.toSorted()])),
    /** The store over a client whose answers are lost, or whose SDK repeats what it has done. */
    over: (send: (execute: () => unknown) => unknown) =>
      secretStore(
        { send: async (command: never) => send(() => secrets.execute(command)) } as unknown as SecretsManagerClient,
        'ticket',
      ),
  };
}

describe('version ids', () => {
  it('are UUIDs, the same for the same generation and no other', () => {
    expect(id(1)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(id(1)).toBe(versionIdOf('TIDATEST', 1));
    const ids = Array.from({ length: 10_000 }, (_, n) => [id(n), versionIdOf('TIDATES', n)]).flat();
    expect(new Set(ids).size).toBe(20_000);
    // Between 32 and 64 characters, as Secrets Manager wants a ClientRequestToken.
    expect(id(1)).toHaveLength(36);
  });
});

describe('a secret', () => {
  it('without a value is undefined, also by the id of a version', async () => {
    const { store } = await setUp();
    expect([await store.read(), await store.read(id(1))]).toEqual([undefined, undefined]);
  });

  it('a store that fails is an error', async () => {
    const { over } = await setUp(1);
    const down = over(() => {
      throw new Error('throttled');
    });
    await expect(down.read()).rejects.toThrow('throttled');
    await expect(down.put('x', id(2), 'AWSPENDING')).rejects.toThrow('throttled');
    await expect(down.promote(id(2), id(1))).rejects.toThrow('throttled');
  });

  it('its first version is in force whatever its label', async () => {
    const { store, labels } = await setUp();
    await store.put('text 1', id(1), 'AWSPENDING');
    expect(labels()).toEqual({ 'text 1': ['AWSCURRENT', 'AWSPENDING'] });
    expect(await store.promote(id(1), undefined)).toBe(true);
    expect(await store.read()).toEqual({ text: 'text 1', versionId: id(1) });
  });

  it('a pending version changes nothing until it is promoted', async () => {
    const { store, labels } = await setUp(1);
    await store.put('text 2', id(2), 'AWSPENDING');
    expect(await store.read()).toEqual({ text: 'text 1', versionId: id(1) });
    expect(await store.read(id(2))).toEqual({ text: 'text 2', versionId: id(2) });
    expect(await store.promote(id(2), id(1))).toBe(true);
    expect(labels()).toEqual({ 'text 1': ['AWSPREVIOUS'], 'text 2': ['AWSCURRENT', 'AWSPENDING'] });
  });

  it('the same version again is no version, another text under its id an error', async () => {
    const { store, labels } = await setUp(1);
    for (let times = 0; times < 3; times += 1) await store.put('text 2', id(2), 'AWSPENDING');
    expect(Object.keys(labels())).toHaveLength(2);
    await expect(store.put('other', id(2), 'AWSPENDING')).rejects.toMatchObject({ name: 'ResourceExistsException' });
  });
});

describe('a promotion is a compare-and-swap', () => {
  it('of two from the same version one wins', async () => {
    const { store } = await setUp(1);
    await store.put('text 2', id(2), 'AWSPENDING');
    await store.put('text 3', id(3), 'AWSPENDING');
    expect([await store.promote(id(3), id(1)), await store.promote(id(2), id(1))]).toEqual([true, false]);
    expect(await store.read()).toMatchObject({ text: 'text 3' });
  });

  it('fails when there was no version before and now there is one', async () => {
    const { store } = await setUp(1);
    await store.put('text 2', id(2), 'AWSPENDING');
    expect(await store.promote(id(2), undefined)).toBe(false);
  });

  it('to the version in force has nothing to do', async () => {
    const { store } = await setUp(1);
    expect(await store.promote(id(1), id(1))).toBe(true);
  });

  it('that the SDK repeats is known again', async () => {
    const { store, over } = await setUp(1);
    await store.put('text 2', id(2), 'AWSPENDING');
    const repeating = over((execute) => {
      execute();
      return execute();
    });
    expect(await repeating.promote(id(2), id(1))).toBe(true);
  });

  it('whose answer is lost is known again', async () => {
    const { store, over } = await setUp(1);
    await store.put('text 2', id(2), 'AWSPENDING');
    let lost = 0;
    const losing = over((execute) => {
      const answer = execute();
      lost += 1;
      if (lost === 1) throw new Error('lost');
      return answer;
    });
    expect(await losing.promote(id(2), id(1))).toBe(true);
  });

  it('that was not carried out is an error, to be tried again', async () => {
    const { store, over } = await setUp(1);
    await store.put('text 2', id(2), 'AWSPENDING');
    let refused = 0;
    const busy = over((execute) => {
      refused += 1;
      if (refused === 1) throw new Error('throttled');
      return execute();
    });
    await expect(busy.promote(id(2), id(1))).rejects.toThrow('throttled');
    expect(await busy.promote(id(2), id(1))).toBe(true);
  });
});
