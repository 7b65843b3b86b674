import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { operations } from '../../../lib/operations/index.ts';
import { caller, textOf } from './caller.ts';

const paths = [
  ...operations.map(({ upstream }) => upstream.split(' ')[1]!),
  '/api/oauth2/access_token',
  '/api/oauth2/api_ticket',
];
const path = fc.constantFrom(...paths, '/simulator/settings', '/simulator/books', '', '/', '?', '/%');
const search = fc
  .oneof(fc.constant(''), fc.string({ unit: 'binary' }), fc.webQueryParameters())
  .map((text) => `?${text}`);

describe('garbage', () => {
  it('is always answered', async () => {
    const world = caller();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('GET', 'POST', 'PUT', ''),
        path,
        search,
        fc.dictionary(
          fc.constantFrom('content-type', 'Content-Type', 'x'),
          fc.constantFrom('application/json', 'x', ''),
        ),
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
        ),
        async (method, at, query, headers, body) => {
          const reply = await world.simulator.handle({ method, url: `${at}${query}`, headers, body });
          expect('fault' in reply ? 0 : reply.status).toBeGreaterThanOrEqual(200);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('in the fields of a signed call is answered with a code', async () => {
    const world = caller();
    await world.refresh();
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.jsonValue(),
      fc.constantFrom('模拟', '__proto__', '模拟-'),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...operations.filter(({ order }) => order.kind !== 'continues')),
        fc.dictionary(fc.string(), value, { maxKeys: 2 }),
        fc.infiniteStream(value),
        async (operation, extra, values) => {
          const spoiled = Object.entries(operation.request)
            .map(([name, field]) => operation.wire.alias?.[name] ?? field.wire)
            .filter(() => Math.abs(JSON.stringify(values.next().value).length) % 3 === 0);
          const changes = Object.fromEntries(spoiled.map((wire) => [wire, values.next().value]));
          const patch = (call: Record<string, unknown>) => Object.assign(call, extra, changes);
          const reply = await world.raw(operation.name, {}, { patch, search: '' });
          if (!operation.upstream.startsWith('GET')) expect(JSON.parse(textOf(reply))).toHaveProperty('code');
        },
      ),
      { numRuns: 500 },
    );
  });

  it('behind a marker is answered', async () => {
    const world = caller();
    const word = fc.constantFrom(
      'code',
      'fault',
      'drop',
      'faces',
      'photos',
      'slow',
      'ms',
      'status',
      'executed',
      'warning',
      'multiWarning',
      'similarity',
      '=',
      ';',
      ' ',
      '\0',
      'html',
      '-',
      ',',
      '2',
      '__proto__',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 12 }), fc.constantFrom('photo', 'video'), async (words, field) => {
        const name = field === 'video' ? 'video-best-photos' : operations[words.length % 3]!.name;
        const text = `signet-simulator:${words.join('')}`;
        const wire = field === 'video' ? 'videoFile' : 'photoStr';
        const append = (call: Record<string, unknown>) => {
          call[wire] = Buffer.concat([Buffer.from(String(call[wire]), 'base64'), Buffer.from(text)]).toString('base64');
        };
        await world.raw(name, {}, { patch: append });
      }),
      { numRuns: 500 },
    );
  });
});
