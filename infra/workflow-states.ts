/** The states of a verification, made from its steps. No personal data is in any of them. */
import { stateName, steps } from '../lib/verifications/checks.ts';
import type { Phase, Step } from '../lib/verifications/step.ts';
import { type AslDefinition, type AslState, caught, holds, type States, spread, stepRetries, whether } from './asl.ts';

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
/** Until then a decision that cannot be written, or told, is tried again; all else ends within a quarter of an hour. */
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
    Retry: stepRetries,
    ...rest,
  };
}

/**
 * The states of one step: run if it is planned, and if the step before it came to the right outcome; then `next`, come
 * what may. One whose order can be asked about is asked again once a minute while that has no outcome, and so it is,
 * once, after an error: the function asks its record, and buys nothing twice. It says `again` for six minutes at most.
 */
function statesOf(step: Step, next: string, names: Names): States {
  const name = stateName(step.name);
  const { after } = step;
  const tests = [
    ...holds(`$.run.${name}`, { BooleanEquals: true }),
    ...(after ? holds(`$.${stateName(after.step)}.outcome`, { StringEquals: after.outcome }) : []),
  ];
  const first = { [`Whether${name}`]: whether(name, tests, next) };
  if (!isAsked(step)) {
    const decides = steps.some((other) => other.after?.step === step.name);
    const kept = { ResultSelector: { 'outcome.$': '$.Payload.outcome' }, ResultPath: `$.${name}` };
    const rest = { ...(decides ? kept : { ResultPath: null }), Catch: caught(next), Next: next };
    return { ...first, [name]: task(step, names, rest) };
  }
  const [open, pause, again] = [`${name}Open`, `${name}Pause`, `${name}Again`];
  const answer = { ResultSelector: { 'again.$': '$.Payload.again' }, ResultPath: '$.answer', Next: open };
  return {
    ...first,
    [name]: task(step, names, { ...answer, Catch: caught(pause) }),
    [open]: whether(pause, holds('$.answer.again', { BooleanEquals: true }), next),
    [pause]: { Type: 'Wait', Seconds: pauseSeconds, Next: again },
    [again]: task(step, names, { ...answer, Catch: caught(next) }),
  };
}

/** Whether an order of the step that has no outcome may still get one. */
const isAsked = ({ operation: { order } }: Step): boolean => order.kind === 'creates' && order.query !== undefined;

/** One of the steps that run at once. */
function branch(step: Step, names: Names): Pick<AslDefinition, 'StartAt' | 'States'> {
  const name = stateName(step.name);
  const done = `${name}Done`;
  return {
    StartAt: `Whether${name}`,
    States: { ...statesOf(step, done, names), [done]: { Type: 'Pass', Result: {}, End: true } },
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
      // The steps are paid for, so it is waited out.
      Catch: caught('DecidePause'),
      End: true,
    },
    DecidePause: { Type: 'Wait', Seconds: pauseSeconds, Next: 'Decide' },
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
    if (step.phase !== parallel) return statesOf(step, next, names);
    const Branches = together.map((each) => branch(each, names));
    return { Documents: { Type: 'Parallel', Branches, ResultPath: null, Catch: caught(next), Next: next } };
  });
  return {
    StartAt: entry(line[0]),
    States: Object.assign({}, ...states, decision(names)),
    TimeoutSeconds: wholeSeconds,
  };
}
