/** What verifications keep, for docs/data-catalogue.md. */
import type { RequestField, Sensitivity } from '../../lib/fields/request.ts';
import type { ResultFields } from '../../lib/fields/result.ts';
import { checks, steps } from '../../lib/verifications/checks.ts';
import { subjectFields } from '../../lib/verifications/plan.ts';
import { code, codes, table } from './markdown.ts';

/** Something that a verification is given, or leaves somewhere. */
export interface KeptEntry {
  readonly what: string;
  readonly class: Sensitivity;
  readonly where: string;
  readonly stays: string;
}

const recordEnd = "the stage's `decisionRetentionDays` after its start";
const sealEnd = 'readable for a day after the first verification of those that continue each other, removed within two';

function planEntry(above: string, field: string, { kind, sensitivity }: RequestField): KeptEntry {
  const what = `${above}.${field}`;
  if (kind === 'media') {
    return {
      what,
      class: sensitivity,
      where: 'the upstream; the media bucket before that; in the verification record only its `mediaId`',
      stays: `staged file: until the verification is over, in review for its day, removed within two; record: ${recordEnd}`,
    };
  }
  // The number of a challenge is the number of its step's order.
  const record =
    field === 'orderNo'
      ? 'the verification record'
      : `in the verification record only in the keyed fingerprint${field === 'idNo' ? 's of plan and person' : ' of the plan'}`;
  return {
    what,
    class: sensitivity,
    where: `the upstream; the sealed plan; ${record}`,
    stays: `sealed plan: ${sealEnd}; record: ${recordEnd}`,
  };
}

/** Every field of a plan. */
export const planEntries: readonly KeptEntry[] = [
  ...Object.entries(subjectFields).map(([name, field]) => planEntry('subject', name, field)),
  ...Object.entries(checks).flatMap(([check, { fields }]) =>
    Object.entries(fields).map(([name, field]) => planEntry(`checks.${check}`, name, field)),
  ),
];

const classes: readonly Sensitivity[] = ['C1', 'C2', 'C3'];
const gravest = (found: readonly Sensitivity[]): Sensitivity => classes.findLast((one) => found.includes(one)) ?? 'C1';

const classesOf = (fields: ResultFields): readonly Sensitivity[] =>
  Object.values(fields).flatMap((field) => ('fields' in field ? classesOf(field.fields) : [field.sensitivity]));

/** What a verification leaves besides the orders of its steps. */
export const leftEntries: readonly KeptEntry[] = [
  {
    what: "Sealed plan: caller, subject, ids of files, the challenge's order number",
    class: gravest(Object.values(subjectFields).map(({ sensitivity }) => sensitivity)),
    where: `the media bucket, encrypted under the stage's key, as ${code('sealed/<verificationId>/plan')}`,
    stays: sealEnd,
  },
  ...[...Map.groupBy(steps, ({ operation }) => gravest(classesOf(operation.result)))].map(
    ([found, members]): KeptEntry => ({
      what: `Sealed results of ${codes(members.map(({ name }) => name))}`,
      class: found,
      where: `the media bucket, encrypted under the stage's key, as ${code('sealed/<verificationId>/<step>')}; the answer with ${code('results=true')}`,
      stays: sealEnd,
    }),
  ),
  {
    what: "Verification record: caller, keyed fingerprints of plan and ID number, ids of files; of each step its order number, state, outcome, reason, `billed`, the upstream's code, number and time",
    class: 'C1',
    where: 'the orders table',
    stays: recordEnd,
  },
  {
    what: 'Decision: verdict, rules with value (score, slug or state), threshold and effect, policy version',
    class: 'C1',
    where: 'the verification record; what is shown of the verification',
    stays: recordEnd,
  },
  {
    what: 'Execution: verification number, names and flags of the steps, outcomes, verdict',
    class: 'C1',
    where: "Step Functions, encrypted under the stage's key; its log holds no data",
    stays: "90 days; log for the stage's retention",
  },
  {
    what: 'Event `Signet Verification Completed`: verification and order numbers, verdict, policy version, names of the rules that do not approve, time',
    class: 'C1',
    where: "the account's default event bus",
    stays: 'with whoever listens',
  },
  {
    what: "Event `Signet Order Resolved`: order number, operation, state, outcome, `billed`, the upstream's code and number, time",
    class: 'C1',
    where: "the account's default event bus",
    stays: 'with whoever listens',
  },
];

/** One row for all that go to the same places. */
function together(entries: readonly KeptEntry[]): readonly KeptEntry[] {
  const alike = Map.groupBy(entries, ({ class: found, where, stays }) => [found, where, stays].join('\n'));
  return [...alike.values()].map((members) => ({ ...members[0]!, what: codes(members.map(({ what }) => what)) }));
}

const keptTable = (entries: readonly KeptEntry[]): string =>
  table(entries.map(({ what, class: found, where, stays }) => ({ what, class: found, 'goes to': where, stays })));

/** The sections of the page. */
export const verificationSections: readonly string[] = [
  '## Verifications',
  'Plans are sealed before anything runs, and the state machine that runs them sees none of it. What each step sends to the upstream and leaves in its order is said above, by its operation.',
  keptTable(together(planEntries)),
  'What is left:',
  keptTable(leftEntries),
];
