/** Replays schedules by their seeds: `node infra/node24.js test/campaign/replay.ts [--inline|--staged] SEED [SEED ...]`. */
import { parseArgs } from 'node:util';
import { runSchedule } from './schedule.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { inline: { type: 'boolean' }, staged: { type: 'boolean' } },
});
const options = values.inline || values.staged ? { staged: values.staged === true } : {};

for (const seed of positionals.map(Number)) {
  const { trace, violations, digest } = await runSchedule(seed, options);
  console.log(trace.join('\n'));
  for (const { kind, what } of violations) console.log(`VIOLATION ${kind}: ${what}`);
  console.log(`seed ${seed}: ${violations.length} violations, digest ${digest}`);
}
