/** A gateway on real sockets: handlers and ledger of the tests, the real client, the proxy, the simulator over HTTP. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type UpstreamClient, UpstreamFailure, type UpstreamRequest } from '#signing';
import { startSimulator } from '../../infra/local/simulator.ts';
import type { Books } from '../../lib/simulator/simulator.ts';
import { account, createWorld } from '../support/world.ts';
import { type FaultName, startProxy } from './proxy.ts';

/** Nothing listens on this port of any machine that runs tests. */
export const closedPort = 'http://127.0.0.1:1';

/** Faults that last until the caller gives up. */
const endless: readonly FaultName[] = ['silence', 'headers, then silence', 'one byte per second'];
/** How long the client waits for those, and for everything else, in milliseconds. */
const patience = { endless: 400, other: 10_000 };

/** How the client saw a call end: `kind code` of a failure, or the status. */
export type Reported = string;

/** The client, which fails as the stand says and writes down what it reports. */
function failing(real: UpstreamClient, nowhere: UpstreamClient, arm: () => FaultName) {
  const sent: UpstreamRequest[] = [];
  const reported: [FaultName, Reported][] = [];
  const upstream: UpstreamClient = {
    async send(request) {
      sent.push(request);
      const fault = arm();
      // A handler refuses to start with less time than the whole limit of the operation (DEP-1), so the limit cannot be
      // made small from outside. The wait is cut here instead, before the real client sets its deadline.
      const timeout = Math.min(request.timeout, endless.includes(fault) ? patience.endless : patience.other);
      try {
        const reply =
          fault === 'refused'
            ? await nowhere.send({ ...request, origin: closedPort, timeout })
            : await real.send({ ...request, timeout });
        reported.push([fault, `HTTP ${reply.status}`]);
        return reply;
      } catch (error) {
        if (error instanceof UpstreamFailure) reported.push([fault, `${error.kind} ${error.code}`]);
        throw error;
      }
    },
    close: async () => {
      await Promise.all([real.close(), nowhere.close()]);
    },
  };
  return { upstream, sent, reported };
}

/** Starts everything; the first ticket is fetched through the proxy too. */
export async function startStand() {
  const folder = mkdtempSync(join(tmpdir(), 'signet-faults-'));
  const stateFile = join(folder, 'state.json');
  const simulator = await startSimulator({ profile: 'tencentcloud', ...account, port: 0, stateFile });
  const proxy = await startProxy(simulator.url);
  let [fault, times]: [FaultName, number] = ['none', 0];
  const { upstream, sent, reported } = failing(
    createClient({ hosts: new Set(), loopback: proxy.url }),
    createClient({ hosts: new Set(), loopback: closedPort }),
    () => {
      proxy.fault = times > 0 ? fault : 'none';
      times -= 1;
      return proxy.fault;
    },
  );
  const world = await createWorld({ upstream, upstreamUrl: proxy.url });
  return {
    world,
    proxy,
    reported,
    /** Does this to the next calls. */
    fail(next: FaultName, calls = Number.POSITIVE_INFINITY): void {
      [fault, times] = [next, calls];
    },
    /** How often a path of the upstream was called while `work` ran. */
    async sends<T>(path: string, work: () => Promise<T>): Promise<[T, number]> {
      const before = sent.length;
      const result = await work();
      return [result, sent.slice(before).filter((request) => request.path.split('?')[0] === path).length];
    },
    books: async () => (await (await fetch(`${simulator.url}/simulator/books`)).json()) as Books,
    async stop() {
      await world.stop();
      await upstream.close();
      await proxy.stop();
      await simulator.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The stand as `startStand` makes it. */
export type Stand = Awaited<ReturnType<typeof startStand>>;
