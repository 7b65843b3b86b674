import { expect } from 'vitest';
import { dice } from '../../campaign/dice.ts';
import { hours, minutes, seconds, ticketStage } from './stage.ts';

/** What a run over days came to. */
export interface Days {
  readonly ticks: { readonly due: number; readonly lost: number; readonly delivered: number };
  /** Milliseconds between two refreshes, each with the ticks that were lost since the ticket came due. */
  readonly gaps: readonly { readonly ms: number; readonly lost: number }[];
  /** Seconds without a working ticket. */
  readonly without: number;
  readonly tokens: number;
  /** Versions of the ticket secret and of the token secret in the busiest 24 hours. */
  readonly busiestDay: number;
}

/** Lets a refresher run for some days while ticks get lost, come late and come more than once. */
export async function days(count: number, seed: number, loss: number, duplication: number): Promise<Days> {
  const stage = ticketStage({ seed });
  const roll = dice(seed).fork('ticks');
  const ticks = { due: 0, lost: 0, delivered: 0 };
  const lost: number[] = [];
  const deliver = (): void => {
    ticks.delivered += 1;
    stage.tick();
  };
  const made: number[] = [];
  let without = 0;
  await stage.once();
  for (let minute = 0; minute < count * 24 * 60; minute += 1) {
    ticks.due += 1;
    if (roll.chance(loss)) {
      ticks.lost += 1;
      lost.push(stage.now());
    } else {
      // EventBridge keeps the minute, not the second; a copy may come at once or much later.
      const delay = roll.between(0, 900);
      stage.time.after(delay, '', deliver);
      while (roll.chance(duplication)) stage.time.after(delay + roll.one([0, 1, 50, 500, 5_000, 40_000]), '', deliver);
    }
    for (let step = 0; step < 12; step += 1) {
      await stage.pass(5 * seconds);
      if (!stage.working()) without += 5;
    }
    const { fetchedAt } = stage.ticket()!;
    if (made.at(-1) !== fetchedAt) made.push(fetchedAt);
    // Day by day, or the list of what happened would be longer than the memory.
    (stage.time.trace as string[]).length = 0;
    stage.lines.length = 0;
    stage.events.length = 0;
    stage.effects.length = 0;
  }
  const between = (from: number, until: number) => lost.filter((at) => at >= from && at < until).length;
  const born = ['sign-ticket', 'access-token'].map((name) => stage.born.get(name) ?? []);
  return {
    ticks,
    gaps: made.slice(1).map((at, index) => {
      const before = made[index]!;
      return { ms: at - before, lost: between(before + 20 * minutes, at) };
    }),
    without,
    tokens: stage.office.count.tokens,
    busiestDay: Math.max(
      ...born.flatMap((times) =>
        times.map((from) => times.filter((at) => at >= from && at < from + 24 * hours).length),
      ),
    ),
  };
}

/** One line about it. */
export function daysLine(count: number, seed: number, { ticks, gaps, without, busiestDay }: Days): string {
  const spans = gaps.map(({ ms }) => ms / seconds);
  const [shortest, longest] = [Math.min(...spans), Math.max(...spans)].map((span) => span.toFixed(1));
  return [
    `seed ${seed}: ${count} days, ${ticks.lost} of ${ticks.due} ticks lost, ${ticks.delivered} delivered`,
    `${gaps.length} refreshes ${shortest} to ${longest} s apart, ${without} s without a ticket`,
    `at most ${busiestDay} versions in 24 h`,
  ].join('; ');
}

/** What must hold however many ticks are lost or come twice. */
export function checkDays({ gaps, without, busiestDay, tokens }: Days): void {
  expect(without).toBe(0);
  expect(busiestDay).toBeLessThanOrEqual(92);
  // One token for each ticket: no delivery but one of each tick refreshes.
  expect(tokens).toBe(gaps.length + 1);
  for (const { ms, lost } of gaps) {
    expect(ms).toBeGreaterThanOrEqual(20 * minutes);
    expect(ms).toBeLessThanOrEqual(20 * minutes + 61 * seconds + lost * minutes);
  }
}
