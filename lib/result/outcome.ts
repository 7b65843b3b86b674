/** Outcomes: what an answer means in business terms. */
import type { Classified, Outcome as NegativeOutcome } from '../codes/classify.ts';
import { compare, foldName, foldNumber } from '../names.ts';
import type { Operation, PositiveOutcome } from '../operation.ts';
import type { CheckedRequest } from '../request/validate.ts';
import type { Result } from './read.ts';

/** Every outcome of design's table. */
export type Outcome = PositiveOutcome | NegativeOutcome | 'undecided';

/** An outcome with the stable slug that explains a negative one. */
export interface Decided {
  readonly outcome: Outcome;
  readonly reason: string | null;
}

/** Decides the outcome of a positive or negative answer. Null: it says nothing about the faces that it was asked about. */
export function decide(
  operation: Operation,
  classified: Classified,
  result: Result,
  request: CheckedRequest,
): Decided | null {
  if (classified.class === 'negative') return { outcome: classified.outcome!, reason: classified.reason };
  switch (operation.decidedBy) {
    case 'similarity':
      if (typeof result.similarity !== 'number') return { outcome: 'undecided', reason: 'no-score' };
      if (result.similarity < (result.threshold as number)) return { outcome: 'no-match', reason: 'below-threshold' };
      break;
    case 'faces':
      if (!(result.matchCount as number)) {
        return allRead(result.faces) ? { outcome: 'no-match', reason: 'not-same-person' } : null;
      }
      break;
    case 'person':
      if (isAnother(result, request)) return { outcome: 'not-authorized', reason: 'other-person' };
      break;
  }
  return { outcome: operation.outcome, reason: null };
}

/** Whether there are faces, and every one has a readable verdict; one that has none may be the person. */
const allRead = (faces: unknown): boolean =>
  Array.isArray(faces) && faces.length > 0 && faces.every((face) => (face as Result).outcome !== null);

/** Whether an answer names someone else than the request; values that the upstream masks with stars say nothing. */
function isAnother(result: Result, request: CheckedRequest): boolean {
  const says = (fold: (value: unknown) => string | null, field: string): 'same' | 'other' | null => {
    const answered = result[field];
    if (typeof answered !== 'string' || answered.includes('*') || request[field] === undefined) return null;
    return compare(fold, answered, request[field]) === 'same' ? 'same' : 'other';
  };
  const number = says(foldNumber, 'idNo');
  if (number === 'other' || says(foldName, 'name') === 'other') return true;
  // A consent may have been given under an earlier user number of the same person.
  return number === null && says(foldNumber, 'userId') === 'other';
}
