/** Who shows an operation on a profile, so that a reader knows what is proven. */
import type { Operation, ProfileName } from '../../lib/operation.ts';

const evidenceWords = {
  documents: "the upstream's documents",
  client: 'a public client',
};

/** Marks a call that nobody has shown on a profile. */
export const unproven = '**unproven**';

/** Who shows an operation on a profile. */
export function evidenceOn({ wire }: Operation, profile: ProfileName): string {
  const evidence = wire.evidence?.[profile];
  return evidence ? evidenceWords[evidence] : unproven;
}
