import { describe, expect, it } from 'vitest';
import { dice } from '../../campaign/dice.ts';
import { effectsOf, healed, mishaps, scenarios } from './crashes.ts';

/** Seconds without a usable ticket that a crash may cause (reliability: TKT-3). */
const limit = 75;

describe.each(scenarios)('a refresh because of $name', (scenario) => {
  it('heals wherever the run crashes', async () => {
    const effects = await effectsOf(scenario);
    expect(effects).toBeGreaterThan(10);
    const worst = { seconds: 0, points: 0 };
    for (let at = 1; at <= effects; at += 1) {
      for (const mishap of mishaps.map((make) => make(at))) {
        const { longest, working, item } = await healed(scenario, [mishap]);
        expect.soft({ mishap, working, open: item.intent }).toEqual({ mishap, working: true });
        expect.soft(longest, JSON.stringify(mishap)).toBeLessThanOrEqual(limit);
        worst.seconds = Math.max(worst.seconds, longest);
        worst.points += 1;
      }
    }
    console.log(
      `${scenario.name}: ${worst.points} crashes and freezes, at most ${worst.seconds} s without a usable ticket`,
    );
  });

  it('heals when the run that goes on crashes too', async () => {
    const seed = 20_260_105;
    const roll = dice(seed);
    const effects = await effectsOf(scenario);
    for (let sample = 0; sample < 60; sample += 1) {
      const crashes = [1, 2].map(() => roll.one(mishaps)(roll.between(1, effects)));
      const { longest, working } = await healed(scenario, crashes, sample);
      expect.soft(working).toBe(true);
      expect.soft(longest, JSON.stringify({ seed, sample, crashes })).toBeLessThanOrEqual(limit);
    }
  });
});
