/** The OpenAPI 3.1 document of the public contract, from the declarations. Pure: the same input, the same document. */
import { type Operation, verbAndPath } from '../operation.ts';
import { answerSchema, billedSchema, orderSchema, upstreamSchema } from './answers.ts';
import { callOf, lookUp, tagOf } from './calls.ts';
import { mediaCall, mediaRoute, mediaSchemas } from './media.ts';
import { grantProblems, lookUpProblems, problemsOf } from './problem-use.ts';
import { exampleProblem, type Problems, problemSchema, sharedResponses } from './problems.ts';
import { requestSchema } from './request-schema.ts';
import { pictureSchema, resultSchema } from './result-schema.ts';
import { componentName, type Schema } from './schema.ts';
import { showCall, showProblems, showRoute, startCall, startProblems, startRoute } from './verification-calls.ts';
import { verificationSchemas } from './verification-schemas.ts';

/** An OpenAPI 3.1 document. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: Schema;
  readonly servers: readonly Schema[];
  readonly security: readonly Schema[];
  readonly tags: readonly { readonly name: string }[];
  /** By path, then by method. */
  readonly paths: Readonly<Record<string, Readonly<Record<string, Schema>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, Schema>>>>;
}

function pathsOf(operations: readonly Operation[], problems: Problems): OpenApiDocument['paths'] {
  const calls = operations.map((operation) => [operation.route, callOf(operation, problems)] as const);
  const all = [
    ...calls,
    [mediaRoute, mediaCall(problems)] as const,
    [startRoute, startCall(problems)] as const,
    [showRoute, showCall(problems)] as const,
    ['GET /v1/orders/{orderNo}', lookUp(problems, operations.find(({ creates }) => creates)!)] as const,
  ];
  const paths: Record<string, Record<string, Schema>> = {};
  for (const [route, call] of all) {
    const { method, path } = verbAndPath(route);
    paths[path] = { ...paths[path], [method.toLowerCase()]: call };
  }
  return paths;
}

function schemasOf(operations: readonly Operation[], problems: Problems): Readonly<Record<string, Schema>> {
  const own = operations.flatMap((operation): [string, Schema][] => [
    ...(operation.route.startsWith('POST ')
      ? [[componentName(operation.name, 'Request'), requestSchema(operation)] as [string, Schema]]
      : []),
    [componentName(operation.name, 'Result'), resultSchema(operation)],
    [componentName(operation.name, 'Answer'), answerSchema(operation)],
  ]);
  return {
    ...Object.fromEntries(own),
    ...mediaSchemas(operations),
    ...verificationSchemas,
    Order: orderSchema(operations),
    Problem: problemSchema(problems),
    Upstream: upstreamSchema,
    Billed: billedSchema,
    Picture: pictureSchema,
  };
}

/** The document of all operations, of staging files, of verifications and of the look-up of orders. */
export function openApi(
  operations: readonly Operation[],
  { problems }: { readonly problems: Problems },
): OpenApiDocument {
  const paths = pathsOf(operations, problems);
  return {
    openapi: '3.1.1',
    info: {
      title: 'Signet',
      version: '1',
      description:
        'Identity verification in China: faces, liveness, consent and documents, in front of the Tencent Cloud / WeBank service.',
    },
    servers: [
      {
        url: 'http://127.0.0.1:3000',
        description: 'The local stage. A deployed stage has the address that its stack puts out.',
      },
    ],
    security: [{ sigv4: [] }],
    tags: [...new Set(Object.keys(paths).map(tagOf))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        sigv4: {
          type: 'apiKey',
          name: 'Authorization',
          in: 'header',
          description:
            'AWS Signature Version 4. A stage may name an authorizer of its own instead; the local stage checks nothing.',
          'x-amazon-apigateway-authtype': 'awsSigv4',
        },
      },
      headers: {
        'Idempotent-Replayed': {
          description:
            'Present when the order was bought, or the verification accepted, before, and what is on record is answered.',
          schema: { type: 'string', const: 'true' },
        },
        'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer', minimum: 0 } },
      },
      responses: sharedResponses(problems, [
        ...operations.map((operation) => problemsOf(operation, problems)),
        grantProblems(problems),
        startProblems(problems),
        showProblems(problems),
        lookUpProblems,
      ]),
      examples: Object.fromEntries(
        Object.entries(problems).map(([slug, kind]) => [
          slug,
          { summary: kind.title, value: exampleProblem(slug, kind) },
        ]),
      ),
      schemas: schemasOf(operations, problems),
    },
  };
}
