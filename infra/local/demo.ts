/**
 * `npm run demo`: every operation once with specimen media and three verifications, or one operation in full, on a stage
 * with the simulator.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readLocalEnvironment } from '../../lib/env.ts';
import type { Operation } from '../../lib/operation.ts';
import { operations } from '../../lib/operations/index.ts';
import { type Client, createClient } from './demo-client.ts';
import { asDocumented, callWithLargestPhoto, createCaller, named, type Shown, type Staged } from './demo-operations.ts';
import { pretty, table } from './demo-print.ts';
import { issuedTickets, longestValue, onTheWire } from './demo-simulator.ts';
import { scenarios, showVerifications } from './demo-verifications.ts';
import { launch } from './launch.ts';
import { readOptions } from './options.ts';
import { findRunning, type Running } from './running.ts';

async function showStaged(running: Running, staged: Staged): Promise<boolean> {
  const { operation, bytes, uploadMs, ms, status, body } = staged;
  const sent = longestValue(await onTheWire(running, operation));
  console.log(
    `\n${operation.name} with a staged photo of the largest size: ${bytes} bytes staged in ${uploadMs} ms, ` +
      `${sent} characters of base64 sent; ${body.outcome ?? `${status} ${body.type}`}, billed ${body.billed}, ${ms} ms`,
  );
  return asDocumented(staged) && sent === Math.ceil(bytes / 3) * 4;
}

/** Shows the record of each order that was made; answers those that are not over. */
async function showOrders(client: Client, shown: readonly Shown[]): Promise<string[]> {
  const orders = [];
  for (const { operation, body } of shown) {
    if (operation.creates && operation.order.kind !== 'continues') {
      orders.push((await client.call('GET', `/v1/orders/${body.orderNo}`)).body);
    }
  }
  const columns = ['orderNo', 'operation', 'state', 'outcome', 'billed'] as const;
  const rows = orders.map((order) => columns.map((column) => order[column]));
  console.log(`\n${table([['order', 'operation', 'state', 'outcome', 'billed'], ...rows])}`);
  return orders.filter(({ state }) => state !== 'succeeded').map(({ orderNo }) => orderNo);
}

async function showAll(running: Running): Promise<boolean> {
  const tickets = await issuedTickets(running);
  console.log(
    `SIGN ticket: ${tickets > 0 ? 'issued by the simulated upstream and stored by refresh-ticket' : 'none'}\n`,
  );
  const client = createClient(running.url);
  const call = createCaller(client);
  const shown: Shown[] = [];
  for (const operation of operations) shown.push(await call(operation));
  const rows = shown.map(({ operation, status, body, ms }) => [
    operation.name,
    operation.upstream,
    body.outcome ?? `${status} ${body.type}`,
    body.billed ?? '',
    ms,
  ]);
  console.log(table([['operation', 'upstream', 'outcome', 'billed', 'ms'], ...rows]));

  const profile = shown.find(({ body }) => body.upstream)?.body.upstream.profile ?? 'tencentcloud';
  const staged = await callWithLargestPhoto(client, profile);
  const streamed = await showStaged(running, staged);
  const open = await showOrders(client, [...shown, staged]);
  const failed = shown.filter((one) => !asDocumented(one)).map(({ operation }) => operation.name);
  const unexpected = await showVerifications(client);
  const wrong = [
    ...failed,
    ...open,
    ...(tickets > 0 ? [] : ['SIGN ticket']),
    ...(streamed ? [] : ['staged photo']),
    ...unexpected,
  ];
  console.log(
    wrong.length === 0
      ? `\nAll ${rows.length} operations and ${scenarios.length} verifications went as documented.`
      : `\nNot as documented: ${wrong.join(', ')}`,
  );
  return wrong.length === 0;
}

async function showOne(running: Running, operation: Operation): Promise<boolean> {
  const client = createClient(running.url);
  const shown = await createCaller(client)(operation);
  const { method, path, body } = shown.request;
  const wire = await onTheWire(running, operation);
  console.log(`Request: ${method} ${path}${body ? `\n${pretty(body)}` : ''}\n`);
  console.log(
    `On the wire: ${wire ? `${wire.method} ${wire.url}` : 'nothing'}${wire?.body ? `\n${pretty(wire.body)}` : ''}\n`,
  );
  console.log(`Answer: ${shown.status} after ${shown.ms} ms\n${pretty(shown.body)}\n`);
  const order = async () => (await client.call('GET', `/v1/orders/${shown.body.orderNo}`)).body;
  console.log(`Order: ${pretty(operation.order.kind === 'traces' ? 'none, this operation only asks' : await order())}`);
  return wire !== undefined && asDocumented(shown);
}

async function main(): Promise<boolean> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { data: { type: 'string', default: '.signet' } },
  });
  const [name] = positionals;
  const operation = name === undefined ? undefined : named(name);
  if (positionals.length > 1 || (name !== undefined && !operation)) {
    console.error(`Name one operation of: ${operations.map((one) => one.name).join(', ')}`);
    return false;
  }
  const show = (running: Running) => (operation === undefined ? showAll(running) : showOne(running, operation));
  const running = await findRunning(values.data);
  if (running) {
    console.log(`Using the stage that runs on ${running.url}.`);
    return show(running);
  }
  console.log('No stage with the simulator is running here; starting one.');
  const data = mkdtempSync(join(tmpdir(), 'signet-demo-'));
  const options = readOptions(['--port', '0', '--data', data], readLocalEnvironment())!;
  const launched = await launch(options, () => {});
  try {
    return await show({ url: launched.url, simulatorUrl: launched.simulatorUrl! });
  } finally {
    await launched.stop();
    rmSync(data, { recursive: true, force: true });
  }
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  console.error((error as Error).message.split('\n', 1)[0]);
  process.exitCode = 1;
}
