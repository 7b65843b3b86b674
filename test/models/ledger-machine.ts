/** Many random sequences of commands on one database. */
import fc from 'fast-check';
import { command, type Database, play } from './ledger-commands.ts';

const sequence = fc.array(command, { minLength: 5, maxLength: 40, size: 'max' });

/** Plays sequences from a seed; how often each transition was taken. @throws what fast-check makes of a difference */
export async function playMany(database: Database, seed: number, numRuns: number): Promise<Record<string, number>> {
  const took: Record<string, number> = {};
  let played = 0;
  const property = fc.asyncProperty(sequence, async (commands) => {
    played += 1;
    for (const way of await play(commands, database, `M${played}o`)) took[way] = (took[way] ?? 0) + 1;
  });
  await fc.assert(property, { seed, numRuns });
  return took;
}
