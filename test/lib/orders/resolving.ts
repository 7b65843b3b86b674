import type { Context as LambdaContext } from 'aws-lambda';
import { createMetrics } from '../../../lib/metrics.ts';
import { operations } from '../../../lib/operations/index.ts';
import { resolveHandler } from '../../../lib/orders/handler.ts';
import { inMemory } from '../../campaign/dynamo/engines.ts';
import { createWorld, sampleInput, type WorldOptions } from '../../support/world.ts';

/** What the metrics of a world said: `OrdersResolved driver-license-ocr` and how much. */
export type Measured = readonly [metric: string, value: number];

const minute = 60_000;

/** A gateway whose orders are resolved by a tick each minute; its table is in memory, because many minutes pass. */
export async function createResolvingWorld(options: WorldOptions = {}) {
  const world = await createWorld({ database: inMemory().client, ...options });
  const measured: Measured[] = [];
  const metrics = createMetrics(
    (line) => {
      const { _aws, operation = '', ...values } = JSON.parse(line);
      for (const { Name } of _aws.CloudWatchMetrics[0].Metrics) measured.push([`${Name} ${operation}`, values[Name]]);
    },
    world.context.now,
    'test',
  );
  Object.assign(world.context, { metrics });
  const run = resolveHandler(operations, () => world.context);
  const tick = (remaining = 28_000) => {
    const endsAt = world.clock + remaining;
    return run({}, { awsRequestId: 'tick', getRemainingTimeInMillis: () => endsAt - world.clock } as LambdaContext);
  };
  const named = (name: string) => operations.find((operation) => operation.name === name)!;

  return Object.assign(world, {
    measured,
    tick,
    /** Lets minutes pass, with a tick at the end of each; `before` is done before each of them. */
    async pass(minutes: number, before: () => unknown = () => {}) {
      for (let passed = 0; passed < minutes; passed += 1) {
        const next = world.clock + minute;
        await world.refresh();
        await before();
        world.clock = Math.max(world.clock, next);
        await tick();
      }
    },
    /** Sends an order of an operation. */
    buy: (name: string, orderNo: string, overrides: object = {}) =>
      world.post(name, sampleInput(named(name), { orderNo, ...overrides })),
    /** The next call of this operation is worked on or not, and not answered. */
    lose: (name: string, executed: boolean, times = 1) => {
      const path = named(name).upstream.split(' ')[1];
      world.simulator.configure({ faults: [{ kind: 'silence', executed, path, times }] });
    },
    record: async (orderNo: string) => (await world.context.ledger.read(orderNo))!,
    /** How often the upstream worked on an order, and how often it charged for it. */
    booked: (orderNo: string) => Object.values(world.simulator.books().orders[orderNo] ?? {}),
    /** The calls of an operation. */
    callsOf: (name: string) => {
      const path = named(name).upstream.split(' ')[1]!;
      return world.calls().filter((call) => call.path.split('?')[0] === path);
    },
    events: (event: string) => world.lines.map((line) => JSON.parse(line)).filter((line) => line.event === event),
  });
}

/** A world as `createResolvingWorld` makes it. */
export type ResolvingWorld = Awaited<ReturnType<typeof createResolvingWorld>>;

/** The slug of a problem. */
export const slugOf = (body: { readonly type: string }): string => body.type.replace('urn:signet:problem:', '');
