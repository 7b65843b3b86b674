/**
 * The schema of a plan, from the declarations of checks. Of lib/verifications only declarations and pure functions may
 * be imported here, because infra/ runs this.
 */
import type { RequestField } from '../fields/request.ts';
import { type CheckName, checks, steps } from '../verifications/checks.ts';
import { subjectFields, subjectNeeds } from '../verifications/plan.ts';
import { absentFields } from '../verifications/planned.ts';
import type { Check } from '../verifications/step.ts';
import { mediaWords, needsSchema, profileNames, requiredFields, valueSchema } from './request-schema.ts';
import { closedObject, orderNoSchema, type Properties, ref, type Schema } from './schema.ts';

const checkNames = Object.keys(checks) as CheckName[];

/** What a file of a check may be, in words: as each step that is called with it says. */
export function fileWords(check: CheckName, field: string): string {
  const words = steps
    .filter((step) => step.check === check)
    .flatMap(({ fields, operation }) =>
      Object.entries(fields).flatMap(([name, from]) => (from === field ? [mediaWords(operation, name)] : [])),
    );
  return [...new Set(words)].join('; also ');
}

/** Profiles on which no plan may have a field of a check. */
export const absentFrom = (check: CheckName, field: string) =>
  profileNames.filter((profile) => absentFields(check, profile).includes(field));

/** What a check needs to know of the subject, in words; empty when nothing. */
export function subjectWords({ subject }: Check): string {
  if (!subject) return '';
  const sets = subject.oneOf.map((set) => set.map((name) => `\`${name}\``).join(' and '));
  return [...sets, ...(subject.fromCard ? ['the portrait side of an ID card'] : [])].join(', or ');
}

function fieldSchema(check: CheckName, name: string, field: RequestField): Schema {
  const absent = absentFrom(check, name);
  const description = [
    field.meaning,
    field.kind === 'media' ? fileWords(check, name) : '',
    absent.length > 0 ? `not accepted on ${absent.join(' and ')}` : '',
  ];
  const shape = field.kind === 'media' ? ref('StagedMedia') : valueSchema(field);
  return { ...shape, description: `${description.filter(Boolean).join('. ')}.` };
}

function checkSchema(check: CheckName): Schema {
  const { fields, needs, meaning } = checks[check];
  const properties: Properties = Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, fieldSchema(check, name, field)]),
  );
  const subject = subjectWords(checks[check]);
  return {
    ...closedObject(properties, requiredFields({ request: fields })),
    ...needsSchema(needs),
    description: `${meaning}.${subject ? ` Needs of the subject: ${subject}.` : ''}`,
  };
}

/** A plan. */
export const planSchema: Schema = closedObject(
  {
    verificationId: {
      ...orderNoSchema,
      description: 'Number of the verification, the idempotency key of the call. Left out: Signet makes one.',
    },
    continues: {
      ...orderNoSchema,
      description:
        'An earlier verification of the same caller, decided and at most a day old: its subject and finished checks are taken over, and the decision is about all of them. Checks given here take the place of those.',
    },
    subject: {
      ...closedObject(
        Object.fromEntries(
          Object.entries(subjectFields).map(([name, field]) => [
            name,
            { ...valueSchema(field), description: `${field.meaning}.` },
          ]),
        ),
        [],
      ),
      ...needsSchema(subjectNeeds),
      description:
        'The person. May be left out where the portrait side of an ID card, or the verification that is continued, says who it is, and where no check needs to know.',
    },
    checks: {
      ...closedObject(Object.fromEntries(checkNames.map((name) => [name, checkSchema(name)])), []),
      minProperties: 1,
      description: 'What to check. Any of these, in one plan or in several that continue each other.',
    },
  },
  ['checks'],
);
