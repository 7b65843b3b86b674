import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Engine, startEngines } from '../campaign/dynamo/engines.ts';
import { playMany } from './ledger-machine.ts';

const seed = Number(process.env.SEED ?? randomInt(1, 2 ** 31));
console.log(`ledger machine: seed ${seed} (SEED=${seed} repeats it)`);

let engines: Engine[];
beforeAll(async () => {
  engines = await startEngines();
});
afterAll(() => Promise.all(engines.map(({ stop }) => stop())));

describe('the ledger does what its table says, and nothing else', () => {
  it('in memory, 1,000 sequences', async () => {
    const took = await playMany(engines[0]!, seed, 1_000);
    console.log('ledger machine in memory, 1,000 sequences:', JSON.stringify(took));
    expect(Object.keys(took).sort()).toEqual(['T1', 'T1b', 'T1c', 'T4', 'T4r', 'T5', 'T6', 'T7', 'T7q', 'T7w']);
  });

  it('on the engine, 25 sequences', async () => {
    console.log('ledger machine on the engine:', JSON.stringify(await playMany(engines[1]!, seed, 25)));
  });
});
