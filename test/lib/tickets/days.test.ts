import { expect, it } from 'vitest';
import { checkDays, days, daysLine } from './days.ts';

it('two days without faults: a refresh every 20 minutes, 61 s more at most, at most 73 a day', async () => {
  const seed = 20_260_105;
  const seen = await days(2, seed, 0, 0);
  console.log(daysLine(2, seed, seen));
  checkDays(seen);
  expect(seen.busiestDay).toBeLessThanOrEqual(73);
});

it('two days of lost and repeated ticks: no gap', { timeout: 60_000 }, async () => {
  const seed = 20_260_106;
  const seen = await days(2, seed, 0.15, 0.3);
  console.log(daysLine(2, seed, seen));
  checkDays(seen);
});
