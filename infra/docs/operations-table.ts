/** The table of operations in the README. */
import { profileNames } from '../../lib/openapi/request-schema.ts';
import type { Operation } from '../../lib/operation.ts';
import { evidenceOn, unproven } from './evidence.ts';
import { code, table } from './markdown.ts';

function laterWords({ order }: Operation): string {
  if (order.kind === 'creates') return order.query ? code(order.query) : 'none';
  return order.kind === 'continues' ? 'none' : 'itself';
}

/** The table: route, upstream call, media, the free query, and where nobody has shown the call. */
export const operationsTable = (operations: readonly Operation[]): string =>
  table(
    operations.map((operation) => {
      const { request } = operation;
      const media = Object.keys(request).filter((name) => request[name]!.kind === 'media');
      return {
        operation: code(operation.name),
        route: code(operation.route),
        upstream: code(operation.upstream),
        media: media.map((name) => `${name}${'optional' in request[name]! ? '?' : ''}`).join(', '),
        'query later': laterWords(operation),
        'unproven on': profileNames.filter((name) => evidenceOn(operation, name) === unproven).join(', '),
      };
    }),
  );
