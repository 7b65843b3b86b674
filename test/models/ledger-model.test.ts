import { describe, expect, it } from 'vitest';
import { type Transition, transitions } from '../../lib/orders/transitions.ts';
import { flaws, smallCasts } from './ledger-casts.ts';
import { explore } from './ledger-explore.ts';
import { ledgerModel } from './ledger-model.ts';
import { brokenCharge } from './ledger-promises.ts';

/** The ways of the ledger's own table, each from one state to another. */
function waysOf([name, { from, to }]: [string, Transition]): string[] {
  if (from[0] === 'none' || name === 'T1b' || name === 'T1c' || name === 'T4r') return [name];
  return from.flatMap((start) => to.map((end) => (end === 'same' ? `${name} ${start}` : `${name} ${start} ${end}`)));
}

describe('the order model', () => {
  const took = new Set<string>();

  it.each(smallCasts)('keeps every promise: $attempts, $resolvers resolvers, query $query', (cast) => {
    const { states, steps, violation, stuck, took: taken } = explore(ledgerModel(cast));
    console.log(`order model, ${cast.attempts.join(' + ')}, query ${cast.query}: ${states} states, ${steps} steps`);
    expect(violation).toBeUndefined();
    expect(stuck).toBe(0);
    expect(states).toBeGreaterThan(5_000);
    for (const name of taken.keys()) took.add(name);
  });

  it("takes every transition of the ledger's table and no other", () => {
    const ways = Object.entries<Transition>(transitions).flatMap(waysOf);
    expect([...took].sort()).toEqual(ways.sort());
  });
});

describe('a wrong design', () => {
  it.each(flaws)('$flaw: $breaks', ({ flaw, breaks }) => {
    const cast = { attempts: ['buy', 'buy'], resolvers: 1, query: 'proves', flaw } as const;
    expect(explore(ledgerModel(cast)).violation).toBeDefined();
    const { violation } = explore(ledgerModel(cast, brokenCharge));
    console.log(`${flaw}: ${violation?.events.join(', ')}`);
    expect(violation?.what).toBe(breaks);
  });
});
