/** Which outcomes an operation can answer, and which upstream codes lead to them. */
import { catalogue, type Group } from '../codes/catalogue.ts';
import { type Classified, classify } from '../codes/classify.ts';
import { commonGroups, type Family, type FamilyRules, families } from '../codes/families.ts';
import type { Source } from '../codes/row.ts';
import type { Operation } from '../operation.ts';
import type { Outcome } from '../result/outcome.ts';

/** One upstream code as one family of operations understands it. */
export interface FamilyCode extends Classified {
  readonly code: string;
  readonly group: Group;
  readonly source: readonly Source[];
}

/** Every code that the catalogue lists for a family, its own groups first; the first of several rows counts. */
export function codesOf(family: Family): readonly FamilyCode[] {
  const rules: FamilyRules = families[family];
  const codes = new Map<string, FamilyCode>();
  for (const group of [...rules.groups, ...commonGroups]) {
    for (const { code, source } of catalogue[group]) {
      if (!codes.has(code)) codes.set(code, { code, group, source, ...classify(family, code) });
    }
  }
  return [...codes.values()];
}

/** The outcomes that are decided after code 0, with their reasons. */
const decidedLater: Readonly<Record<NonNullable<Operation['decidedBy']>, readonly (readonly [Outcome, string])[]>> = {
  similarity: [
    ['no-match', 'below-threshold'],
    ['undecided', 'no-score'],
  ],
  faces: [['no-match', 'not-same-person']],
  person: [['not-authorized', 'other-person']],
};

/** Every outcome that an operation can answer, the positive one first, each with the reasons that can stand beside it. */
export function outcomesOf({ family, outcome, decidedBy, order }: Operation): ReadonlyMap<Outcome, readonly string[]> {
  const negatives = codesOf(family).flatMap((code): [Outcome, string][] =>
    code.outcome ? [[code.outcome, code.reason!]] : [],
  );
  const expired: [Outcome, string][] = order.kind === 'reads' ? [['not-found', 'expired']] : [];
  const all = [...negatives, ...(decidedBy ? decidedLater[decidedBy] : []), ...expired];
  const outcomes = new Map<Outcome, readonly string[]>([[outcome, []]]);
  for (const [negative, reason] of all) {
    outcomes.set(negative, [...new Set([...(outcomes.get(negative) ?? []), reason])]);
  }
  return outcomes;
}
