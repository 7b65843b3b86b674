import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import { startDynamo } from './dynamodb.ts';
import { startEvents } from './events.ts';
import { startGateway } from './gateway.ts';
import type { InvokeResult } from './instance.ts';
import type { Json } from './intrinsics.ts';
import { createLambda } from './lambda.ts';
import { startS3 } from './s3/s3.ts';
import { createSandbox, type SandboxMode } from './sandbox.ts';
import { startSchedules } from './schedule.ts';
import { startSecretsManager } from './secrets-manager.ts';
import { createStateMachines } from './state-machines/state-machines.ts';
import { startStepFunctions } from './state-machines/step-functions.ts';
import { type ExecutionView, viewOf } from './state-machines/view.ts';
import { readTemplate } from './template.ts';

/** What a stage is started with. */
export interface StageOptions {
  /** Folder of the cloud assembly that `cdk synth` wrote. */
  assembly: string;
  /** Folder that keeps orders and secrets between runs, or one that is already open; `stop` releases it either way. */
  data: string | DataFolder;
  /** Port of the HTTP API; 0 for any free one. */
  port: number;
  /** Values of CloudFormation parameters. */
  parameters?: Record<string, string>;
  /** What an operator would write into secrets, by secret name; put if it differs from what is there. */
  secrets?: Record<string, string>;
  /** Whether the output of functions also goes to `log`. */
  verbose?: boolean;
  /** How functions see their files; found out if not given. */
  sandbox?: SandboxMode;
  /** Takes one line of what happens. */
  log?: (line: string) => void;
  /** How long state machines wait, in seconds, where they say to wait so many: for tests. */
  waits?: (seconds: number) => number;
  /** Epoch milliseconds. */
  now?: () => number;
}

/** A running stage. */
export interface Stage {
  url: string;
  sandbox: SandboxMode;
  /** File that takes the output of all functions. */
  logFile: string;
  tablesEndpoint: string;
  secretsEndpoint: string;
  stateMachinesEndpoint: string;
  eventsEndpoint: string;
  objectsEndpoint: string;
  /** What the endpoints and the SDK's clients are to be used with. */
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string };
  /** Deployed names by construct id, of functions; of tables and of buckets. */
  functions: Record<string, string>;
  tables: string[];
  buckets: string[];
  /** ARNs of the state machines by construct id. */
  stateMachines: Record<string, string>;
  /** Settles when the first run of every schedule has ended; names the functions that failed. */
  firstRuns: Promise<string[]>;
  invoke: (functionName: string, payload: unknown) => Promise<InvokeResult>;
  /** An execution by ARN or name; `undefined` if there is none. */
  execution: (id: string) => ExecutionView | undefined;
  /** The latest events that have been put, oldest first. */
  events: () => Json[];
  /** Stops everything it has started and waits for it. May be called again. */
  stop: () => Promise<void>;
}

/** Invocations that run when the stage stops may take so much longer, in milliseconds. */
const grace = 2_000;

/**
 * Runs a synthesised stack on this machine: functions, HTTP API, tables, secrets, state machines and schedules. Rejects, with nothing
 * left behind, if the folder is in use, the port is taken, or the template holds what the local stage cannot run.
 */
export async function startStage(options: StageOptions): Promise<Stage> {
  const { log = () => {}, now = Date.now } = options;
  const folder = typeof options.data === 'string' ? openDataFolder(options.data) : options.data;
  // Undone in reverse order.
  const undo: (() => unknown)[] = [() => folder.release()];
  const stop = once(async () => {
    for (const step of undo.toReversed()) {
      try {
        await step();
      } catch (error) {
        log(`stop: ${(error as Error).message}`);
      }
    }
  });
  try {
    const model = readTemplate(options.assembly, options.parameters);
    const { account, region } = model;
    const key = randomBytes(8).toString('hex').toUpperCase();
    const credentials = { accessKeyId: `ASIA${key}`, secretAccessKey: key, sessionToken: key };
    const logFile = folder.file('functions.log');
    const output = createWriteStream(logFile, { mode: 0o600 }).on('error', ({ message }) => log(`log: ${message}`));
    undo.push(() => new Promise((resolve) => output.end(resolve)));

    const dynamo = await startDynamo({ path: folder.file('dynamodb.db'), tables: model.tables, region });
    undo.push(dynamo.stop);
    const secretsManager = await startSecretsManager({
      path: folder.file('secrets.json'),
      secrets: model.secrets,
      values: options.secrets ?? {},
      accessKeyId: credentials.accessKeyId,
      now,
    });
    undo.push(secretsManager.stop);
    const s3 = await startS3({ folder: folder.file('s3'), buckets: model.buckets, credentials, region, now });
    undo.push(s3.stop);
    const events = await startEvents({
      path: folder.file('events.jsonl'),
      accessKeyId: credentials.accessKeyId,
      account,
      region,
      log,
      now,
    });
    undo.push(events.stop);
    const stateMachines = createStateMachines({
      path: folder.file('executions.json'),
      machines: model.stateMachines,
      functionArns: model.functions.map(({ arn }) => arn),
      invoke: (functionName, event, signal) => lambda.invoke(functionName, event, signal),
      putEvents: events.put,
      waits: options.waits,
      log,
      now,
    });
    const stepFunctions = await startStepFunctions({ machines: stateMachines, accessKeyId: credentials.accessKeyId });
    undo.push(stepFunctions.stop);
    const lambda = createLambda({
      functions: model.functions,
      region,
      sandbox: createSandbox(folder.file('sandbox'), options.sandbox),
      environment: {
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        AWS_SESSION_TOKEN: credentials.sessionToken,
        AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
        AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.endpoint,
        AWS_ENDPOINT_URL_S3: s3.endpoint,
        AWS_ENDPOINT_URL_SFN: stepFunctions.endpoint,
        AWS_ENDPOINT_URL_EVENTBRIDGE: events.endpoint,
      },
      log: (name, line) => {
        // A process that has been killed may leave a last line behind.
        if (output.writable) output.write(`${name} ${line}\n`);
        if (options.verbose) log(`${name} ${line}`);
      },
      now,
    });
    undo.push(() => Promise.all([stateMachines.stop(), lambda.stop(grace)]));
    if (!model.api) throw new Error('The template has no REST API.');
    const gateway = await startGateway({
      api: model.api,
      invoke: lambda.invoke,
      accountId: account,
      port: options.port,
      log,
      now,
    });
    // Together, so that callers still get the answers of what ends within the grace.
    undo.push(() => Promise.all([gateway.stop(grace), stateMachines.stop(), lambda.stop(grace)]));
    const schedules = startSchedules({ schedules: model.schedules, invoke: lambda.invoke, account, region, log, now });
    undo.push(schedules.stop);
    return {
      url: gateway.url,
      sandbox: lambda.mode,
      logFile,
      tablesEndpoint: dynamo.endpoint,
      secretsEndpoint: secretsManager.endpoint,
      stateMachinesEndpoint: stepFunctions.endpoint,
      eventsEndpoint: events.endpoint,
      objectsEndpoint: s3.endpoint,
      region,
      credentials,
      functions: Object.fromEntries(model.functions.map(({ name, functionName }) => [name, functionName])),
      tables: model.tables.map(({ name }) => name),
      buckets: model.buckets.map(({ name }) => name),
      stateMachines: Object.fromEntries(model.stateMachines.map(({ name, arn }) => [name, arn])),
      firstRuns: schedules.firstRuns.then((runs) =>
        runs.filter(({ failed }) => failed).map(({ functionName }) => functionName),
      ),
      execution: (id) => viewOf(stateMachines, id),
      events: events.latest,
      invoke: (functionName, payload) => lambda.invoke(functionName, payload),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A function that does its work once, however often it is called, and lets every caller wait for it. */
function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}
