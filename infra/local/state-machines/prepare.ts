import { isObject, type Json } from '../intrinsics.ts';

/** A definition as the interpreter needs it in order to run it as the states language says. */
export interface PreparedMachine {
  definition: Json;
  /** The branches of each Parallel state, which is a task for the interpreter. */
  branches: Map<string, Json[]>;
  /** The Task states as they were, by name. */
  tasks: Map<string, Json>;
}

/** The longest that a timer of Node.js takes, in seconds. Step Functions' own default is over three years. */
const longest = 2_147_483;

/**
 * Adapts a checked definition to aws-local-stepfunctions 3.0.0, which deviates from the states language in this:
 *
 * - A Pass ignores a `Result` of `false`, `0`, `""` and `null`.
 * - `ResultPath: "$"` makes a member called `$`.
 * - `IsPresent: false` and the other type tests with `false` never match.
 * - Tasks end after 60 seconds unless they say otherwise; longer timeouts than a timer's overflow to none at all.
 * - In branches, `$$.Execution.Input` is the input of the branch and `StartTime` its start; handed in as `$$.Given`.
 * - A Fail without `Error` and `Cause` makes up both.
 * - Where a branch fails, the retries of the others run on, all at once. So each Parallel becomes a task, and its
 *   branches are run by `runMachine`.
 *
 * `waits` says how long to wait where the definition says so many seconds, in Wait states and between retries.
 */
export function prepareMachine(definition: Json, waits: (seconds: number) => number): PreparedMachine {
  const branches = new Map<string, Json[]>();
  const tasks = new Map<string, Json>();
  const machine = (input: Json): Json => {
    const states = Object.entries(input.States as Record<string, Json>).map(([name, each]) => [
      name,
      state(name, each),
    ]);
    const timeout = input.TimeoutSeconds;
    return {
      ...input,
      ...(timeout === undefined ? {} : { TimeoutSeconds: Math.min(Number(timeout), longest) }),
      States: Object.fromEntries(states),
    };
  };
  const state = (name: string, original: Json): Json => {
    const { Branches, ...rest } = withoutRoot(original);
    const retries = (rest.Retry as Json[] | undefined)?.map((each) => retrier(each, waits));
    const own: Json = {
      ...rest,
      ...(retries ? { Retry: retries } : {}),
      ...(rest.Catch ? { Catch: (rest.Catch as Json[]).map(withoutRoot) } : {}),
    };
    const unlimited = { TimeoutSeconds: Math.min(Number(own.TimeoutSeconds ?? longest), longest) };
    switch (own.Type) {
      case 'Task':
        tasks.set(name, original);
        return { ...own, ...unlimited };
      case 'Parallel':
        branches.set(name, (Branches as Json[]).map(machine));
        return { ...own, ...unlimited, Type: 'Task', Resource: 'parallel' };
      case 'Map':
        return { ...own, ItemProcessor: machine((own.ItemProcessor ?? own.Iterator) as Json) };
      case 'Pass':
        // The interpreter takes parameters of any type for the result, unless there is a result.
        return 'Result' in own && !own.Result ? { ...own, Parameters: own.Result } : own;
      case 'Wait':
        return own.Seconds === undefined ? own : { ...own, Seconds: waits(Number(own.Seconds)) };
      case 'Choice':
        return { ...own, Choices: (own.Choices as Json[]).map(rule) };
      case 'Fail':
        return { Error: '', Cause: '', ...own };
      default:
        return own;
    }
  };
  const text = JSON.stringify(definition).replaceAll(/\$\$\.Execution\.(Input|StartTime)/g, '$$$$.Given.$1');
  return { definition: machine(JSON.parse(text) as Json), branches, tasks };
}

function withoutRoot({ ResultPath: path, ...rest }: Json): Json {
  return path === undefined || path === '$' ? rest : { ...rest, ResultPath: path };
}

function retrier(original: Json, waits: (seconds: number) => number): Json {
  const { IntervalSeconds: interval = 1, MaxDelaySeconds: maximum, ...rest } = original;
  return {
    ...rest,
    IntervalSeconds: waits(Number(interval)),
    ...(maximum === undefined ? {} : { MaxDelaySeconds: waits(Number(maximum)) }),
  };
}

/** A choice rule with every type test turned round that has `false`. */
function rule({ Next, ...test }: Json): Json {
  return { ...turned(test), ...(Next === undefined ? {} : { Next }) };
}

function turned(original: Json): Json {
  const inner = Object.entries(original).map(([key, value]) => {
    if (key === 'Not' && isObject(value)) return [key, turned(value)];
    return key === 'And' || key === 'Or' ? [key, (value as Json[]).map(turned)] : [key, value];
  });
  const all = Object.fromEntries(inner) as Json;
  const test = Object.keys(all).find((key) => /^Is[A-Z]/.test(key) && all[key] === false);
  return test === undefined ? all : { Not: { ...all, [test]: true } };
}
