/** The gateway of a schedule: real handlers in processes of their own, on one table, one ticket and one upstream. */

import { ProvisionedThroughputExceededException, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import type { DynamoDBClient, SecretsManagerClient } from '#signing';
import { ticketReader } from '#signing';
import { createBreaker } from '../../lib/flow/breaker.ts';
import type { Context } from '../../lib/flow/context.ts';
import { operationHandler, orderHandler } from '../../lib/http/handler.ts';
import { createLog } from '../../lib/log.ts';
import { mediaRecords } from '../../lib/media/records.ts';
import type { Operation } from '../../lib/operation.ts';
import { operations } from '../../lib/operations/index.ts';
import { resolveHandler } from '../../lib/orders/handler.ts';
import { createLedger } from '../../lib/orders/ledger.ts';
import { profiles } from '../../lib/profiles.ts';
import { refresh } from '../../lib/tickets/refresh.ts';
import type { RefreshParts } from '../../lib/tickets/run.ts';
import { ticketStore } from '../../lib/tickets/store.ts';
import { verificationRecords } from '../../lib/verifications/records.ts';
import { nobodyElse } from '../support/nobody.ts';
import { memoryObjects } from '../support/objects.ts';
import type { Bucket } from './bucket.ts';
import type { Table } from './dynamo/table.ts';
import { getOf, lambdaOf, postOf, type Seen, seen } from './events.ts';
import { type Run, remainingOf, startRun } from './process.ts';
import { names, refresherOf, type Tickets } from './tickets.ts';
import { type UpstreamParts, upstreamOf } from './upstream.ts';

/** What every process shares. */
export interface Shared extends UpstreamParts {
  readonly table: Table;
  readonly tickets: Tickets;
  /** Absent where no files are staged: then it is no part of the schedule. */
  readonly bucket?: Bucket;
  /** A run has answered while calls of its were still open. */
  readonly pending: (run: Run) => void;
  /** What a planted bug does to the surroundings of a process. */
  readonly mutate: (context: Context, client: DynamoDBClient) => Context;
}

/** A process that runs one function, one call at a time. */
interface Process {
  run: Run;
  readonly context: Context;
}

/** The DynamoDB client of a process. */
export function databaseOf(running: () => Run, shared: Shared): DynamoDBClient {
  const { calls, weather, since, table, dice } = shared;
  const broken = (): Error =>
    dice.chance(0.5)
      ? new ProvisionedThroughputExceededException({ message: 'throttled', $metadata: {} })
      : Object.assign(new Error('socket hang up'), { name: 'TimeoutError' });
  const send = (command: { constructor: { name: string }; input: QueryCommandInput }) => {
    const run = running();
    const what = command.constructor.name.replace('Command', '');
    // Who looks for files to delete where there are none must not take the dice of others.
    const ofFiles = command.input.ExpressionAttributeValues?.[':kind']?.S === 'media';
    if (ofFiles && !shared.bucket) return Promise.resolve(table.execute(command, run.name));
    const stale = weather.stale(since());
    const act = () => table.execute(command, run.name, stale);
    return calls.store(run, what, weather.database(since()), act, broken);
  };
  return { send } as unknown as DynamoDBClient;
}

const unavailable = () => Object.assign(new Error('unavailable'), { name: 'InternalServiceError' });

const sleepOf =
  (running: () => Run, { calls }: Shared) =>
  (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      const run = running();
      const call = calls.begin(run);
      if (call !== null) calls.settle(run, call, 'wakes up', milliseconds, resolve);
    });

/** The parts of the refresher in a process. */
function refresherIn(running: () => Run, shared: Shared): RefreshParts {
  const { calls, weather, since, timeline, dice, tickets } = shared;
  const { now } = timeline;
  const send = (command: { constructor: { name: string }; input: object }) => {
    const what = command.constructor.name.replace('Command', '');
    const act = () => tickets.secrets.execute(command);
    return calls.store(running(), what, weather.secrets(since()), act, unavailable);
  };
  const clients = {
    secrets: { send } as unknown as SecretsManagerClient,
    upstream: upstreamOf(running, shared),
    item: ticketStore(databaseOf(running, shared), names.table, names.appId, now),
    sleep: sleepOf(running, shared),
    newId: () => `${running().name}@${now()}`,
  };
  return refresherOf(clients, now, () => {}, dice.fraction);
}

/** The surroundings of a process. */
export function contextOf(running: () => Run, shared: Shared): Context {
  const { calls, weather, since, timeline, dice, tickets } = shared;
  const client = databaseOf(running, shared);
  const { now } = timeline;
  const secret = <T>(name: string, value: () => T) =>
    calls.store(running(), name, weather.secrets(since()), value, unavailable);
  let key: Promise<string> | undefined;
  const context: Context = {
    stage: 'test',
    profile: profiles.tencentcloud,
    appId: names.appId,
    policy: {
      similarity: { match: 70, approve: 80 },
      challengeMaxAge: 300,
      isolateCallers: true,
      externalOrders: 'deny',
    },
    ledger: createLedger(client, names.table, now),
    tickets: ticketReader(() => secret('ticket', () => tickets.secrets.current('sign-ticket')), now, dice.fraction),
    reportTicket: (generation) => ticketStore(client, names.table, names.appId, now).report(generation),
    fingerprintKey: () => {
      key ??= secret('key', () => 'synthetic-fingerprint-key');
      key.catch(() => {
        key = undefined;
      });
      return key;
    },
    upstream: upstreamOf(running, shared),
    now,
    sleep: sleepOf(running, shared),
    random: dice.fraction,
    newId: () => {
      const run = running();
      const id = `${run.name}.${run.attempts.size + 1}`;
      run.attempts.add(id);
      return id;
    },
    log: createLog(() => {}, now),
    breaker: createBreaker(now),
    verifications: verificationRecords(client, names.table),
    ...nobodyElse,
    staging: {
      records: mediaRecords(client, names.table, now),
      objects: shared.bucket?.storeOf(running) ?? memoryObjects(),
    },
  };
  return shared.mutate(context, client);
}

const named = new Map<string, Operation>(operations.map((operation) => [operation.name, operation]));

/** An operation by its name. */
export const operationOf = (name: string): Operation => named.get(name)!;

/** A call under way. `reply` never settles when its run is killed. */
export interface Posted {
  readonly run: Run;
  readonly reply: Promise<Seen>;
}

/** The functions of the gateway. */
export interface Gateway {
  readonly post: (name: string, operation: Operation, input: object, caller: string) => Posted;
  /** Reads the result of an order, or, without an operation, the order itself. */
  readonly get: (name: string, operation: Operation | undefined, orderNo: string, caller: string) => Posted;
  /** Leaves an idle process behind that has read the ticket. */
  readonly warm: (operation: Operation) => void;
  /** One run of the resolver. */
  readonly resolve: (name: string) => void;
  /** One run of the refresher. */
  readonly refresh: (name: string) => void;
}

/** The staged files that a request names. */
const filesIn = (input: object): string[] =>
  Object.values(input).flatMap((value) => (typeof value === 'object' && 'mediaId' in value ? [value.mediaId] : []));

/** Starts runs, in warm processes where there are idle ones. */
export function createGateway(shared: Shared): Gateway {
  const { timeline, calls, weather, since } = shared;
  const idle = new Map<string, Process[]>();

  function start(name: string, func: string): { run: Run; process: Process; done: () => void } {
    const run = startRun(name, timeline.now(), weather.mishap(since()));
    calls.limit(run);
    const warm = idle.get(func)?.pop();
    const made: { run: Run; context?: Context } = warm ?? { run };
    made.run = run;
    made.context ??= contextOf(() => made.run, shared);
    const process = made as Process;
    const done = () => {
      run.done = true;
      if (run.open > 0) shared.pending(run);
      // A frozen process is not there for the next call.
      if (run.frozenUntil === 0) idle.set(func, [...(idle.get(func) ?? []), process]);
    };
    return { run, process, done };
  }

  return {
    post(name, operation, input, caller) {
      const { run, process, done } = start(name, operation.name);
      run.files = filesIn(input);
      const query = 'query' in operation.order ? operationOf(operation.order.query!) : undefined;
      const handler = operationHandler(operation, query, () => process.context);
      const reply = handler(postOf(caller, input), lambdaOf(remainingOf(run, timeline))).then((raw) => {
        done();
        return seen(raw);
      });
      return { run, reply };
    },
    get(name, operation, orderNo, caller) {
      const { run, process, done } = start(name, operation?.name ?? 'get-order');
      const context = () => process.context;
      const handler = operation ? operationHandler(operation, undefined, context) : orderHandler(context);
      const reply = handler(getOf(caller, orderNo), lambdaOf(remainingOf(run, timeline))).then((raw) => {
        done();
        return seen(raw);
      });
      return { run, reply };
    },
    warm({ name: func }) {
      const { process, done } = start(`warm-${func}`, func);
      process.context.tickets.read().then(done, done);
    },
    resolve(name) {
      const { run, process, done } = start(name, 'resolve-orders');
      const handler = resolveHandler(operations, () => process.context);
      // It throws when the index cannot be read; the next minute comes.
      handler({}, lambdaOf(remainingOf(run, timeline))).then(done, done);
    },
    refresh(name) {
      const { run, done } = start(name, 'refresh-ticket');
      const left = remainingOf(run, timeline);
      refresh(
        refresherIn(() => run, shared),
        left(),
      ).then(done, done);
    },
  };
}
