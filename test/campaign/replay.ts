/** Replays schedules by their seeds: `node infra/node24.js test/campaign/replay.ts SEED [SEED ...]`. */
import { runSchedule } from './schedule.ts';

for (const seed of process.argv.slice(2).map(Number)) {
  const { trace, violations, digest } = await runSchedule(seed);
  console.log(trace.join('\n'));
  for (const { kind, what } of violations) console.log(`VIOLATION ${kind}: ${what}`);
  console.log(`seed ${seed}: ${violations.length} violations, digest ${digest}`);
}
