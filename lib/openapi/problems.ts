/** Problems in the document: their schema, an example of each, and one response for each status. */
import { reasons } from '../codes/reasons.ts';
import type { ProblemKind } from '../http/problems.ts';
import { rules } from '../http/rules.ts';
import { nullable, openObject, orderNoSchema, ref, type Schema } from './schema.ts';

/** The problem table, handed in. */
export type Problems = Readonly<Record<string, ProblemKind>>;

const typeOf = (slug: string): string => `urn:signet:problem:${slug}`;

/** The problem document (RFC 9457). */
export function problemSchema(problems: Problems): Schema {
  return openObject(
    {
      type: { type: 'string', enum: Object.keys(problems).map(typeOf) },
      title: { type: 'string' },
      status: { type: 'integer' },
      detail: { type: 'string', description: 'What to do about it; the same text for every problem of a type.' },
      instance: { type: 'string', pattern: '^urn:signet:request:', description: 'The request, as the logs name it.' },
      orderNo: orderNoSchema,
      verificationId: orderNoSchema,
      billed: ref('Billed'),
      retry: openObject(
        {
          sameOrder: {
            type: 'boolean',
            description:
              'true: the order number may be used again. With afterSeconds, send the same request again after that time. Without, after a 4xx, put the request right first: unchanged it is refused again; after a 5xx the same request may be sent again at once, a few times. false: the number is of no more use; whether a new order helps says detail.',
          },
          afterSeconds: {
            type: 'integer',
            minimum: 0,
            description: 'Seconds to wait before the same request (sameOrder true) or a new order (false) is sent.',
          },
        },
        ['sameOrder'],
      ),
      upstream: openObject(
        { code: { type: 'string' }, bizSeqNo: nullable({ type: 'string' }), profile: { type: 'string' } },
        ['code', 'bizSeqNo', 'profile'],
      ),
      reason: {
        type: 'string',
        description: "A stable slug of the code catalogue, where the upstream's answer is to blame.",
      },
      action: {
        type: 'string',
        enum: [...new Set(Object.values(reasons).map(({ action }) => action))],
        description: "What the caller's front end can do.",
      },
      messageZh: { type: 'string', description: 'Advice for the person, in simplified Chinese.' },
      messageEn: { type: 'string', description: 'Advice for the person, in English.' },
      errors: {
        type: 'array',
        items: openObject(
          {
            pointer: { type: 'string', description: 'JSON pointer to the member that breaks a rule.' },
            rule: {
              type: 'string',
              enum: Object.keys(rules),
              description: `The rule that is broken. Submitted values are never repeated. ${Object.entries(rules)
                .map(([rule, meaning]) => `${rule}: ${meaning}`)
                .join(' ')}`,
            },
          },
          ['pointer', 'rule'],
        ),
      },
    },
    ['type', 'title', 'status', 'detail', 'instance', 'billed', 'retry'],
  );
}

/** An example of each problem. */
export const exampleProblem = (slug: string, { title, status, detail, billed, retry }: ProblemKind): Schema => ({
  type: typeOf(slug),
  title,
  status,
  detail,
  instance: 'urn:signet:request:3f0c9a52-7d1e-4f7e-9a44-0d6f3b1c2a10',
  billed: billed.startsWith('by ') ? 'unknown' : billed,
  retry,
});

/** The ends of an order that are answered again from its record. */
const replayed: ReadonlySet<string> = new Set([
  'upstream-rejected-input',
  'upstream-rate-limited',
  'subject-limit-reached',
  'upstream-refused',
]);

const header = (name: string): Schema => ({ [name]: { $ref: `#/components/headers/${name}` } });

function response(problems: Problems, slugs: readonly string[]): Schema {
  const waits = slugs.some((slug) => problems[slug]!.retry.afterSeconds !== undefined);
  const headers = {
    ...(waits ? header('Retry-After') : {}),
    ...(slugs.some((slug) => replayed.has(slug)) ? header('Idempotent-Replayed') : {}),
  };
  return {
    description: slugs.map((slug) => `${slug}: ${problems[slug]!.when}`).join('; '),
    ...(Object.keys(headers).length > 0 ? { headers } : {}),
    content: {
      'application/problem+json': {
        schema: ref('Problem'),
        examples: Object.fromEntries(slugs.map((slug) => [slug, { $ref: `#/components/examples/${slug}` }])),
      },
    },
  };
}

/** One response for each status of some problems. They are shared under the slugs that they stand for. */
export function problemResponses(problems: Problems, slugs: readonly string[]): Readonly<Record<string, Schema>> {
  const byStatus = Map.groupBy(slugs, (slug) => problems[slug]!.status);
  return Object.fromEntries(
    [...byStatus].map(([status, some]) => [status, { $ref: `#/components/responses/${some.join('.')}` }]),
  );
}

/** The shared responses of several calls, each given by its problems. */
export function sharedResponses(
  problems: Problems,
  calls: readonly (readonly string[])[],
): Readonly<Record<string, Schema>> {
  const sets = calls.flatMap((slugs) => [...Map.groupBy(slugs, (slug) => problems[slug]!.status).values()]);
  return Object.fromEntries(sets.map((slugs) => [slugs.join('.'), response(problems, slugs)]));
}
