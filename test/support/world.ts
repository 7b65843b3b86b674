import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DynamoDBClient,
  type ObjectStore,
  type Ticket,
  ticketReader,
  type UpstreamClient,
  UpstreamFailure,
  type UpstreamRequest,
} from '#signing';
import { startDynamo } from '../../infra/local/dynamodb.ts';
import type { Context } from '../../lib/flow/context.ts';
import { mediaHandler, operationHandler, orderHandler } from '../../lib/http/handler.ts';
import { createLog } from '../../lib/log.ts';
import { mediaRecords } from '../../lib/media/records.ts';
import type { Operation, ProfileName } from '../../lib/operation.ts';
import { operations } from '../../lib/operations/index.ts';
import { createLedger } from '../../lib/orders/ledger.ts';
import { profiles } from '../../lib/profiles.ts';
import { createSimulator, type Simulator } from '../../lib/simulator/simulator.ts';
import { ticketCalls } from '../../lib/tickets/calls.ts';
import { refresh } from '../../lib/tickets/refresh.ts';
import type { RefreshParts } from '../../lib/tickets/run.ts';
import { secretStore } from '../../lib/tickets/secrets.ts';
import { ticketStore } from '../../lib/tickets/store.ts';
import { showVerificationHandler, startVerificationHandler } from '../../lib/verifications/handlers.ts';
import { verificationRecords } from '../../lib/verifications/records.ts';
import { allBytesOf } from './body.ts';
import { memoryObjects } from './objects.ts';
import { ordersTable } from './orders-table.ts';
import { memorySecrets } from './secrets.ts';

/** Synthetic people; the second half are the simulator's (docs/simulator.md). */
export const person = { name: '样本甲', idNo: '990101199001010019' };

const file = (name: string) => readFileSync(join('test/samples', name)).toString('base64');
/** Synthetic media by the field that carries it. */
export const media: Readonly<Record<string, { base64: string }>> = {
  photo: { base64: file('face.jpg') },
  sourcePhoto: { base64: file('face-source.png') },
  video: { base64: file('digits-video.mp4') },
  agreement: { base64: file('agreement.pdf') },
};

/** A photo that tells the simulator what to answer. */
export const marked = (text: string, field = 'photo'): { base64: string } => ({
  base64: Buffer.concat([
    Buffer.from(media[field]!.base64, 'base64'),
    Buffer.from(`signet-simulator:${text}`),
  ]).toString('base64'),
});

/** A valid request of an operation, made from its fields' samples and synthetic media. */
export function sampleInput(operation: Operation, overrides: Record<string, unknown> = {}): Record<string, unknown> {
  const fields = Object.entries(operation.request).filter(
    ([name, field]) => name !== 'orderNo' && (!('optional' in field) || name === 'idNo' || name === 'name'),
  );
  const values = fields.map(([name, field]) => [name, field.kind === 'media' ? media[name] : field.sample]);
  return { ...Object.fromEntries(values), ...overrides };
}

/** What a call came back with. */
export interface Seen {
  readonly status: number;
  readonly headers: Record<string, string>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
}

/** An upstream client that asks a simulator in this process; `before` may replace an answer or fail. */
function inProcess(
  simulator: Simulator,
  sent: UpstreamRequest[],
  world: { before?: (request: UpstreamRequest) => void },
): UpstreamClient {
  return {
    async send(request) {
      sent.push(request);
      world.before?.(request);
      const body = await allBytesOf(request.body);
      const headers: Record<string, string> = request.body ? { 'content-type': 'application/json' } : {};
      const reply = await simulator.handle({ method: request.method, url: request.path, headers, body });
      if (!('fault' in reply)) return { status: reply.status, body: Buffer.from(reply.body) };
      throw reply.fault === 'silence'
        ? new UpstreamFailure('timeout', 'DEADLINE')
        : new UpstreamFailure('broken', 'ECONNRESET');
    },
    close: async () => {},
  };
}

/** How a gateway in this process differs from the plain one. */
export interface WorldOptions {
  readonly profile?: ProfileName;
  readonly policy?: Partial<Context['policy']>;
  /** Another upstream than the simulator in this process, at another URL; it knows the world's app id and secret. */
  readonly upstream?: UpstreamClient;
  readonly upstreamUrl?: string;
  /** Another database than the embedded one: for tests of many orders or many minutes. */
  readonly database?: DynamoDBClient;
  /** Another bucket than one in memory. */
  readonly objects?: ObjectStore;
}

/** What the upstream of every world knows. */
export const account = { appId: 'TIDATEST', secret: 'synthetic-app-secret' };

async function embedded(path: string) {
  const { endpoint, stop } = await startDynamo({ path, region: 'us-east-1', tables: [ordersTable] });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return { client: new DynamoDBClient({ endpoint, region: 'us-east-1', credentials }), stop };
}

/** A gateway in this process: real handlers and ledger on the embedded DynamoDB, simulator, virtual clock. */
export async function createWorld(options: WorldOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'signet-world-'));
  const table = ordersTable.name;
  const dynamo = options.database ? undefined : await embedded(join(folder, 'dynamodb.db'));
  const client = options.database ?? dynamo!.client;
  const profile = profiles[options.profile ?? 'tencentcloud'];
  const { appId, secret: appSecret } = account;
  const world: { clock: number; before?: (request: UpstreamRequest) => void } = {
    clock: Date.parse('2026-01-05T02:00:00Z'),
  };
  const now = () => world.clock;
  const sent: UpstreamRequest[] = [];
  const lines: string[] = [];
  const log = createLog((line) => lines.push(line), now);
  const simulator = createSimulator({ profile: profile.name, operations, appId, secret: appSecret, now });
  const { upstream = inProcess(simulator, sent, world), upstreamUrl } = options;

  const executions = new Map<string, object>();
  const events: { readonly detailType: string; readonly detail: object }[] = [];
  const bucket = memoryObjects();
  const secrets = memorySecrets(now, ['app-secret', 'access-token', 'sign-ticket']);
  secrets.write('app-secret', appSecret);
  const sleep = async (milliseconds: number) => {
    world.clock += milliseconds;
  };
  const item = ticketStore(client, table, appId, now);
  const refreshParts: RefreshParts = {
    appId,
    calls: ticketCalls(upstream, profile, appId, upstreamUrl),
    appSecret: secretStore(secrets.client, 'app-secret'),
    accessToken: secretStore(secrets.client, 'access-token'),
    signTicket: secretStore(secrets.client, 'sign-ticket'),
    item,
    now,
    sleep,
    random: () => 0.5,
    newId: randomUUID,
    log,
  };
  const context: Context = {
    stage: 'test',
    profile,
    appId,
    policy: {
      similarity: { match: 70, approve: 80 },
      challengeMaxAge: 300,
      isolateCallers: true,
      externalOrders: 'deny',
      ...options.policy,
    },
    ledger: createLedger(client, table, now),
    tickets: ticketReader(
      async () => secrets.current('sign-ticket'),
      now,
      () => 0.5,
    ),
    reportTicket: (generation) => item.report(generation),
    verifications: verificationRecords(client, table),
    executions: { start: async (name, input) => void executions.set(name, input) },
    events: { send: async (detailType, detail) => void events.push({ detailType, detail }) },
    staging: { records: mediaRecords(client, table, now), objects: options.objects ?? bucket },
    fingerprintKey: async () => 'synthetic-fingerprint-key',
    upstream,
    upstreamUrl,
    now,
    sleep,
    random: () => 0.5,
    newId: randomUUID,
    log,
  };
  await refresh(refreshParts);

  const named = (name: string) => operations.find((operation) => operation.name === name)!;
  async function invoke(name: string, event: object, remaining = 28_000): Promise<Seen> {
    const operation = named(name);
    const query = 'query' in operation.order ? named(operation.order.query!) : undefined;
    const handler = operationHandler(operation, query, () => context);
    return http(await handler(event as never, lambdaContext(remaining)));
  }

  return Object.assign(world, {
    context,
    simulator,
    sent,
    lines,
    client,
    table,
    refresh: () => refresh(refreshParts),
    ticket: () => JSON.parse(secrets.current('sign-ticket') ?? 'null') as Ticket | null,
    dropTicket: () => secrets.empty('sign-ticket'),
    /** Calls of operations that reached the upstream, without tickets and tokens. */
    calls: () => sent.filter(({ path }) => !path.startsWith('/api/oauth2/')),
    post: (name: string, body: unknown, caller = 'alice', remaining?: number) =>
      invoke(name, postEvent(body, caller), remaining),
    get: (name: string, orderNo: string, query: Record<string, string> | null = null, caller = 'alice') =>
      invoke(name, getEvent(orderNo, query, caller)),
    order: async (orderNo: string, caller = 'alice') =>
      http(await orderHandler(() => context)(getEvent(orderNo, null, caller) as never, lambdaContext(28_000))),
    direct: (name: string, event: object, remaining?: number) => {
      const operation = named(name);
      const handler = operationHandler(operation, undefined, () => context);
      return handler(event as never, lambdaContext(remaining ?? 28_000));
    },
    /** Asks for a grant to upload. */
    grant: async (body: unknown, caller = 'alice') =>
      http(await mediaHandler(operations, () => context)(postEvent(body, caller) as never, lambdaContext(28_000))),
    /** Stages a file in the bucket in memory. */
    async stage(bytes: Buffer, contentType = 'image/jpeg', caller = 'alice'): Promise<{ mediaId: string }> {
      const { body } = await this.grant({ contentType, size: bytes.length }, caller);
      bucket.objects.set(`uploads/${body.mediaId}`, bytes);
      return { mediaId: body.mediaId };
    },
    /** Starts a verification; `changed` are surroundings that are not the world's own. */
    start: async (plan: unknown, caller = 'alice', changed: Partial<Context> = {}) => {
      const handler = startVerificationHandler(() => ({ ...context, ...changed }));
      return http(await handler(postEvent(plan, caller) as never, lambdaContext(28_000)));
    },
    /** Shows a verification. */
    verification: async (verificationId: string, query: Record<string, string> | null = null, caller = 'alice') => {
      const handler = showVerificationHandler(() => context);
      const event = { ...getEvent('', query, caller), pathParameters: { verificationId } };
      return http(await handler(event as never, lambdaContext(28_000)));
    },
    /** Inputs of the executions that were started, by name. */
    executions,
    /** Events that were sent. */
    events,
    /** The bucket in memory. */
    bucket: bucket.objects,
    async stop() {
      dynamo?.client.destroy();
      await dynamo?.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  });
}

/** A gateway as `createWorld` makes it. */
export type World = Awaited<ReturnType<typeof createWorld>>;

const http = (reply: unknown): Seen => {
  const { statusCode, headers, body } = reply as { statusCode: number; headers: Record<string, string>; body: string };
  return { status: statusCode, headers, body: JSON.parse(body) };
};

const lambdaContext = (remaining: number) =>
  ({ awsRequestId: 'test-request', getRemainingTimeInMillis: () => remaining }) as never;

const requestContext = (caller: string) => ({
  requestId: 'test-request',
  identity: { userArn: `arn:aws:sts::000000000000:assumed-role/${caller}/session-1` },
});

/** A REST API event of a POST with a JSON body. */
export const postEvent = (body: unknown, caller: string) => ({
  httpMethod: 'POST',
  headers: { 'Content-Type': 'application/json' },
  requestContext: requestContext(caller),
  pathParameters: null,
  queryStringParameters: null,
  isBase64Encoded: false,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

const getEvent = (orderNo: string, query: Record<string, string> | null, caller: string) => ({
  httpMethod: 'GET',
  headers: {},
  requestContext: requestContext(caller),
  pathParameters: { orderNo },
  queryStringParameters: query,
  isBase64Encoded: false,
  body: null,
});
