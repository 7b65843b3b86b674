/** The refresher at length. What is checked stands in test/lib/tickets and test/models; here it is checked more often. */
import { describe, expect, it } from 'vitest';
import { effectsOf, healed, mishaps, scenarios } from '../lib/tickets/crashes.ts';
import { checkDays, days, daysLine } from '../lib/tickets/days.ts';
import { checkReordered } from '../lib/tickets/reordered.ts';
import { storms } from '../lib/tickets/storms.ts';
import { explore } from '../models/ledger-explore.ts';
import { walk } from '../models/tickets-conformance.ts';
import { ticketsModel } from '../models/tickets-model.ts';
import { sound } from '../models/tickets-state.ts';

it.each([1, 2, 3])('30 days of lost and repeated ticks (seed %i)', async (seed) => {
  const seen = await days(30, seed, 0.15, 0.3);
  console.log(daysLine(30, seed, seen));
  checkDays(seen);
});

it('answers in 10,000 other orders', async () => {
  const seed = 20_260_105;
  const { orders, tokens } = await checkReordered(10_000, seed);
  console.log(`seed ${seed}: ${orders} orders of answers, ${tokens} tokens, 0 stale over newer`);
});

it.each(scenarios)('two crashes or freezes, in every pair of places: $name', async (scenario) => {
  const worst = { seconds: 0, pairs: 0 };
  const effects = await effectsOf(scenario);
  for (let first = 1; first <= effects; first += 1) {
    for (const mishap of mishaps.map((make) => make(first))) {
      // The run that goes on has as many effects as it has, two more at most.
      for (let second = 1; second <= effects + 2; second += 1) {
        for (const another of mishaps.map((make) => make(second))) {
          const { longest, working } = await healed(scenario, [mishap, another]);
          expect([working, longest <= 75], JSON.stringify([mishap, another])).toEqual([true, true]);
          worst.seconds = Math.max(worst.seconds, longest);
          worst.pairs += 1;
        }
      }
    }
  }
  console.log(`${scenario.name}: ${worst.pairs} pairs, at most ${worst.seconds} s without a usable ticket`);
});

it('5,000 storms', async () => {
  console.log(await storms(5_000, 1_000));
});

describe('the model of the refresher', () => {
  it.each([
    [5, 0],
    [5, 1],
    [4, 2],
  ])('%i deliveries, %i foreign tokens', (deliveries, foreign) => {
    const { states, steps, violation } = explore(ticketsModel(deliveries, { ...sound, foreign }));
    console.log(`${deliveries} deliveries, ${foreign} foreign tokens: ${states} states, ${steps} transitions`);
    expect(violation).toBeUndefined();
  });

  it('and the refresher, on 10,000 walks', async () => {
    for (let seed = 1; seed <= 10_000; seed += 1) {
      const { difference } = await walk(seed, 2 + (seed % 3), { ...sound, foreign: seed % 3 });
      expect(difference).toBeUndefined();
    }
  });
});
