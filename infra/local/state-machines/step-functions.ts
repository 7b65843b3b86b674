import type { Json } from '../intrinsics.ts';
import { type Action, AwsError, type Endpoint, startEndpoint } from '../json-endpoint.ts';
import { dataLimit } from './definition.ts';
import { wireEvent } from './history.ts';
import type { StateMachines } from './state-machines.ts';
import type { ExecutionRecord } from './store.ts';

/** What the local Step Functions is started with. */
export interface StepFunctionsOptions {
  machines: StateMachines;
  /** The one access key whose requests are served. */
  accessKeyId: string;
}

/** Starts Step Functions on a loopback port: AWS JSON 1.0, with the actions that Signet uses. */
export function startStepFunctions({ machines, accessKeyId }: StepFunctionsOptions): Promise<Endpoint> {
  const execution = (input: Json): ExecutionRecord => {
    const arn = arnOf(input.executionArn, 'execution');
    const found = machines.find(arn);
    if (found?.arn !== arn) throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
    return found;
  };
  const actions: Record<string, Action> = {
    StartExecution: (input) => {
      const machineArn = arnOf(input.stateMachineArn, 'stateMachine');
      const { arn, startedAt } = machines.start(machineArn, nameOf(input.name), inputOf(input.input));
      return { executionArn: arn, startDate: startedAt / 1000 };
    },
    DescribeExecution: (input) => describe(execution(input), input.includedData !== 'METADATA_ONLY'),
    GetExecutionHistory: (input) => {
      const withData = input.includeExecutionData !== false;
      const events = machines.history(execution(input).arn).map((event, index) => wireEvent(event, index, withData));
      return page(input.reverseOrder === true ? events.toReversed() : events, input);
    },
  };
  return startEndpoint({ service: 'AWSStepFunctions', version: '1.0', actions, accessKeyId });
}

function arnOf(input: unknown, kind: 'execution' | 'stateMachine'): string {
  const arn = typeof input === 'string' ? input : '';
  if (!new RegExp(`^arn:[a-z-]+:states:[^:]+:\\d{12}:${kind}:[^:]+`).test(arn)) {
    throw new AwsError('InvalidArn', `Invalid Arn: '${arn}'`);
  }
  return arn;
}

const forbidden = new Set('<>{}[]?*"#%\\^|~`$&,;:/');

/** The rules for names in the API reference of `StartExecution`. */
function nameOf(input: unknown): string | undefined {
  if (input === undefined || input === null) return undefined;
  if (typeof input !== 'string' || input.length < 1 || input.length > 80 || !input.split('').every(isAllowed)) {
    throw new AwsError('InvalidName', `Invalid Name: ${JSON.stringify(input)}`);
  }
  return input;
}

function isAllowed(character: string): boolean {
  const code = character.charCodeAt(0);
  const control = code < 0x20 || (code >= 0x7f && code < 0xa0) || code >= 0xfffe;
  const surrogate = code >= 0xd800 && code < 0xe000;
  return !control && !surrogate && !/\s/.test(character) && !forbidden.has(character);
}

/** The message does not repeat the input, which may hold anything. */
function inputOf(input: unknown = '{}'): string {
  const invalid = (): never => {
    throw new AwsError('InvalidExecutionInput', 'Invalid State Machine Execution Input: it is not JSON.');
  };
  if (typeof input !== 'string') return invalid();
  try {
    JSON.parse(input);
  } catch {
    return invalid();
  }
  if (Buffer.byteLength(input) <= dataLimit) return input;
  throw new AwsError(
    'ValidationException',
    `1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than or equal to ${dataLimit}`,
  );
}

function describe(execution: ExecutionRecord, withData: boolean): Json {
  const { arn, machineArn, name, status, startedAt, stoppedAt, input, output, error, cause } = execution;
  const included = { included: withData };
  return {
    executionArn: arn,
    stateMachineArn: machineArn,
    name,
    status,
    startDate: startedAt / 1000,
    stopDate: stoppedAt === undefined ? undefined : stoppedAt / 1000,
    ...(withData ? { input, output } : {}),
    inputDetails: included,
    outputDetails: output === undefined ? undefined : included,
    error,
    cause,
    redriveCount: 0,
  };
}

/** One page of events; a token is where the next one begins. */
function page(events: Json[], { maxResults, nextToken }: Json): Json {
  const start = Number(nextToken ?? 0);
  if (!Number.isInteger(start) || start < 0) throw new AwsError('InvalidToken', 'Invalid Token');
  const end = start + Math.min(Number(maxResults ?? 0) || 100, 1000);
  return { events: events.slice(start, end), ...(end < events.length ? { nextToken: String(end) } : {}) };
}
