import { expect } from 'vitest';
import { dice } from '../../campaign/dice.ts';
import { mishaps } from './crashes.ts';
import type { Fate } from './process.ts';
import { startProcess } from './readers.ts';
import { minutes, seconds, ticketStage } from './stage.ts';

/** From here on nothing goes wrong any more. */
const calm = 30 * minutes;
/** Cooldown, tick and run: what it may take until a ticket that somebody has ended is replaced. */
const recovery = 150;

/**
 * Half an hour in which everything goes wrong, in an order that the seed decides: ticks lost and repeated, runs that crash
 * or freeze, effects refused, carried out in vain or twice, foreign tokens, a new app secret; then calm.
 *
 * @returns seconds from the calm on until the ticket works for good
 */
export async function storm(seed: number): Promise<number> {
  const roll = dice(seed);
  const stage = ticketStage({ seed });
  const user = startProcess(stage);
  const { rules } = stage.office;
  await stage.once();
  const trouble = roll.one([0.02, 0.1, 0.3]);
  const stormy = () => stage.now() - began < calm;
  const began = stage.now();
  stage.weather = (): Partial<Fate> => {
    if (!stormy() || !roll.chance(trouble)) return {};
    const back = roll.one([5, 1_000, 3_300, 5_000]);
    return roll.one<Partial<Fate>>([
      { kind: 'refused', back },
      { kind: 'lost', back },
      { kind: 'again' },
      { status: 502 },
    ]);
  };
  const inForce: number[] = [];
  stage.onEffect = () => inForce.push(stage.ticket()?.generation ?? 0);

  for (let minute = 0; minute < 45; minute += 1) {
    const at = minute * minutes + roll.between(0, 900);
    const copies =
      at >= calm
        ? 1
        : roll.weighted([
            [2, 0],
            [6, 1],
            [1, 2],
            [1, 5],
          ] as const);
    for (let copy = 0; copy < copies; copy += 1) {
      const mishap = at < calm && roll.chance(trouble * 2) ? roll.one(mishaps)(roll.between(1, 18)) : undefined;
      stage.time.after(at + copy * roll.between(0, 20_000), '', () => stage.tick(mishap));
    }
  }
  for (let left = roll.between(0, 2); left > 0; left -= 1) {
    stage.time.after(roll.between(0, calm), '', () => stage.office.foreignToken());
  }
  if (roll.chance(0.3)) {
    stage.time.after(roll.between(0, calm), '', () => {
      stage.office.changeSecret(`${rules.secret}-new`);
      stage.secrets.write('app-secret', rules.secret);
    });
  }
  for (let at = 0; at < 45 * minutes; at += 5 * seconds) stage.time.after(at, '', () => void user.call());

  await stage.pass(calm);
  let broken = 0;
  for (let second = 1; second <= 15 * 60; second += 1) {
    await stage.pass(seconds);
    if (!stage.working()) broken = second;
  }
  const { intent, leaseUntil = 0 } = await stage.item.read();
  expect({ seed, intent, broken: broken > recovery && broken }).toEqual({ seed, broken: false });
  expect(leaseUntil, `seed ${seed}: a lease that does not end`).toBeLessThan(stage.now());
  expect(inForce, `seed ${seed}: a ticket went back`).toEqual(inForce.toSorted((a, b) => a - b));
  return broken;
}

/** So many storms. @returns one line about them */
export async function storms(count: number, firstSeed: number): Promise<string> {
  let worst = 0;
  for (let seed = firstSeed; seed < firstSeed + count; seed += 1) worst = Math.max(worst, await storm(seed));
  return `seeds ${firstSeed} to ${firstSeed + count - 1}: ${count} storms, working again at most ${worst} s after their end`;
}
