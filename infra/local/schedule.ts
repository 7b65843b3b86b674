import { randomUUID } from 'node:crypto';
import type { InvokeResult } from './instance.ts';
import type { Json } from './intrinsics.ts';
import type { ScheduleModel } from './model.ts';

/** What the schedules are started with. */
export interface ScheduleOptions {
  schedules: ScheduleModel[];
  invoke: (functionName: string, event: unknown) => Promise<InvokeResult>;
  account: string;
  region: string;
  /** Takes one line about a run that failed. */
  log: (line: string) => void;
  /** Epoch milliseconds. */
  now?: () => number;
}

/** Running schedules. */
export interface Schedules {
  /** Settles when the first run of every rule has ended; tells which of them failed. */
  firstRuns: Promise<{ functionName: string; failed: boolean }[]>;
  stop: () => void;
}

const unitMilliseconds: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** The period of a `rate(…)` expression in milliseconds. Throws on anything else. */
export function rateMilliseconds(expression: string): number {
  const [, count, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const period = Number(count) * (unitMilliseconds[unit] ?? Number.NaN);
  // Longer timers would fire at once.
  if (!(period > 0 && period < 2 ** 31)) throw new Error(`The local stage cannot run the schedule ${expression}.`);
  return period;
}

/** Runs every rule at once and then at its rate, as EventBridge does, but without its retries. */
export function startSchedules(options: ScheduleOptions): Schedules {
  const { schedules, invoke, log } = options;
  const run = async (schedule: ScheduleModel): Promise<{ functionName: string; failed: boolean }> => {
    const { functionName } = schedule;
    let failure: string | undefined;
    try {
      const { functionError } = await invoke(functionName, schedule.input ?? scheduledEvent(schedule, options));
      failure = functionError?.errorType;
    } catch (error) {
      failure = (error as Error).name;
    }
    if (failure !== undefined) log(`schedule: ${functionName} failed with ${failure}`);
    return { functionName, failed: failure !== undefined };
  };
  const periods = schedules.map(({ expression }) => rateMilliseconds(expression));
  const timers = schedules.map((schedule, index) => setInterval(() => void run(schedule), periods[index]));
  return {
    firstRuns: Promise.all(schedules.map(run)),
    stop: () => {
      for (const timer of timers) clearInterval(timer);
    },
  };
}

function scheduledEvent({ ruleArn }: ScheduleModel, { account, region, now = Date.now }: ScheduleOptions): Json {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account,
    time: new Date(now()).toISOString().replace(/\.\d+Z$/, 'Z'),
    region,
    resources: [ruleArn],
    detail: {},
  };
}
