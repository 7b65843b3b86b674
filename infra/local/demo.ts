/** `npm run demo`: every operation once with specimen media, or one of them in full, on a stage with the simulator. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readLocalEnvironment } from '../../lib/env.ts';
import { type Operation, verbAndPath } from '../../lib/operation.ts';
import { operations } from '../../lib/operations/index.ts';
import { launch } from './launch.ts';
import { readOptions } from './options.ts';
import { findRunning, type Running } from './running.ts';

const samples = join(import.meta.dirname, '..', '..', 'test', 'samples');
const file = (name: string) => ({ base64: readFileSync(join(samples, name)).toString('base64') });
const person = { name: '样本甲', idNo: '990101199001010019' };
const source = () => ({ sourcePhoto: file('face-source.png'), sourcePhotoType: 'hd' });

/** What the demo sends: synthetic people and specimen files, by operation. */
const inputs: Readonly<Record<string, () => Record<string, unknown>>> = {
  'face-verify': () => ({ ...person, photo: file('face.jpg') }),
  'face-compare': () => ({ ...person, photo: file('face.jpg'), ...source() }),
  'face-compare-group': () => ({ ...person, photo: file('group.jpg'), ...source() }),
  'liveness-challenge': () => person,
  'liveness-verify': () => ({ ...person, video: file('digits-video.mp4') }),
  'video-best-photos': () => ({ video: file('digits-video.mp4') }),
  'consent-record': () => ({ ...person, userId: 'specimen1', agreement: file('agreement.pdf') }),
  'consent-check': () => ({ ...person, userId: 'specimen1' }),
  'id-card-ocr': () => ({ side: 'portrait', photo: file('id-card-portrait.jpg'), withNativePlace: true }),
  'bank-card-ocr': () => ({ photo: file('bank-card.jpg') }),
  'driver-license-ocr': () => ({ photo: file('driver-license.jpg'), businessScene: 'account-opening' }),
  'vehicle-license-ocr': () => ({ photo: file('vehicle-license-main.jpg'), side: 'main' }),
};

interface Shown {
  readonly operation: Operation;
  readonly request: { readonly method: string; readonly path: string; readonly body?: unknown };
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: an answer is shown as it is
  readonly answer: any;
  readonly ms: number;
}

/** Calls operations one after the other and remembers the order numbers that later ones need. */
function createCaller({ url }: Running) {
  const orderNos = new Map<string, string>();

  async function call(operation: Operation): Promise<Shown> {
    const { name, order, route } = operation;
    const { method, path } = verbAndPath(route);
    const earlier = order.kind === 'continues' ? order.from : order.kind === 'reads' ? order.of : undefined;
    if (earlier !== undefined && !orderNos.has(earlier)) await call(named(earlier));
    const orderNo = earlier === undefined ? randomUUID().replaceAll('-', '') : orderNos.get(earlier)!;
    orderNos.set(name, orderNo);
    const body = method === 'GET' ? undefined : { ...(operation.creates ? { orderNo } : {}), ...inputs[name]?.() };
    const target = path.replace('{orderNo}', orderNo);
    const startedAt = performance.now();
    const response = await fetch(url + target, {
      method,
      headers: body ? { 'content-type': 'application/json' } : {},
      body: body && JSON.stringify(body),
    });
    const answer = await response.json();
    const ms = Math.round(performance.now() - startedAt);
    return { operation, request: { method, path: target, body }, status: response.status, answer, ms };
  }

  const order = async (orderNo: string) =>
    (await (await fetch(`${url}/v1/orders/${orderNo}`)).json()) as Record<
      'orderNo' | 'operation' | 'state' | 'outcome' | 'billed',
      string
    >;
  return { call, order, orderNos };
}

const named = (name: string): Operation => operations.find((operation) => operation.name === name)!;

/** Whether an operation went as documented: its positive outcome, every value understood. */
const asDocumented = ({ operation, status, answer }: Shown): boolean =>
  status === 200 && answer.outcome === operation.outcome && answer.result.unparsed === undefined;

function table(rows: readonly (readonly (string | number)[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => String(cell).padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

async function showAll(running: Running): Promise<boolean> {
  const { answers } = (await (await fetch(`${running.simulatorUrl}/simulator/books`)).json()) as {
    answers: Record<string, Record<string, number>>;
  };
  const tickets = answers['api-ticket']?.['0'] ?? 0;
  console.log(
    `SIGN ticket: ${tickets > 0 ? 'issued by the simulated upstream and stored by refresh-ticket' : 'none'}\n`,
  );

  const { call, order } = createCaller(running);
  const shown: Shown[] = [];
  for (const operation of operations) shown.push(await call(operation));
  const rows = shown.map(({ operation, status, answer, ms }) => [
    operation.name,
    operation.upstream,
    answer.outcome ?? `${status} ${answer.type}`,
    answer.billed ?? '',
    ms,
  ]);
  console.log(table([['operation', 'upstream', 'outcome', 'billed', 'ms'], ...rows]));

  const orders = [];
  for (const { operation, answer } of shown) {
    if (operation.creates && operation.order.kind !== 'continues') orders.push(await order(answer.orderNo));
  }
  const lines = orders.map(({ orderNo, operation, state, outcome, billed }) => [
    orderNo,
    operation,
    state,
    outcome,
    billed,
  ]);
  console.log(`\n${table([['order', 'operation', 'state', 'outcome', 'billed'], ...lines])}`);

  const failed = shown.filter((one) => !asDocumented(one)).map(({ operation }) => operation.name);
  const open = orders.filter(({ state }) => state !== 'succeeded').map(({ orderNo }) => orderNo);
  const wrong = [...failed, ...open, ...(tickets > 0 ? [] : ['SIGN ticket'])];
  console.log(
    wrong.length === 0 ? `\nAll ${rows.length} went as documented.` : `\nNot as documented: ${wrong.join(', ')}`,
  );
  return wrong.length === 0;
}

/** JSON for people: media shortened. */
const pretty = (value: unknown): string =>
  JSON.stringify(
    value,
    (_, inner) =>
      typeof inner === 'string' && inner.length > 200 ? `${inner.slice(0, 24)}… (${inner.length} characters)` : inner,
    2,
  );

async function showOne(running: Running, operation: Operation): Promise<boolean> {
  const { call, order } = createCaller(running);
  const shown = await call(operation);
  const { method, path, body } = shown.request;
  const requests = (await (await fetch(`${running.simulatorUrl}/simulator/requests`)).json()) as {
    method: string;
    url: string;
    body?: unknown;
  }[];
  const wire = requests.findLast(({ url }) => url.startsWith(verbAndPath(operation.upstream).path));
  console.log(`Request: ${method} ${path}${body ? `\n${pretty(body)}` : ''}\n`);
  console.log(
    `On the wire: ${wire ? `${wire.method} ${wire.url}` : 'nothing'}${wire?.body ? `\n${pretty(wire.body)}` : ''}\n`,
  );
  console.log(`Answer: ${shown.status} after ${shown.ms} ms\n${pretty(shown.answer)}\n`);
  console.log(
    `Order: ${pretty(operation.order.kind === 'traces' ? 'none, this operation only asks' : await order(shown.answer.orderNo))}`,
  );
  return wire !== undefined && asDocumented(shown);
}

async function main(): Promise<boolean> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { data: { type: 'string', default: '.signet' } },
  });
  const [name] = positionals;
  if (positionals.length > 1 || (name !== undefined && !named(name))) {
    console.error(`Name one operation of: ${operations.map((operation) => operation.name).join(', ')}`);
    return false;
  }
  const show = (running: Running) => (name === undefined ? showAll(running) : showOne(running, named(name)));
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
