/** One schedule: everything that a seed makes happen, and what came of it. */
import type { DynamoDBClient } from '#signing';
import type { Context } from '../../lib/flow/context.ts';
import { operations } from '../../lib/operations/index.ts';
import { toRecord } from '../../lib/orders/record.ts';
import { createJudge } from './answers.ts';
import { type Bucket, createBucket } from './bucket.ts';
import { clientsOf } from './clients.ts';
import { dice as diceOf } from './dice.ts';
import { Table } from './dynamo/table.ts';
import { createFilesOracle, type FileFate, type FilesOracle } from './files.ts';
import { createGateway, operationOf, type Shared } from './gateway.ts';
import { createOracle, type Oracle, type Violation } from './oracle.ts';
import { wantedBy } from './orders.ts';
import { callsOn } from './process.ts';
import { stagedBy, unstaged, upload } from './staging.ts';
import { createTickets, names } from './tickets.ts';
import { timeline as timelineFrom } from './timeline.ts';
import { createTruth } from './truth.ts';
import { type ClimateName, calmAfter, weatherOf } from './weather.ts';

/** What a planted bug replaces in the surroundings of every process. */
export type Mutation = (context: Context, client: DynamoDBClient) => Context;

/** What a test may ask of a schedule; its seed chooses the rest. */
export interface Options {
  readonly mutate?: Mutation;
  readonly climate?: ClimateName;
  /** No client waits as it is told. */
  readonly blind?: boolean;
  /** Whether clients stage files, and S3 is a part of the weather; without it every second seed. */
  readonly staged?: boolean;
}

/** What came of a schedule. */
export interface Outcome {
  readonly seed: number;
  /** Equal for equal schedules. */
  readonly digest: string;
  readonly trace: readonly string[];
  readonly violations: readonly Violation[];
  /** How much of everything there was. */
  readonly figures: Readonly<Record<'orders' | 'requests' | 'worked' | 'costly' | 'faults' | 'files', number>>;
  readonly transitions: ReadonlyMap<string, number>;
  readonly answers: ReadonlyMap<string, number>;
  readonly fates: ReadonlyMap<FileFate, number>;
  /** How many records ended in each state. */
  readonly states: ReadonlyMap<string, number>;
}

const start = Date.parse('2026-01-05T02:00:00Z');
const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
/** Frozen runs have thawed, and the resolver has had ten calm minutes after the last of them. */
const settledAfter = 40 * minute;
/** Longer than the resolver asks (reliability: IDM-7). */
const overAfter = 61 * hour;

/** Runs the schedule of a seed. */
export async function runSchedule(seed: number, options: Options = {}): Promise<Outcome> {
  const { mutate = (context) => context, climate, blind = false } = options;
  const dice = diceOf(seed);
  // Dice of its own: without staged files a seed means what it meant before there were any.
  const staging = dice.fork('staging');
  const halves = staging.chance(0.5);
  const staged = options.staged ?? halves;
  const timeline = timelineFrom(start, dice.fork('time'));
  const { now, after } = timeline;
  const since = () => now() - start;
  const weather = weatherOf(dice.fork('weather'), climate, staged ? dice.fork('bucket') : undefined);
  const truth = createTruth(operations, names.appId, names.appSecret, now, dice.fork('upstream'));
  const oracle: Oracle = createOracle(
    () => table.items,
    () => truth,
  );
  const index = { name: 'pending', partition: 'pending', sort: 'nextQueryAt' };
  const table: Table = new Table(names.table, 'orderNo', index, oracle.written);
  const tickets = createTickets(truth, timeline, table, dice.fork('tickets'));
  const calls = callsOn(timeline);
  const wanted = wantedBy(dice.fork('orders'));
  const { files, plans } = staged ? stagedBy(staging, wanted) : unstaged(wanted);
  const uploads: FilesOracle = createFilesOracle({
    items: () => table.items,
    objects: () => bucket.objects,
    files,
    blame: oracle.blame,
    now,
    challengeMaxAge: 300 * second,
  });
  const bucket: Bucket = createBucket({ calls, weather, since, ...uploads });
  const shared: Shared = {
    timeline,
    calls,
    truth,
    weather,
    dice: dice.fork('ways'),
    since,
    leaving(run, asked) {
      oracle.leaving(run, asked);
      uploads.sending(run, asked);
    },
    received: uploads.received,
    table,
    tickets,
    ...(staged ? { bucket } : {}),
    pending: (run) => oracle.blame('pending-work', `${run.name} has answered with ${run.open} calls open`),
    mutate,
  };
  const gateway = createGateway(shared);
  const recordOf = (orderNo: string) => {
    const item = table.items.get(orderNo);
    return item && toRecord(item);
  };
  const judge = createJudge(oracle, truth, recordOf, uploads);
  timeline.note(`seed ${seed}, weather ${weather.name}`);
  await tickets.refresh();
  await upload(files, table, bucket, timeline);

  let requests = 0;
  const count = () => {
    requests += 1;
  };
  const parts = { gateway, timeline, dice: dice.fork('clients'), judge, patience: 6, blind, count };
  for (const plan of plans) {
    if (dice.chance(0.5)) gateway.warm(plan[0]!.steps[0]!.operation);
    const begin = dice.between(0, 20 * second);
    const answered = plan.filter(({ after: when }) => when === 'the answer');
    const over = () => {
      for (const { steps } of answered) clientsOf(parts, steps);
    };
    for (const { steps, after: when, rush } of plan) {
      if (when !== 'the answer') after(begin + when, '', () => clientsOf({ ...parts, rush }, steps, over));
    }
  }

  const rotations = dice.weighted([
    [3, 0],
    [2, 1],
    [1, 3],
  ]);
  for (let index = 0; index < rotations; index += 1) {
    const rotate = dice.one([tickets.rotate, tickets.rotate, tickets.foreignToken]);
    after(dice.between(0, dice.one([20, 200]) * second), '', () => void rotate());
  }
  /** EventBridge loses ticks, and delivers some twice. */
  const tick = (at: number, name: string, run: (name: string) => void) => {
    const times =
      at > calmAfter
        ? 1
        : dice.weighted([
            [1, 0],
            [8, 1],
            [1, 2],
          ]);
    for (let again = 0; again < times; again += 1) {
      after(at + dice.between(0, 5 * second), '', () => run(`${name}${at / minute}${'ab'[again]}`));
    }
  };
  for (let at = 0; at < settledAfter; at += minute) {
    tick(at, 'resolver', gateway.resolve);
    // When all is calm, nothing happens to a ticket for twenty minutes.
    if (at < calmAfter + 3 * minute || at % (10 * minute) === 0) tick(at, 'refresher', gateway.refresh);
  }

  let compared = 0;
  const check = () => {
    if (truth.executions.length === compared) return;
    compared = truth.executions.length;
    oracle.compare();
  };
  await timeline.run(check, start + settledAfter);
  oracle.ended('after ten calm minutes', ({ operation }) => isReadable(operation));
  uploads.left('after ten calm minutes');
  const rest = overAfter - settledAfter;
  after(rest - minute, '', () => void tickets.refresh());
  for (let at = rest; at < rest + 4 * minute; at += minute) tick(at, 'last', gateway.resolve);
  await timeline.run(check);
  oracle.compare();
  oracle.ended('after 61 hours', () => true);
  uploads.left('after 61 hours');
  judge.atTheEnd();

  return {
    seed,
    digest: timeline.digest(),
    trace: timeline.trace,
    violations: oracle.violations,
    figures: {
      orders: plans.flat().flatMap(({ steps }) => steps).length,
      requests,
      worked: truth.executions.length,
      costly: truth.executions.filter(({ costly }) => costly).length,
      faults: calls.faults(),
      files: files.length,
    },
    transitions: oracle.transitions,
    answers: judge.answers,
    fates: uploads.fates,
    states: oracle.states(),
  };
}

/** Whether a query by its number tells what became of an order. */
function isReadable(operation: string): boolean {
  const { order } = operationOf(operation);
  return order.kind === 'creates' && order.query !== undefined && operationOf(order.query).order.kind === 'reads';
}
