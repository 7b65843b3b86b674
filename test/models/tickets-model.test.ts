import { describe, expect, it } from 'vitest';
import { explore } from './ledger-explore.ts';
import { walk } from './tickets-conformance.ts';
import { ticketsModel } from './tickets-model.ts';
import { type Design, sound, steps } from './tickets-state.ts';

/** Every kind of event that the sound design knows, with tokens of somebody else. */
const known = explore(ticketsModel(3, { ...sound, foreign: 2 })).took;

describe('the design of the refresher', () => {
  it.each([
    [2, 0],
    [3, 0],
    [4, 0],
    [2, 1],
    [3, 1],
    [2, 2],
    [3, 2],
  ])('%i deliveries, %i foreign tokens: never a dead ticket that nothing would replace', (deliveries, foreign) => {
    const { states, steps, violation } = explore(ticketsModel(deliveries, { ...sound, foreign }));
    console.log(`${deliveries} deliveries, ${foreign} foreign tokens: ${states} states, ${steps} transitions`);
    expect(violation).toBeUndefined();
  });

  it('takes every step there is', () => {
    expect(new Set(steps).difference(new Set(['ended', 'dead', ...known.keys()]))).toEqual(new Set());
    // And twelve ways to end or to turn off.
    expect(known.size).toBe(28);
  });
});

describe('a wrong design leaves a dead ticket that nothing would replace', () => {
  const deaf = { ...sound, feedback: false };
  it.each<[name: string, design: Design, trace: readonly string[]]>([
    ['no lock', { ...deaf, lock: false }, ['2: token call', '2: crash']],
    ['a lock without an intent', { ...deaf, intent: false }, ['1: token call', '1: crash']],
    ['compare-and-swap alone', { ...deaf, lock: false, intent: false }, ['1: token call', '1: crash']],
    ['a lease that may end under its holder', { ...deaf, leaseOutlivesRun: false }, ['2: move label', '2: clear']],
    ['two owners of an app id whose readers keep silent', { ...deaf, foreign: 1 }, ['1: clear', 'foreign token']],
  ])('%s', (name, design, trace) => {
    const { violation } = explore(ticketsModel(2, design));
    console.log(`${name}: ${violation?.events.join(', ')}`);
    expect(violation?.what).toBe('a dead ticket, and nothing that would replace it');
    expect(violation?.events.slice(-2)).toEqual(trace);
  });
});

it('the refresher does what its model does, in walks that take every kind of step', { timeout: 60_000 }, async () => {
  const walks = 1_000;
  const took = new Set<string>();
  for (let seed = 1; seed <= walks; seed += 1) {
    const { happened, difference } = await walk(seed, 2 + (seed % 2), { ...sound, foreign: seed % 3 });
    expect(difference).toBeUndefined();
    for (const name of happened) took.add(name);
  }
  console.log(`seeds 1 to ${walks}: ${took.size} of ${known.size} kinds of steps`);
  expect(new Set(known.keys()).difference(took)).toEqual(new Set());
});
