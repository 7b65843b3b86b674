/** Many schedules, and what came of them all. */
import { type Options, type Outcome, runSchedule } from './schedule.ts';

/** The sum of many schedules. */
export interface Sum {
  readonly schedules: number;
  readonly figures: Record<keyof Outcome['figures'], number>;
  readonly transitions: Map<string, number>;
  readonly answers: Map<string, number>;
  /** What happened to staged files. */
  readonly fates: Map<string, number>;
  readonly states: Map<string, number>;
  /** The first broken promises, each with the command that shows its schedule again. */
  readonly broken: string[];
}

function addAll(sum: Map<string, number>, more: ReadonlyMap<string, number>): void {
  for (const [key, count] of more) sum.set(key, (sum.get(key) ?? 0) + count);
}

/** Runs `count` schedules whose seeds follow each other. */
export async function campaign(firstSeed: number, count: number, options: Options = {}): Promise<Sum> {
  const figures = { orders: 0, requests: 0, worked: 0, costly: 0, faults: 0, files: 0 };
  const sum: Sum = {
    schedules: count,
    figures,
    transitions: new Map(),
    answers: new Map(),
    fates: new Map(),
    states: new Map(),
    broken: [],
  };
  for (let seed = firstSeed; seed < firstSeed + count; seed += 1) {
    const { violations, ...outcome } = await runSchedule(seed, options);
    for (const name of Object.keys(figures) as (keyof typeof figures)[]) figures[name] += outcome.figures[name];
    addAll(sum.transitions, outcome.transitions);
    addAll(sum.answers, outcome.answers);
    addAll(sum.fates, outcome.fates);
    addAll(sum.states, outcome.states);
    const [first] = violations;
    if (first && sum.broken.length < 20) {
      sum.broken.push(`${first.kind}: ${first.what} (node infra/node24.js test/campaign/replay.ts ${seed})`);
    }
  }
  return sum;
}

/** The figures in one line. */
export function inWords(name: string, { schedules, figures, transitions, broken }: Sum): string {
  const { faults, files, orders, requests, worked } = figures;
  return [
    `${name}: ${schedules} schedules, ${faults} faults, ${requests} requests for ${orders} orders, ${files} staged files,`,
    `${worked} calls worked on, ${transitions.size} kinds of transition, ${broken.length} broken promises`,
  ].join(' ');
}
