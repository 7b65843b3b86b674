/** Which steps a plan asks for, and which constants they send. */
import type { ProfileName } from '../operation.ts';
import { type CheckName, isAbsent, type Step, steps } from './checks.ts';

const has = (fields: object | undefined, name: string): boolean => fields !== undefined && Object.hasOwn(fields, name);

/** The steps that a plan asks for, in the order of execution, given the fields of each of its checks. */
export const plannedSteps = (plan: Readonly<Partial<Record<CheckName, object>>>): readonly Step[] =>
  steps.filter(({ check, plannedBy }) => {
    if (!has(plan, check)) return false;
    return 'given' in plannedBy ? has(plan[check], plannedBy.given) : !has(plan[check], plannedBy.missing);
  });

/** The constants that a step sends on a profile. */
export const constantsOn = (step: Step, profile: ProfileName): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(step.constants ?? {}).filter(([field]) => !isAbsent(step, field, profile)));
