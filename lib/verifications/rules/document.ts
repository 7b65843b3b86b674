/** Rules about a document that was read. */

import { compare, foldName, foldNumber } from '../../names.ts';
import { type About, type Effect, knownWarnings, type Rule, type RuleName, type StepFacts } from '../policy.ts';
import type { Judged } from '../step.ts';

type Document = Extract<Judged, { as: 'document' }>;
type Read = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Read =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What was read; null when there is no such thing in the result. */
function readOf({ result }: StepFacts, { group }: Document): Read | null {
  const read = group === undefined ? result : result?.[group];
  return isObject(read) ? read : null;
}

/** Rules of a document with the outcome `read`. */
export function documentRules(facts: StepFacts, judged: Document, about: About): readonly Rule[] {
  const read = readOf(facts, judged);
  const rule = (name: RuleName, value: Rule['value'], effect: Effect = 'review'): Rule => ({
    rule: name,
    step: facts.step,
    value,
    effect,
  });
  if (read === null) return [rule('step-incomplete', facts.status)];
  const warnings = warningRules(read.warnings, about, rule);
  // Where the texts are gone, warnings are what a record still holds.
  const legible = Object.values(read).some((value) => typeof value === 'string');
  if (!legible) return [...warnings, rule('step-incomplete', facts.status)];
  const unparsed = isObject(facts.result?.unparsed) ? facts.result.unparsed[judged.until?.field ?? ''] : undefined;
  return [
    ...validityRules(read, judged, unparsed, about, rule),
    ...personRules(read, judged, about, rule),
    ...warnings,
  ];
}

type MakeRule = (name: RuleName, value: Rule['value'], effect?: Effect) => Rule;

/** What stands on a document that does not expire. */
const withoutEnd = '长期';

const isDate = (value: unknown): value is string => typeof value === 'string' && /^\d{4}-\d{2}(-\d{2})?$/.test(value);

/** Valid from its first day to the end of its last day or month. */
function validityRules(read: Read, judged: Document, unparsed: unknown, about: About, rule: MakeRule): readonly Rule[] {
  const first = read[judged.from ?? ''];
  const early = isDate(first) && first > about.today;
  return [...(early ? [rule('not-valid-yet', 'later')] : []), ...endRules(read, judged, unparsed, about, rule)];
}

/** `unparsed`: what stands in the place of the last day, where that is no date. */
function endRules(
  read: Read,
  { until }: Document,
  unparsed: unknown,
  { today }: About,
  rule: MakeRule,
): readonly Rule[] {
  if (until === undefined || (until.openEnd !== undefined && read[until.openEnd] === true)) return [];
  const last = read[until.field];
  if (last === null && until.mayBeMissing === true && unparsed === undefined) return [];
  if (unparsed === withoutEnd) return [];
  if (!isDate(last)) return [rule('validity-unreadable', 'unreadable')];
  return last < today.slice(0, last.length) ? [rule('document-expired', 'expired', 'decline')] : [];
}

function personRules(read: Read, judged: Document, about: About, rule: MakeRule): readonly Rule[] {
  const { name, idNo, owner, number } = judged;
  // What the subject was taken from is not compared with itself, but must be legible all the same.
  const itself = judged.isSubject === true && !about.subjectGiven;
  const subject = itself ? null : about.subject;
  const compared = [
    { what: 'name', field: name, fold: foldName, expected: subject?.name, alone: itself },
    { what: 'number', field: idNo, fold: foldNumber, expected: subject?.idNo, alone: itself },
    { what: 'owner', field: owner, fold: foldName, expected: subject?.name, alone: false },
    { what: 'number', field: number, fold: foldNumber, expected: null, alone: true },
  ] as const;
  const rules = compared.flatMap(({ what, field, fold, expected, alone }) => {
    if (field === undefined) return [];
    const comparison = compare(fold, read[field], expected);
    if (comparison === 'same' || (comparison === 'unknown' && alone)) return [];
    return [comparison === 'unknown' ? rule('subject-unknown', null) : rule(`${what}-${comparison}`, comparison)];
  });
  // Said once, however many of its values had nobody to be compared with.
  return rules.filter(({ rule: one }, index) => rules.findIndex(({ rule: other }) => other === one) === index);
}

/** Warnings by policy. Those of no known meaning are for somebody to look at, and so are warnings that cannot be read. */
function warningRules(warnings: unknown, { policy }: About, rule: MakeRule): readonly Rule[] {
  if (warnings === undefined) return [];
  if (!Array.isArray(warnings)) return [rule('document-warning', 'unreadable', 'review')];
  const { decline, review } = policy.warnings;
  return warnings.map((warning: unknown) => {
    if (typeof warning !== 'string') return rule('document-warning', 'unreadable');
    const slug = knownWarnings.includes(warning) || /^(bit-\d|code--?\d{1,12})$/.test(warning) ? warning : 'unreadable';
    if (decline.includes(slug)) return rule('document-warning', slug, 'decline');
    const passes = knownWarnings.includes(slug) && !review.includes(slug);
    return rule('document-warning', slug, passes ? 'approve' : 'review');
  });
}
