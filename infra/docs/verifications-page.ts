/** docs/verification-rules.md: what a verification checks, step by step, and what its decision says. */
import { absentFrom, fileWords, subjectWords } from '../../lib/openapi/verification-plan.ts';
import { checks, steps } from '../../lib/verifications/checks.ts';
import { knownWarnings, ruleMeanings } from '../../lib/verifications/policy.ts';
import { sentAgain } from '../../lib/verifications/sent-again.ts';
import type { CheckName, Judged, Step } from '../../lib/verifications/step.ts';
import { spread } from '../asl.ts';
import { code, codes, page, table } from './markdown.ts';

function fieldRows() {
  return Object.entries(checks).flatMap(([check, { fields, needs }]) =>
    Object.entries(fields).map(([name, field]) => {
      const together = needs?.with?.[name];
      const absent = absentFrom(check as CheckName, name);
      const notes = [
        field.kind === 'media' ? fileWords(check as CheckName, name) : '',
        together === undefined ? '' : `with ${code(together)}`,
        absent.length > 0 ? `not on ${absent.join(', ')}` : '',
      ];
      return {
        check: code(check),
        field: code(name),
        required: 'optional' in field ? 'no' : 'yes',
        meaning: [field.meaning, ...notes].filter(Boolean).join('; '),
      };
    }),
  );
}

const checkRows = () =>
  Object.entries(checks).map(([check, declared]) => ({
    check: code(check),
    meaning: declared.meaning,
    'needs of the subject': subjectWords(declared) || 'nothing',
    'one of': declared.needs?.oneOf?.map((set) => codes(set)).join(', ') ?? '',
  }));

function whenWords({ plannedBy, after }: Step): string {
  const planned = 'given' in plannedBy ? `${code(plannedBy.given)} is given` : `no ${code(plannedBy.missing)} is given`;
  return after ? `${planned}, and ${code(after.step)} ended with ${code(after.outcome)}` : planned;
}

function sentWords({ constants = {}, fields, subject }: Step): string {
  const fixed = Object.entries(constants).map(([name, value]) => code(`${name}: ${value}`));
  const given = Object.entries(fields).map(([name, from]) => code(name === from ? name : `${name} ← ${from}`));
  return [...fixed, ...given, ...(subject.length > 0 ? [`of the subject ${codes(subject)}`] : [])].join(', ');
}

function judgedWords(judged: Judged): string {
  switch (judged.as) {
    case 'face':
      return `outcome, score, whose photo it was${judged.livenessScore === undefined ? '' : `, ${code(judged.livenessScore)}`}`;
    case 'consent':
      return judged.name === undefined
        ? 'outcome'
        : `outcome; ${code(judged.name)} and ${code(judged.idNo!)} are the subject's`;
    case 'document': {
      const { name, idNo, owner, number, from, until, otherSide, isSubject } = judged;
      const compared = [name, idNo, owner].filter((field) => field !== undefined);
      return [
        'warnings',
        ...(compared.length > 0 ? [`${codes(compared)} against the subject`] : []),
        ...(number === undefined ? [] : [`${code(number)} is legible`]),
        ...(until === undefined ? [] : [`${codes([...(from ? [from] : []), until.field])} against today`]),
        ...(otherSide === undefined ? [] : [`${code(otherSide)} is there`]),
        ...(isSubject ? ['names the subject where the plan does not'] : []),
      ].join('; ');
    }
  }
}

const stepRows = () =>
  steps.map((step) => ({
    step: code(step.name),
    check: code(step.check),
    phase: step.phase,
    operation: code(step.operation.name),
    'runs when': whenWords(step),
    sends: sentWords(step),
    'judged by': judgedWords(step.judged),
  }));

const ruleRows = () =>
  Object.entries(ruleMeanings).map(([rule, { effect, meaning }]) => ({ rule: code(rule), effect, meaning }));

/** The page. */
export const verificationsPage = (): string =>
  page(
    '# Checks, steps and rules of verifications',
    `What a plan can ask for, which steps that takes and what the decision says about them. How to run a verification: [verifications.md](verifications.md).`,
    '## Checks',
    `Any of these, at least one. ${code('one of')}: at least one of these fields must be there.`,
    table(checkRows()),
    'Every file is staged and named as `{ "mediaId": "…" }`. Where several steps are called with a file, it must suit them all.',
    table(fieldRows()),
    '## Steps',
    'In the order of execution: phase after phase, documents side by side. A step sends what the plan gives; what it leaves out is not sent.',
    table(stepRows()),
    `The state machine tries a step again, up to ${spread.MaxAttempts} times, when it failed with one of these: ${codes(sentAgain)}; and when Lambda refused to start it. It is the same order each time, so whatever was bought is not bought twice. A document or a recorded consent whose order has no outcome yet is asked about again once a minute, for six minutes; nothing else is repeated.`,
    '## Rules',
    `The verdict is ${code('declined')} if one rule declines, else ${code('review')} if one reviews, else ${code('approved')}. ${code('by policy')}: the stage says so, in ${code('similarity')} and ${code('approval')} of infra/stages.ts. Warnings that it can name: ${codes(knownWarnings)}; those it does not name are let pass, unknown ones are reviewed.`,
    table(ruleRows()),
  );
