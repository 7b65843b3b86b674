/** `npm run bench`: measures on this machine and prints ratios and times; fails when a target is missed. */
import { benchMemory } from './memory.ts';
import { startBenchStage } from './stage.ts';
import { benchVerification } from './verification.ts';

const stage = await startBenchStage();
try {
  for (const bench of [benchVerification, benchMemory]) {
    if (!(await bench(stage))) process.exitCode = 1;
  }
} finally {
  await stage.stop();
}
