import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answered, type Client, createClient, sample } from '../../infra/local/demo-client.ts';
import { scenarios } from '../../infra/local/demo-verifications.ts';
import { type Launched, launch } from '../../infra/local/launch.ts';
import { simulatorCredentials } from '../../infra/local/options.ts';
import { type Stage, startStage } from '../../infra/local/stage.ts';
import { assembledOnce } from '../support/assembled.ts';
import { keysOnDisk, personalValues, sevenChecks, stageSample, subject } from '../support/stage-client.ts';

const folder = mkdtempSync(join(tmpdir(), 'signet-verifications-'));
const data = join(folder, 'simulator-tencentcloud');
const { appId, appSecret } = simulatorCredentials;
let launched: Launched;
let stage: Stage;
let client: Client;
beforeAll(async () => {
  const options = { port: 0, data: folder, profile: 'tencentcloud', simulated: true, verbose: false } as const;
  launched = await launch({ ...options, appId, appSecret }, () => {}, undefined, assembledOnce);
  use(launched.stage);
});
afterAll(async () => {
  await stage?.stop();
  await launched?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function use(running: Stage): void {
  stage = running;
  client = createClient(stage.url, { 'x-signet-caller': 'alice' });
}

/** The stage alone ends and starts again; the upstream goes on. */
async function restart(): Promise<void> {
  await stage.stop();
  use(
    await startStage({
      assembly: await assembledOnce({ profile: 'tencentcloud', appId }, data, () => {}),
      data,
      port: 0,
      parameters: { UpstreamUrl: launched.simulatorUrl! },
      secrets: { [`signet/${appId}/app-secret`]: appSecret },
    }),
  );
}

type Step = Readonly<Record<'step' | 'orderNo' | 'status', string> & { outcome: string | null }>;
type Rule = Readonly<{ rule: string; step?: string; value: string | number | null; effect: string }>;
const stepsOf = ({ body }: Answered): Step[] => body.steps;
const outcomes = (answer: Answered) =>
  Object.fromEntries(stepsOf(answer).map(({ step, status, outcome }) => [step, outcome ?? status]));
const rules = ({ body }: Answered) =>
  (body.decision.rules as Rule[]).map(({ rule, step, value, effect }) =>
    [rule, step, value, effect].filter((part) => part !== undefined && part !== null).join(' '),
  );
const slugOf = ({ body }: Answered): string => body.type.slice('urn:signet:problem:'.length);

/** How often the upstream has worked on each order, by operation. */
type Books = Readonly<Record<string, Readonly<Record<string, { calls: number }>>>>;
async function books(): Promise<Books> {
  const response = await fetch(`${launched.simulatorUrl}/simulator/books`);
  return ((await response.json()) as { orders: Books }).orders;
}

/** Every verification that ended here. */
const ended: Answered[] = [];

describe('the verifications of the demo', () => {
  const read = { 'id-card-portrait': 'read', 'id-card-emblem': 'read' };
  const expected: Record<string, { outcomes: object; rules: string[] }> = {
    approved: {
      outcomes: { 'consent-record': 'recorded', ...read, liveness: 'match' },
      rules: [
        'recorded consent-record approve',
        'similarity liveness 90.27 approve',
        'liveness-score liveness 99 approve',
      ],
    },
    declined: {
      outcomes: { 'consent-record': 'recorded', ...read, face: 'no-match' },
      rules: ['recorded consent-record approve', 'no-match face not-same-person decline'],
    },
    review: {
      outcomes: { 'consent-check': 'authorized', ...read, face: 'match' },
      rules: [
        'authorized consent-check approve',
        'document-warning id-card-portrait photocopy review',
        'similarity face 90.27 approve',
      ],
    },
  };

  it.each(scenarios.map((scenario) => [scenario.verdict, scenario] as const))('%s', async (verdict, { run }) => {
    const answers = await run(client, () => {});
    ended.push(...answers);
    const last = answers.at(-1)!;
    expect(last.body).toMatchObject({ status: 'completed', decision: { verdict } });
    expect(outcomes(last)).toEqual(expected[verdict]!.outcomes);
    expect(rules(last)).toEqual(expected[verdict]!.rules);
  });

  it('the first part of the approved one waits for the rest', () => {
    expect(ended[0]!.body.decision.verdict).toBe('review');
    expect(rules(ended[0]!)).toEqual(['recorded consent-record approve', 'check-missing face|liveness review']);
    expect(ended[1]!.body.continues).toBe(ended[0]!.body.verificationId);
  });
});

describe('a verification of all seven checks', () => {
  it('is approved, cold and warm', async () => {
    const cold = await sevenChecks(client);
    const warm = await sevenChecks(client);
    ended.push(cold, warm);
    for (const answer of [cold, warm]) {
      expect(answer.body.decision.verdict).toBe('approved');
      expect(outcomes(answer)).toEqual({
        'consent-record': 'recorded',
        'id-card-portrait': 'read',
        'id-card-emblem': 'read',
        'bank-card': 'read',
        'driver-license': 'read',
        'vehicle-license-main': 'read',
        'vehicle-license-supplementary': 'read',
        face: 'match',
        liveness: 'match',
      });
    }
    console.log(`All seven checks on the local stage: ${cold.ms} ms cold, ${warm.ms} ms warm.`);
  });

  it('bought each step once', async () => {
    const orders = await books();
    for (const { step, orderNo } of stepsOf(ended.at(-1)!)) {
      const calls = Object.values(orders[orderNo] ?? {}).map(({ calls: made }) => made);
      // The number of the challenge is the step's as well.
      expect([step, calls]).toEqual([step, step === 'liveness' ? [1, 1] : [1]]);
    }
  });

  it('shows its results to its owner, and to nobody else that there is one', async () => {
    const { verificationId } = ended.at(-1)!.body;
    const path = `/v1/verifications/${verificationId}?results=true`;
    const { status, headers, body } = await client.call('GET', path);
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    for (const value of personalValues) expect(JSON.stringify(body)).toContain(value);
    const mallory = createClient(stage.url, { 'x-signet-caller': 'mallory' });
    const foreign = await mallory.call('GET', path);
    expect([foreign.status, slugOf(foreign)]).toEqual([404, 'not-found']);
  });
});

describe('what a stage keeps and tells of verifications', () => {
  beforeAll(async () => {
    // A decision can be seen before its execution has told of it and cleared up.
    const isRunning = ({ body }: Answered) => stage.execution(body.verificationId)!.status === 'RUNNING';
    while (ended.some(isRunning)) await sleep(10);
  });

  const canaries = [...personalValues, ...['face.jpg', 'id-card-portrait.jpg'].map((file) => pieceOf(sample(file)))];
  function pieceOf(bytes: Buffer): string {
    return bytes.toString('base64').slice(4_000, 4_060);
  }
  const personal = (text: string) => canaries.filter((canary) => text.includes(canary));
  const file = (name: string): string => readFileSync(join(data, name), 'utf8');

  it('is one event for each, without personal data', () => {
    const events = stage.events();
    expect(events.map(({ source, 'detail-type': type }) => [source, type])).toEqual(
      ended.map(() => ['signet.local', 'Signet Verification Completed']),
    );
    const told = events.map(({ detail }) => detail as { verificationId: string; verdict: string });
    expect(new Map(told.map(({ verificationId, verdict }) => [verificationId, verdict]))).toEqual(
      new Map(ended.map(({ body }) => [body.verificationId, body.decision.verdict])),
    );
    expect(personal(JSON.stringify(events))).toEqual([]);
  });

  it('is an execution of small states, without personal data', () => {
    for (const { body } of ended) {
      const execution = stage.execution(body.verificationId)!;
      expect(execution.status).toBe('SUCCEEDED');
      const states = execution.history.flatMap(({ input, output }) => [input, output]);
      const texts = [execution.input, execution.output, ...states].map((value) => JSON.stringify(value) ?? '');
      expect(Math.max(...texts.map((text) => Buffer.byteLength(text)))).toBeLessThan(2048);
      expect(personal(JSON.stringify(execution))).toEqual([]);
    }
  });

  it('is neither in the log of the functions, nor in the table, nor in files of events and executions', () => {
    const log = file('functions.log');
    expect(log).toContain('"event":"verification-decided"');
    expect(log).toContain(ended[0]!.body.verificationId);
    // What was written last is in its log.
    const table = ['', '-wal'].map((part) => readFileSync(join(data, `dynamodb.db${part}`), 'latin1')).join('');
    expect(table).toContain(ended[0]!.body.verificationId);
    const written = [log, file('events.jsonl'), file('executions.json')];
    for (const text of written) expect(personal(text)).toEqual([]);
    expect(canaries.filter((canary) => table.includes(Buffer.from(canary).toString('latin1')))).toEqual([]);
  });

  it('is no upload once a verdict is given, but those that somebody has to look at', () => {
    const uploads = keysOnDisk(data, stage.buckets[0]!).filter((key) => key.startsWith('uploads/'));
    // Both sides of the card and the consent of the first part; both sides and the face of the photocopy.
    expect(uploads).toHaveLength(6);
  });
});

describe('a stage that ends in the middle of a verification', () => {
  it('has its record when it starts again, and decides it from there', async () => {
    const portrait = await stageSample(client, 'id-card-portrait.jpg');
    const photo = await stageSample(client, 'face.jpg', 'slow=1500');
    const checks = { consent: {}, idCard: { portrait }, face: { photo } };
    const plan = { verificationId: 'middle1', subject, checks };
    const path = '/v1/verifications/middle1';
    expect((await client.call('POST', '/v1/verifications', plan)).status).toBe(202);
    const before = { 'consent-check': 'authorized', 'id-card-portrait': 'read' };
    while (outcomes(await client.call('GET', path)).face !== 'running');
    await restart();

    const seen = await client.call('GET', path);
    expect(seen.body).toMatchObject({ verificationId: 'middle1', status: 'running' });
    expect(outcomes(seen)).toMatchObject(before);
    const again = await client.call('POST', '/v1/verifications', plan);
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([202, 'true']);

    // Step Functions would go on; here an operator may have it decided.
    const { payload } = await stage.invoke(stage.functions['decide-verification']!, { verificationId: 'middle1' });
    expect(payload).toEqual({ verificationId: 'middle1', status: 'completed', verdict: 'review' });
    const decided = await client.call('GET', path);
    expect(rules(decided)).toContain('side-missing id-card-portrait id-card-emblem review');
    const orders = await books();
    const bought = stepsOf(decided).filter(({ step }) => step !== 'consent-check');
    for (const { orderNo } of bought) expect(Object.values(orders[orderNo]!)).toMatchObject([{ calls: 1 }]);
  });

  it('still has those that had ended', async () => {
    const { verificationId, decision } = ended[1]!.body;
    const { body } = await client.call('GET', `/v1/verifications/${verificationId}?results=true`);
    expect(body).toMatchObject({ status: 'completed', decision });
    expect(body.steps.map(({ result }: { result?: object }) => result !== undefined)).toEqual(
      body.steps.map(() => true),
    );
  });
});
