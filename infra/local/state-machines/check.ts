import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import { isObject, type Json } from '../intrinsics.ts';
import type { StateMachineModel } from '../model.ts';
import { machinesIn, type StateOf, statesOf, taskKind } from './definition.ts';

/** Fields of every state, and of each type. What is not here, the interpreter ignores or does differently. */
const common = ['Type', 'Comment', 'Next', 'End', 'InputPath', 'OutputPath', 'QueryLanguage'];
const failing = ['ResultSelector', 'ResultPath', 'Retry', 'Catch'];
const fields: Record<string, string[]> = {
  Task: ['Resource', 'Parameters', 'TimeoutSeconds', ...failing],
  Parallel: ['Branches', 'Parameters', ...failing],
  Map: ['ItemProcessor', 'Iterator', 'ItemsPath', 'ItemSelector', 'Parameters', 'MaxConcurrency', ...failing],
  Pass: ['Result', 'ResultPath', 'Parameters'],
  Wait: ['Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'],
  Choice: ['Choices', 'Default'],
  Succeed: [],
  Fail: ['Error', 'ErrorPath', 'Cause', 'CausePath'],
};
const parameters = { invoke: ['FunctionName', 'FunctionName.$', 'Payload', 'Payload.$'], events: ['Entries'] };

/** What of the context object there is, and what of it each state may use. */
const context = /^\.(Execution\.(Id|Name|Input|StartTime)|StateMachine\.(Id|Name)|Map\.Item\.(Index|Value))\b/;

/** Definitions that the interpreter has found valid: it compiles the whole schema of the language each time it is asked. */
const valid = new Set<string>();

/** Where a result may be put: the paths that the interpreter writes as the states language says. */
const resultPath = /^\$(\.[A-Za-z_]\w*)*$/;

/**
 * Throws on what the local stage cannot run as Step Functions would, naming the state: JSONata, variables, task tokens,
 * other integrations than a function of the stage and `events:putEvents`, and where the interpreter deviates.
 */
export function checkStateMachine({ name: machine, definition }: StateMachineModel, functionArns: string[]): void {
  const refuse = (what: string, name?: string): never => {
    throw new Error(`The local stage cannot run ${what} (state machine ${machine}${name ? `, state ${name}` : ''}).`);
  };
  const checkLanguage = ({ QueryLanguage: language = 'JSONPath', ...rest }: Json, name?: string): void => {
    if (language !== 'JSONPath') refuse(String(language), name);
    if (isObject(rest.ProcessorConfig) && (rest.ProcessorConfig.Mode ?? 'INLINE') !== 'INLINE')
      refuse('a distributed map', name);
  };
  const checkState = ({ name, state }: StateOf): void => {
    checkLanguage(state, name);
    for (const inner of machinesIn(state)) checkLanguage(inner, name);
    const known = fields[String(state.Type)] ?? refuse(`the type ${String(state.Type)}`, name);
    for (const field of Object.keys(state)) {
      if (!common.includes(field) && !known.includes(field)) refuse(`the field ${field}`, name);
    }
    for (const holder of [state, ...list(state.Catch)]) {
      const { ResultPath: path } = holder;
      if (typeof path === 'string' && !resultPath.test(path)) refuse(`the ResultPath ${path}`, name);
    }
    for (const { ErrorEquals } of [...list(state.Retry), ...list(state.Catch)]) {
      if ((ErrorEquals as unknown[]).includes('States.DataLimitExceeded')) {
        refuse('a Retry or Catch of States.DataLimitExceeded', name);
      }
    }
    for (const { JitterStrategy: jitter = 'NONE' } of list(state.Retry)) {
      if (jitter !== 'NONE' && jitter !== 'FULL') refuse(`the JitterStrategy ${String(jitter)}`, name);
    }
    for (const text of texts(state)) {
      for (const [, rest = ''] of text.matchAll(/\$\$([^$]*)/g)) {
        if (!context.test(rest)) refuse(`the context $$${rest}`, name);
      }
      // The interpreter takes the backslashes out of what they answer.
      const [intrinsic] = /\bStates\.(JsonToString|Base64Decode)(?=\()/.exec(text) ?? [];
      if (intrinsic) refuse(`the function ${intrinsic}`, name);
    }
    if (keysOf(state.Choices).includes('StringMatches')) refuse('StringMatches', name);
    if (state.Type === 'Task') checkTask(state, name);
  };
  const checkTask = (state: Json, name: string): void => {
    const kind = taskKind(state.Resource) ?? refuse(`the resource ${String(state.Resource)}`, name);
    const given = isObject(state.Parameters) ? state.Parameters : {};
    const arn = kind === 'function' ? state.Resource : given.FunctionName;
    if (typeof arn === 'string' && !functionArns.includes(arn)) refuse(`the function ${arn}, which it lacks`, name);
    if (kind === 'function') return;
    for (const key of Object.keys(given)) {
      if (!parameters[kind].includes(key)) refuse(`the parameter ${key}`, name);
    }
    if (kind === 'invoke' && arn === undefined && given['FunctionName.$'] === undefined)
      refuse('no FunctionName', name);
  };

  checkLanguage(definition);
  statesOf(definition).forEach(checkState);
  const text = JSON.stringify(definition);
  if (valid.has(text)) return;
  try {
    // Its validator writes into what it is given.
    new StateMachine(JSON.parse(text) as StateMachineDefinition);
  } catch (error) {
    throw new Error(`The state machine ${machine} is not valid: ${(error as Error).message}`);
  }
  valid.add(text);
}

const list = (input: unknown): Json[] => (Array.isArray(input) ? input.filter(isObject) : []);

/** All texts in a state but comments and those of inner states. */
function texts(input: unknown): string[] {
  if (typeof input === 'string') return [input];
  if (Array.isArray(input)) return input.flatMap(texts);
  if (!isObject(input)) return [];
  const own = Object.entries(input).filter(([key]) => !['Comment', 'Branches', 'States', 'Result'].includes(key));
  return own.flatMap(([, value]) => texts(value));
}

function keysOf(input: unknown): string[] {
  if (Array.isArray(input)) return input.flatMap(keysOf);
  return isObject(input) ? [...Object.keys(input), ...Object.values(input).flatMap(keysOf)] : [];
}
