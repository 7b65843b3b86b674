import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Operation, verbAndPath } from '../lib/operation.ts';
import { operations } from '../lib/operations/index.ts';

const root = join(import.meta.dirname, '..');
const namesIn = (folder: string): string[] =>
  globSync(`${folder}/*.ts`, { cwd: root }).map((path) => path.slice(folder.length + 1, -'.ts'.length));
const files = namesIn('lib/operations').filter((name) => name !== 'index');
const entries = namesIn('functions');

/** Functions that are no operations (design, section 2); not all of them exist yet. */
const own = [
  'refresh-ticket',
  'resolve-orders',
  'get-order',
  'create-media',
  'start-verification',
  'get-verification',
  'decide-verification',
];

const camel = (name: string): string => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

/** What is missing of an operation: its declaration, its line in the registry, its function. */
function missing(declared: readonly string[], registered: readonly string[], deployed: readonly string[]): string[] {
  const lacks = (list: readonly string[], names: readonly string[], say: (name: string) => string) =>
    names.filter((name) => !list.includes(name)).map(say);
  return [
    ...lacks(registered, declared, (name) => `lib/operations/index.ts lists no ${name} (lib/operations/${name}.ts)`),
    ...lacks(declared, registered, (name) => `lib/operations/${name}.ts is missing for operation ${name}`),
    ...lacks(deployed, registered, (name) => `functions/${name}.ts is missing for operation ${name}`),
    ...lacks(
      [...registered, ...own],
      deployed,
      (name) => `functions/${name}.ts has no operation ${name} in the registry`,
    ),
  ];
}

/** References between operations that lead nowhere, or do not lead back. */
function dangling(all: readonly Operation[]): string[] {
  const named = (name: string | undefined) => all.find((operation) => operation.name === name);
  return all.flatMap(({ name, order }) => {
    const wrong: string[] = [];
    if (order.kind === 'creates' && order.query !== undefined) {
      const query = named(order.query)?.order;
      const fits = query?.kind === 'traces' || (query?.kind === 'reads' && query.of === name);
      if (!fits) wrong.push(`${name}: query ${order.query} does not read its orders`);
    }
    if (order.kind === 'creates' && order.continuedBy !== undefined) {
      const next = named(order.continuedBy)?.order;
      if (next?.kind !== 'continues' || next.from !== name)
        wrong.push(`${name}: ${order.continuedBy} does not continue it`);
    }
    if (order.kind === 'continues') {
      const first = named(order.from)?.order;
      if (first?.kind !== 'creates' || first.continuedBy !== name)
        wrong.push(`${name}: ${order.from} is not continued by it`);
    }
    if (order.kind === 'reads') {
      const made = named(order.of)?.order;
      if (made?.kind !== 'creates' || made.query !== name)
        wrong.push(`${name}: ${order.of} does not name it as its query`);
    }
    return wrong;
  });
}

describe('the registry', () => {
  const registered = operations.map(({ name }) => name);

  it('has a file, a line and a function for every operation', () => {
    expect(missing(files, registered, entries)).toEqual([]);
  });

  it('misses each of the three when it is gone', () => {
    const without = (list: readonly string[]) => list.filter((name) => name !== 'face-verify');
    expect(missing(files, registered, without(entries))).toEqual([
      'functions/face-verify.ts is missing for operation face-verify',
    ]);
    expect(missing(without(files), registered, entries)).toEqual([
      'lib/operations/face-verify.ts is missing for operation face-verify',
    ]);
    expect(missing(files, without(registered), entries)).toEqual([
      'lib/operations/index.ts lists no face-verify (lib/operations/face-verify.ts)',
      'functions/face-verify.ts has no operation face-verify in the registry',
    ]);
  });

  it('has the sixteen operations of the contract, each once', () => {
    expect(registered).toHaveLength(16);
    for (const key of ['name', 'route', 'upstream', 'summary'] as const) {
      expect(new Set(operations.map((operation) => operation[key])).size, key).toBe(16);
    }
  });

  it('lists every operation once', () => {
    const text = readFileSync(join(root, 'lib/operations/index.ts'), 'utf8');
    for (const name of registered) expect(text.split(new RegExp(`\\b${camel(name)},`)).length, name).toBe(2);
  });
});

// Design, section 3.
const routes: Record<string, string> = {
  'face-verify': 'POST /v1/face/verify',
  'face-compare': 'POST /v1/face/compare',
  'face-compare-group': 'POST /v1/face/compare-group',
  'liveness-challenge': 'POST /v1/liveness/challenge',
  'liveness-verify': 'POST /v1/liveness/verify',
  'video-best-photos': 'POST /v1/video/best-photos',
  'consent-record': 'POST /v1/consents',
  'consent-check': 'POST /v1/consents/check',
  'id-card-ocr': 'POST /v1/ocr/id-card',
  'bank-card-ocr': 'POST /v1/ocr/bank-card',
  'driver-license-ocr': 'POST /v1/ocr/driver-license',
  'vehicle-license-ocr': 'POST /v1/ocr/vehicle-license',
  'id-card-result': 'GET /v1/ocr/id-card/{orderNo}',
  'bank-card-result': 'GET /v1/ocr/bank-card/{orderNo}',
  'driver-license-result': 'GET /v1/ocr/driver-license/{orderNo}',
  'vehicle-license-result': 'GET /v1/ocr/vehicle-license/{orderNo}',
};
/** Operations that leave no order of their own, and why. */
const noOrder: Record<string, string> = {
  'liveness-verify': 'continues',
  'consent-check': 'traces',
  'id-card-result': 'reads',
  'bank-card-result': 'reads',
  'driver-license-result': 'reads',
  'vehicle-license-result': 'reads',
};

describe.each(operations)('$name', (operation) => {
  const { name, route, order, request, wire, limits, needs } = operation;

  it('is what its file exports, and only that', async () => {
    const module = (await import(`../lib/operations/${name}.ts`)) as Record<string, unknown>;
    expect(Object.entries(module)).toEqual([[camel(name), operation]]);
    expect(Object.isFrozen(operation) && Object.isFrozen(request) && Object.isFrozen(wire)).toBe(true);
  });

  it('has the route and the use of orders of the contract', () => {
    expect(route).toBe(routes[name]);
    expect(order.kind).toBe(noOrder[name] ?? 'creates');
    expect(operation.creates).toBe(order.kind === 'creates' || order.kind === 'continues');
    expect(route.includes('{orderNo}')).toBe(order.kind === 'reads');
    expect(verbAndPath(route)).toEqual({ method: route.split(' ')[0], path: route.split(' ')[1] });
  });

  it('speaks of fields that it has', () => {
    const media = Object.entries(request).flatMap(([field, { kind }]) => (kind === 'media' ? [field] : []));
    expect(Object.keys(limits).sort()).toEqual(media.sort());
    const mentioned = [
      ...Object.keys(wire.alias ?? {}),
      ...Object.values(wire.absent ?? {}).flat(),
      ...Object.values(wire.requires ?? {}).flat(),
      ...Object.entries(needs?.with ?? {}).flat(),
      ...(needs?.oneOf ?? []).flat(),
    ];
    expect(mentioned.filter((field) => !(field in request))).toEqual([]);
  });

  it('has a function that exports its handler, made of it and of the query that it names', async () => {
    const entry = (await import(`../functions/${name}.ts`)) as Record<string, unknown>;
    expect(Object.keys(entry)).toEqual(['handler']);
    expect(typeof entry.handler).toBe('function');
    const text = readFileSync(join(root, `functions/${name}.ts`), 'utf8');
    const query = 'query' in order && order.query !== undefined ? [order.query] : [];
    const imported = [...text.matchAll(/from '\.\.\/lib\/operations\/([a-z-]+)\.ts'/g)].map(([, file]) => file!);
    expect(new Set(imported)).toEqual(new Set([name, ...query]));
    expect(text).toContain(`export const handler = operationHandler(${[name, ...query].map(camel).join(', ')});`);
    expect(text.trim().split('\n').length).toBeLessThanOrEqual(15);
  });
});

describe('own functions', () => {
  it.each(entries.filter((name) => own.includes(name)))('%s exports its handler only', async (name) => {
    const entry = (await import(`../functions/${name}.ts`)) as Record<string, unknown>;
    expect(Object.keys(entry)).toEqual(['handler']);
    expect(
      readFileSync(join(root, `functions/${name}.ts`), 'utf8')
        .trim()
        .split('\n').length,
    ).toBeLessThanOrEqual(15);
  });
});

describe('references between operations', () => {
  it('lead there and back', () => {
    expect(dangling(operations)).toEqual([]);
  });

  it('are missed when they do not', () => {
    const without = (name: string) => operations.filter((operation) => operation.name !== name);
    expect(dangling(without('id-card-result'))).toEqual(['id-card-ocr: query id-card-result does not read its orders']);
    expect(dangling(without('id-card-ocr'))).toEqual(['id-card-result: id-card-ocr does not name it as its query']);
    expect(dangling(without('liveness-verify'))).toEqual(['liveness-challenge: liveness-verify does not continue it']);
    expect(dangling(without('liveness-challenge'))).toEqual([
      'liveness-verify: liveness-challenge is not continued by it',
    ]);
  });
});
