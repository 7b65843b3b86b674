/** Which steps a plan asks for, which of them are called for, and what a profile lets them send. */
import type { ProfileName } from '../operation.ts';
import { type CheckName, type Step, type StepName, stepNamed, steps } from './checks.ts';

const has = (fields: object | undefined, name: string): boolean => fields !== undefined && Object.hasOwn(fields, name);

/** The steps that a plan asks for, in the order of execution, given the fields of each of its checks. */
export const plannedSteps = (plan: Readonly<Partial<Record<CheckName, object>>>): readonly Step[] =>
  steps.filter(({ check, plannedBy }) => {
    if (!has(plan, check)) return false;
    return 'given' in plannedBy ? has(plan[check], plannedBy.given) : !has(plan[check], plannedBy.missing);
  });

/** Whether a planned step is to run: it stands in for nothing, or for one that has ended in the outcome that calls for it. */
export function isCalledFor(
  step: StepName,
  ended: readonly { readonly step: StepName; readonly outcome: string | null }[],
): boolean {
  const after = stepNamed(step)?.after;
  return !after || ended.some((other) => other.step === after.step && other.outcome === after.outcome);
}

/** Whether a profile lacks a field of a step's request. */
const isAbsent = ({ operation }: Step, field: string, profile: ProfileName): boolean =>
  operation.wire.absent?.[profile]?.includes(field) === true;

/** The constants that a step sends on a profile. */
export const constantsOn = (step: Step, profile: ProfileName): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(step.constants ?? {}).filter(([field]) => !isAbsent(step, field, profile)));

/** The fields of a check that no plan may have on a profile, because the step that they plan could not say what it sends. */
export const absentFields = (check: CheckName, profile: ProfileName): readonly string[] =>
  steps
    .filter((step) => step.check === check)
    .filter((step) =>
      Object.keys(step.constants ?? {}).some(
        (field) => isAbsent(step, field, profile) && !step.assumed?.includes(field),
      ),
    )
    .flatMap(({ plannedBy }) => ('given' in plannedBy ? [plannedBy.given] : []));
