/** The order model with more actors, and the ledger against its table for longer. */
import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { startEngines } from '../campaign/dynamo/engines.ts';
import { largeCasts } from '../models/ledger-casts.ts';
import { explore } from '../models/ledger-explore.ts';
import { playMany } from '../models/ledger-machine.ts';
import { ledgerModel } from '../models/ledger-model.ts';

const seed = Number(process.env.SEED ?? randomInt(1, 2 ** 31));

describe('the order model', () => {
  let all = 0;
  it.each(largeCasts)('keeps every promise: $attempts, $resolvers resolvers, query $query', (cast) => {
    const { states, steps, violation, stuck } = explore(ledgerModel(cast));
    all += states;
    console.log(`order model, ${cast.attempts.join(' + ')}, ${cast.resolvers} resolvers, query ${cast.query}:`);
    console.log(`${states} states, ${steps} steps`);
    expect(violation).toBeUndefined();
    expect(stuck).toBe(0);
  });

  it('has more than a million states', () => {
    console.log(`order model: ${all} states`);
    expect(all).toBeGreaterThan(1_000_000);
  });
});

it('10,000 sequences in memory and 300 on the engine: the ledger does what its table says', async () => {
  console.log(`ledger machine: seed ${seed} (SEED=${seed} repeats it)`);
  const [memory, engine] = await startEngines();
  console.log('in memory:', JSON.stringify(await playMany(memory!, seed, 10_000)));
  console.log('on the engine:', JSON.stringify(await playMany(engine!, seed, 300)));
  await engine!.stop();
});
