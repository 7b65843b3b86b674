import type { Mishap } from './process.ts';
import { minutes, seconds, type TicketStage, ticketStage } from './stage.ts';

/** A reason to refresh: what has happened when the tick comes. */
export interface Scenario {
  readonly name: string;
  readonly prepare: (stage: TicketStage) => Promise<void>;
}

/** Lets the first ticket be made, and gives it an age. */
const aged = async (stage: TicketStage, age: number): Promise<void> => {
  await stage.once();
  await stage.pass(age - 29 * seconds);
};

/** Every reason but an open intent, which the crashes make. */
export const scenarios: readonly Scenario[] = [
  { name: 'a first deployment', prepare: async () => {} },
  { name: 'age', prepare: (stage) => aged(stage, 21 * minutes) },
  {
    name: 'a token that somebody else has fetched',
    async prepare(stage) {
      await aged(stage, 5 * minutes);
      stage.office.foreignToken();
      await stage.pass(61 * seconds);
      await stage.item.report(stage.ticket()!.generation);
    },
  },
  {
    name: 'a new app secret',
    async prepare(stage) {
      await aged(stage, 5 * minutes);
      stage.office.changeSecret('another-app-secret');
      stage.secrets.write('app-secret', 'another-app-secret');
    },
  },
];

/** A crash before or after an effect. */
export const crash = (kind: 'before' | 'after', at: number): Mishap => ({ kind, at });

/** What a run may meet at an effect: it dies before or after it, or goes on long after its time. */
export const mishaps: readonly ((at: number) => Mishap)[] = [
  (at) => crash('before', at),
  (at) => crash('after', at),
  (at) => ({ kind: 'freeze', at, duration: 40 * seconds }),
  (at) => ({ kind: 'freeze', at, duration: 70 * seconds }),
];

/** How many effects the run of a scenario has, when nothing goes wrong. */
export async function effectsOf(scenario: Scenario, first: readonly Mishap[] = []): Promise<number> {
  const { runs } = await healed(scenario, first);
  return runs[first.length]!;
}

/**
 * Runs a scenario: each of the first ticks has a mishap, the ones after them have none.
 *
 * @returns the longest time (s) without a working ticket after the last mishap, and what the upstream was asked
 */
export async function healed(scenario: Scenario, mishaps: readonly Mishap[], seed = 1) {
  const stage = ticketStage({ seed });
  await scenario.prepare(stage);
  const before = { ...stage.office.count };
  const ticks = [...mishaps, undefined, undefined, undefined];
  const ticked = [];
  let gap = 0;
  let longest = 0;
  for (const [index, mishap] of ticks.entries()) {
    ticked.push(stage.tick(mishap));
    if (index === mishaps.length - 1 || mishaps.length === 0) [gap, longest] = [0, 0];
    for (let second = 0; second < 60; second += 1) {
      await stage.pass(seconds);
      gap = stage.working() ? 0 : gap + 1;
      longest = Math.max(longest, gap);
    }
  }
  return {
    longest,
    working: stage.working(),
    runs: ticked.map(({ run }) => run.effects),
    deaths: ticked.filter(({ run }) => run.dead).length,
    tokens: stage.office.count.tokens - before.tokens,
    item: await stage.item.read(),
    stage,
  };
}
