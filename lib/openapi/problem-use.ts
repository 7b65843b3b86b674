/** Which problems can answer which call, as far as the declarations tell. */
import type { ResultFields } from '../fields/result.ts';
import { type Operation, verbAndPath } from '../operation.ts';
import { codesOf } from './outcomes.ts';
import type { Problems } from './problems.ts';
import { isValue } from './result-schema.ts';

const hasBody = ({ route }: Operation): boolean => verbAndPath(route).method === 'POST';
const hasMedia = ({ request }: Operation): boolean => Object.values(request).some(({ kind }) => kind === 'media');
const continues = ({ order }: Operation): boolean => order.kind === 'continues';
const creates = (operation: Operation): boolean => operation.creates;
const reads = ({ order }: Operation): boolean => order.kind === 'reads';
const limitsPersons = ({ family }: Operation): boolean =>
  codesOf(family).some(({ reason }) => reason === 'subject-limit');
const holdsPictures = (fields: ResultFields): boolean =>
  Object.values(fields).some((field) =>
    'fields' in field ? holdsPictures(field.fields) : field.kind === 'picture' || field.kind === 'pictures',
  );
/** Personal results that no query reads again are kept for a day at most. */
export const handsOutOnce = ({ order, result }: Operation): boolean =>
  order.kind === 'creates' &&
  order.query === undefined &&
  Object.values(result).some((field) => isValue(field) && field.sensitivity !== 'C1');

/** Who can answer a problem, where not every operation can. */
const answeredBy: Readonly<Record<string, (operation: Operation) => boolean>> = {
  'unsupported-media-type': hasBody,
  'payload-too-large': hasBody,
  'media-invalid': hasMedia,
  'media-used': hasMedia,
  // A large answer needs the bucket too.
  'media-unavailable': (operation) => hasMedia(operation) || holdsPictures(operation.result),
  'order-required': continues,
  'step-out-of-order': continues,
  'order-in-progress': creates,
  'order-outcome-unknown': creates,
  'order-payload-mismatch': creates,
  'order-not-charged': creates,
  'order-unresolved': creates,
  'result-expired': creates,
  'result-not-replayable': handsOutOnce,
  'not-found': reads,
  'subject-limit-reached': limitsPersons,
  'upstream-circuit-open': creates,
  'verification-payload-mismatch': () => false,
  'workflow-unavailable': () => false,
};

/** What looking an order up can answer. */
export const lookUpProblems: readonly string[] = [
  'malformed-json',
  'invalid-request',
  'unauthenticated',
  'forbidden',
  'not-found',
  'not-acceptable',
  'rate-limited',
  'internal',
  'ledger-unavailable',
];

const grants: ReadonlySet<string> = new Set([
  'malformed-json',
  'invalid-request',
  'unauthenticated',
  'forbidden',
  'not-acceptable',
  'payload-too-large',
  'unsupported-media-type',
  'media-invalid',
  'rate-limited',
  'internal',
  'ledger-unavailable',
  'media-unavailable',
]);

/** What granting an upload can answer, in the order of the table. */
export const grantProblems = (problems: Problems): readonly string[] =>
  Object.keys(problems).filter((slug) => grants.has(slug));

/** The problems that an operation can answer, in the order of the table. */
export const problemsOf = (operation: Operation, problems: Problems): readonly string[] =>
  Object.keys(problems).filter((slug) => answeredBy[slug]?.(operation) ?? true);
