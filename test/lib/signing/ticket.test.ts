import { describe, expect, it } from 'vitest';
import { parseTicket, type Ticket, ticketReader, usable } from '../../../lib/signing/ticket.ts';

const start = Date.parse('2026-01-05T02:00:00Z');
const seconds = 1_000;

const ticket = (more: Partial<Ticket> = {}): Ticket => ({
  ticket: 'FxlAe3HFtEy73Um0pJNzIUriwtfnS3KRcPXiesd5ulS4XRAIcT0FbfaP52dwZf5S',
  generation: 7,
  fetchedAt: start,
  expireIn: 3_600,
  appSecretVersion: 'v1',
  ...more,
});

/** A reader on a virtual clock and a store that counts its reads; `random` 0.5 means a memory of exactly 20 s. */
function setUp(random = 0.5) {
  const store = { text: JSON.stringify(ticket()) as string | undefined, reads: 0, fails: false, clock: start };
  const held: (() => void)[] = [];
  let hold = false;
  const load = async (): Promise<string | undefined> => {
    store.reads += 1;
    // What a read answers is what the store held when the read began.
    const { text, fails } = store;
    if (hold) await new Promise<void>((resolve) => held.push(resolve));
    if (fails) throw new Error('the store is down');
    return text;
  };
  const reader = ticketReader(
    load,
    () => store.clock,
    () => random,
  );
  return {
    store,
    reader,
    holdReads: () => {
      hold = true;
    },
    release: () => {
      hold = false;
      for (const go of held.splice(0)) go();
    },
  };
}

describe('the reader', () => {
  it.each([
    [0, 16],
    [0.5, 20],
    [1, 24],
  ])('remembers a ticket (random %d) for %i s', async (random, memory) => {
    const { store, reader } = setUp(random);
    await reader.read();
    store.clock = start + memory * seconds - 1;
    await reader.read();
    expect(store.reads).toBe(1);
    store.clock = start + memory * seconds;
    store.text = JSON.stringify(ticket({ generation: 8 }));
    expect(await reader.read()).toMatchObject({ generation: 8 });
    expect(store.reads).toBe(2);
  });

  it('reads once for 200 callers, at first and after its memory', async () => {
    const { store, reader, holdReads, release } = setUp();
    for (const reads of [1, 2]) {
      holdReads();
      const all = Promise.all(Array.from({ length: 200 }, () => reader.read()));
      release();
      expect(new Set((await all).map((read) => read?.generation))).toEqual(new Set([7]));
      expect(store.reads).toBe(reads);
      store.clock += 25 * seconds;
    }
  });

  it('serves the remembered ticket while the store fails, up to 120 s before its end', async () => {
    const { store, reader } = setUp();
    await reader.read();
    store.fails = true;
    store.clock = start + (3_600 - 120) * seconds - 1;
    expect(await reader.read()).toMatchObject({ generation: 7 });
    store.clock += 1;
    expect(await reader.read()).toBeNull();
    store.fails = false;
    expect(await reader.read()).toBeNull();
    store.text = JSON.stringify(ticket({ generation: 8, fetchedAt: store.clock }));
    expect(await reader.read()).toMatchObject({ generation: 8 });
  });

  it('keeps a ticket that it knows when the store holds garbage', async () => {
    const { store, reader } = setUp();
    await reader.read();
    store.clock += 30 * seconds;
    store.text = '{"ticket":';
    expect(await reader.read()).toMatchObject({ generation: 7 });
  });

  it('answers null while there is none, and asks each time', async () => {
    const { store, reader } = setUp();
    store.text = undefined;
    expect(await reader.read()).toBeNull();
    store.fails = true;
    expect(await reader.read()).toBeNull();
    store.fails = false;
    store.text = JSON.stringify(ticket());
    expect(await reader.read()).toMatchObject({ generation: 7 });
    expect(store.reads).toBe(3);
  });

  it('never hands out a ticket past its end, however young in memory', async () => {
    const { store, reader } = setUp();
    store.text = JSON.stringify(ticket({ fetchedAt: start - (3_600 - 120) * seconds }));
    expect(await reader.read()).toBeNull();
  });
});

describe('a second read after a refusal', () => {
  it('goes past the memory', async () => {
    const { store, reader } = setUp();
    await reader.read();
    store.text = JSON.stringify(ticket({ generation: 8 }));
    expect(await reader.reread()).toMatchObject({ generation: 8 });
    expect(await reader.read()).toMatchObject({ generation: 8 });
    expect(store.reads).toBe(2);
  });

  it('does not trust a read that began before it', async () => {
    const { store, reader, holdReads, release } = setUp();
    holdReads();
    const first = reader.read();
    store.text = JSON.stringify(ticket({ generation: 8 }));
    const again = reader.reread();
    release();
    expect(await first).toMatchObject({ generation: 7 });
    expect(await again).toMatchObject({ generation: 8 });
  });

  it('reads at most twice for 200 callers', async () => {
    const { store, reader } = setUp();
    const all = await Promise.all(Array.from({ length: 200 }, () => reader.reread()));
    expect(all.every((read) => read?.generation === 7)).toBe(true);
    expect(store.reads).toBeLessThanOrEqual(2);
  });

  it('gives the remembered ticket when the store fails', async () => {
    const { store, reader } = setUp();
    await reader.read();
    store.fails = true;
    expect(await reader.reread()).toMatchObject({ generation: 7 });
  });
});

describe('a ticket', () => {
  it.each([
    undefined,
    '',
    'null',
    '[]',
    '"ticket"',
    '42',
    '{',
    '{}',
    JSON.stringify({ ...ticket(), ticket: '' }),
    JSON.stringify({ ...ticket(), ticket: 5 }),
    JSON.stringify({ ...ticket(), generation: '7' }),
    JSON.stringify({ ...ticket(), fetchedAt: null }),
    JSON.stringify({ ...ticket(), expireIn: undefined }),
  ])('is not what %j is', (text) => {
    expect(parseTicket(text)).toBeNull();
  });

  it('is read as it was written', () => {
    expect(parseTicket(JSON.stringify(ticket()))).toEqual(ticket());
    expect(parseTicket(JSON.stringify({ ...ticket(), more: 1 }))).toEqual(ticket());
  });

  it.each([
    [3_600, 3_480],
    [7_200, 7_080],
    [1_200, 1_080],
    // A tenth of a short life is left, or nothing would be.
    [300, 270],
    [60, 54],
  ])('that lives %i s signs for %i s', (expireIn, last) => {
    const short = ticket({ expireIn });
    expect(usable(short, start + last * seconds - 1)).toBe(true);
    expect(usable(short, start + last * seconds)).toBe(false);
  });
});
