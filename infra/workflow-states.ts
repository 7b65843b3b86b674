/** The states of a verification, made from its steps. No personal data is in any of them. */
import { stateName, steps } from '../lib/verifications/checks.ts';
import type { Phase, Step } from '../lib/verifications/step.ts';
import { type AslDefinition, type AslState, caught, holds, type States, spread, triedAgain, whether } from './asl.ts';

/** What the states name. */
export interface Names {
  /** ARN of the service integration that invokes a function. */
  readonly invoke: string;
  /** ARN of the function with this name. */
  readonly arnOf: (name: string) => string;
}

/** The function that decides. */
export const decider = 'decide-verification';

/** Above the 28 s of the function, which says itself what is known of its order. */
const taskSeconds = 30;
/** Seconds until an order of unknown outcome is asked about again; the resolver runs once a minute. */
const pauseSeconds = 60;
/** A net only: the longest run is that of an order that stays open for six minutes. */
const wholeSeconds = 1800;

function task({ name, operation }: Step, { invoke, arnOf }: Names, rest: object): AslState {
  return {
    Type: 'Task',
    Resource: invoke,
    Parameters: {
      FunctionName: arnOf(operation.name),
      Payload: { 'verificationId.$': '$.verificationId', step: name },
    },
    TimeoutSeconds: taskSeconds,
    Retry: [{ ErrorEquals: triedAgain, ...spread }],
    ...rest,
  };
}

/** A step on its own: run if planned, and if the step before it came to the right outcome; then `next`, come what may. */
function single(step: Step, next: string, names: Names): States {
  const name = stateName(step.name);
  const { after } = step;
  const decides = steps.some((other) => other.after?.step === step.name);
  return {
    [`Whether${name}`]: whether(
      name,
      [
        ...holds(`$.run.${name}`, { BooleanEquals: true }),
        ...(after ? holds(`$.${stateName(after.step)}.outcome`, { StringEquals: after.outcome }) : []),
      ],
      next,
    ),
    [name]: task(step, names, {
      ...(decides
        ? { ResultSelector: { 'outcome.$': '$.Payload.outcome' }, ResultPath: `$.${name}` }
        : { ResultPath: null }),
      Catch: caught(next),
      Next: next,
    }),
  };
}

/**
 * One of the steps that run at once. While its order is open it is asked again once a minute, and so it is, once, after
 * an error: the function asks its record, and buys nothing twice. It says `again` for six minutes at most.
 */
function branch(step: Step, names: Names): Pick<AslDefinition, 'StartAt' | 'States'> {
  const name = stateName(step.name);
  const first = `Whether${name}`;
  const open = `${name}Open`;
  const pause = `${name}Pause`;
  const again = `${name}Again`;
  const done = `${name}Done`;
  const answer = { ResultSelector: { 'again.$': '$.Payload.again' }, ResultPath: '$.answer', Next: open };
  return {
    StartAt: first,
    States: {
      [first]: whether(name, holds(`$.run.${name}`, { BooleanEquals: true }), done),
      [name]: task(step, names, { ...answer, Catch: caught(pause) }),
      [open]: whether(pause, holds('$.answer.again', { BooleanEquals: true }), done),
      [pause]: { Type: 'Wait', Seconds: pauseSeconds, Next: again },
      [again]: task(step, names, { ...answer, Catch: caught(done) }),
      [done]: { Type: 'Pass', Result: {}, End: true },
    },
  };
}

function decision({ invoke, arnOf }: Names): States {
  return {
    Decide: {
      Type: 'Task',
      Resource: invoke,
      Parameters: { FunctionName: arnOf(decider), Payload: { 'verificationId.$': '$.verificationId' } },
      TimeoutSeconds: taskSeconds,
      ResultSelector: {
        'verificationId.$': '$.Payload.verificationId',
        'status.$': '$.Payload.status',
        'verdict.$': '$.Payload.verdict',
      },
      // It buys nothing, so whatever happened may be tried again.
      Retry: [{ ErrorEquals: ['States.TaskFailed', 'States.Timeout'], ...spread }],
      Catch: caught('Undecided'),
      End: true,
    },
    Undecided: {
      Type: 'Fail',
      Error: 'decision-failed',
      Cause: 'All steps have run, but the decision could not be written. The log of decide-verification says why.',
    },
  };
}

/** The whole machine: the steps in their order, those of the phase `documents` at once, then the decision. */
export function verificationDefinition(names: Names): AslDefinition {
  const parallel: Phase = 'documents';
  const together = steps.filter(({ phase }) => phase === parallel);
  const line = steps.filter((step) => step.phase !== parallel || step === together[0]);
  const entry = (step: Step | undefined): string => {
    if (!step) return 'Decide';
    return step.phase === parallel ? 'Documents' : `Whether${stateName(step.name)}`;
  };
  const states = line.map((step, index): States => {
    const next = entry(line[index + 1]);
    if (step.phase !== parallel) return single(step, next, names);
    const Branches = together.map((each) => branch(each, names));
    return { Documents: { Type: 'Parallel', Branches, ResultPath: null, Catch: caught(next), Next: next } };
  });
  return {
    StartAt: entry(line[0]),
    States: Object.assign({}, ...states, decision(names)),
    TimeoutSeconds: wholeSeconds,
  };
}
