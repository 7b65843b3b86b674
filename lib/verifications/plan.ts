/** Plans as callers send them: closed, complete, and possible. */
import { idNo, name, optional, orderNo, userId } from '../fields/request.ts';
import type { ProfileName } from '../operation.ts';
import { checkShape, type MediaReference, safeKey, type Violation } from '../request/validate.ts';
import { checks } from './checks.ts';
import { absentFields } from './planned.ts';
import type { Subject } from './policy.ts';
import type { PlanChecks, PlanValue } from './sealed.ts';
import type { CheckName, SubjectField } from './step.ts';

/** A plan whose form is right. */
export interface Plan {
  readonly verificationId?: string;
  readonly continues?: string;
  readonly subject: Subject | null;
  readonly checks: PlanChecks;
}

const id = { ...orderNo, meaning: 'Number of the verification' };
/** The fields of a subject. */
export const subjectFields = { name: optional(name), idNo: optional(idNo), userId: optional(userId) };
/** The rules between them. */
export const subjectNeeds = { oneOf: [['name'], ['userId']], with: { name: 'idNo', idNo: 'name' } };

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const below = (pointer: string, errors: readonly Violation[]): Violation[] =>
  errors.map((error) => ({ ...error, pointer: pointer + error.pointer }));

/** One check: media is staged, since a plan is sealed and its steps run later. */
function readCheck(check: CheckName, input: unknown, profile: ProfileName) {
  const { fields, needs } = checks[check];
  const { errors, values, inline } = checkShape(fields, needs, input, absentFields(check, profile));
  const unstaged = Object.keys(inline).map((field) => ({ pointer: `/${field}/base64`, rule: 'not-staged' }));
  return { errors: below(`/checks/${check}`, [...errors, ...unstaged]), values: values as Record<string, PlanValue> };
}

/** Reads a plan. Errors name what is wrong by JSON pointer. */
export function readPlan(input: unknown, profile: ProfileName): Plan | readonly Violation[] {
  if (!isObject(input)) return [{ pointer: '', rule: 'type' }];
  const { checks: given, subject, ...ids } = input;
  const named = checkShape({ verificationId: optional(id), continues: optional(id) }, undefined, ids);
  const errors: Violation[] = [...named.errors];
  let person: Subject | null = null;
  if (subject !== undefined) {
    const read = checkShape(subjectFields, subjectNeeds, subject);
    errors.push(...below('/subject', read.errors));
    person = read.values as Subject;
  }
  const planned: Partial<Record<CheckName, Record<string, PlanValue>>> = {};
  if (!isObject(given)) errors.push({ pointer: '/checks', rule: given === undefined ? 'required' : 'type' });
  else {
    if (Object.keys(given).length === 0) errors.push({ pointer: '/checks', rule: 'empty' });
    for (const [check, value] of Object.entries(given)) {
      if (!Object.hasOwn(checks, check)) {
        errors.push({ pointer: `/checks/${safeKey(check)}`, rule: 'unknown' });
        continue;
      }
      const read = readCheck(check as CheckName, value, profile);
      errors.push(...read.errors);
      planned[check as CheckName] = read.values;
    }
  }
  if (errors.length > 0) return errors;
  return { ...(named.values as Pick<Plan, 'verificationId' | 'continues'>), subject: person, checks: planned };
}

/**
 * The checks of a plan for which nobody is known to be checked.
 *
 * @param subject the person as far as the plan, or what it continues, says
 * @param card whether there is a portrait side that says who it is
 */
export function lacksSubject(plan: PlanChecks, subject: Subject | null, card: boolean): readonly Violation[] {
  const known = (field: SubjectField): boolean => subject?.[field] !== undefined;
  const lacking = (Object.keys(plan) as CheckName[]).some((check) => {
    const need = checks[check].subject;
    return need !== undefined && !(need.fromCard && card) && !need.oneOf.some((set) => set.every(known));
  });
  return lacking ? [{ pointer: '/subject', rule: 'required' }] : [];
}

/** Whether a value of a plan names a staged file. */
export const isStaged = (value: PlanValue): value is MediaReference => typeof value === 'object';
