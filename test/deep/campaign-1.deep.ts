import { randomInt } from 'node:crypto';
import { expect, it } from 'vitest';
import { campaign, inWords } from '../campaign/campaign.ts';

const seed = Number(process.env.SEED ?? randomInt(1, 2 ** 31));

it('5,000 schedules of faults (1 of 2): no promise is broken', async () => {
  console.log(`campaign: seeds from ${seed} (SEED=${seed} repeats it)`);
  const sum = await campaign(seed, 5_000);
  console.log(inWords('campaign', sum));
  console.log(JSON.stringify({ ...Object.fromEntries(sum.transitions), ...Object.fromEntries(sum.states) }));
  console.log(`staged files: ${JSON.stringify(Object.fromEntries(sum.fates))}`);
  expect(sum.broken).toEqual([]);
});
