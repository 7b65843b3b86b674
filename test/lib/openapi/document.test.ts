import { describe, expect, it } from 'vitest';
import { mediaRoute, orderRoute } from '../../../lib/http/handler.ts';
import { Problem, problemDocument } from '../../../lib/http/problem.ts';
import { type ProblemSlug, problems } from '../../../lib/http/problems.ts';
import { exampleAnswer, exampleOrder } from '../../../lib/openapi/examples.ts';
import { exampleProblem, type Problems } from '../../../lib/openapi/problems.ts';
import { componentName } from '../../../lib/openapi/schema.ts';
import { verbAndPath } from '../../../lib/operation.ts';
import { operations } from '../../../lib/operations/index.ts';
import { component, document, faults } from './ajv.ts';

type Json = { readonly [key: string]: Json } | readonly Json[] | string | number | boolean | null;

function* referencesIn(value: Json): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === '$ref') yield inner as string;
    else yield* referencesIn(inner as Json);
  }
}

const resolve = (reference: string): unknown =>
  reference
    .slice(2)
    .split('/')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], document);

const plain = JSON.parse(JSON.stringify(document)) as Json;
const references = new Set(referencesIn(plain));

describe('the OpenAPI document', () => {
  it('has no reference to nowhere', () => {
    expect(
      [...references].filter((reference) => !reference.startsWith('#/') || resolve(reference) === undefined),
    ).toEqual([]);
  });

  it('has no component that nothing refers to', () => {
    const { securitySchemes: _, ...components } = document.components;
    const names = Object.entries(components).flatMap(([kind, members]) =>
      Object.keys(members).map((name) => `#/components/${kind}/${name}`),
    );
    // Every problem is an example of some response, so this also says that each can be answered by some call.
    expect(names.filter((name) => !references.has(name))).toEqual([]);
  });

  it.each(operations)('offers $name under its route', ({ name, route }) => {
    const { method, path } = verbAndPath(route);
    expect(document.paths[path]?.[method.toLowerCase()]).toMatchObject({ operationId: name });
  });

  it.each([
    ['create-media', mediaRoute],
    ['get-order', orderRoute],
  ])('offers %s under its route', (name, route) => {
    const { method, path } = verbAndPath(route);
    expect(document.paths[path]?.[method.toLowerCase()]).toMatchObject({ operationId: name });
  });

  it('offers nothing else but staging, verifications and the look-up of orders', () => {
    const ids = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map((call) => String(call.operationId)),
    );
    const others = ['create-media', 'start-verification', 'get-verification', 'get-order'];
    expect(ids.sort()).toEqual([...operations.map(({ name }) => name), ...others].sort());
  });

  it('asks for a signature of the caller', () => {
    expect(document.security).toEqual([{ sigv4: [] }]);
    expect(document.components.securitySchemes!.sigv4).toMatchObject({
      type: 'apiKey',
      in: 'header',
      'x-amazon-apigateway-authtype': 'awsSigv4',
    });
  });

  it.each(Object.keys(document.components.schemas!))('has a sound schema %s', (name) => {
    expect(() => component(name)).not.toThrow();
  });
});

describe('the examples of answers', () => {
  it.each(operations)('of $name fit their schema', (operation) => {
    expect(faults(componentName(operation.name, 'Answer'), exampleAnswer(operation))).toBe('');
  });

  it.each(operations.filter(({ creates }) => creates))('of orders of $name fit their schema', (operation) => {
    expect(faults('Order', exampleOrder(operation))).toBe('');
  });

  it.each(Object.keys(problems) as ProblemSlug[])('of %s are what a caller gets', (slug) => {
    const example = exampleProblem(slug, (problems as Problems)[slug]!);
    expect(problemDocument(new Problem(slug), String(example.instance).split(':').at(-1)!)).toEqual(example);
    expect(faults('Problem', example)).toBe('');
  });

  it('fit a problem that says all it can', () => {
    const problem = new Problem('upstream-rejected-input', {
      orderNo: 'demo1',
      billed: 'no',
      errors: [{ pointer: '/photo', rule: 'required' }],
      upstream: { code: '66660042', bizSeqNo: null, profile: 'kyc1' },
      reason: 'blurred',
      action: 'retake',
      messageZh: '照片模糊',
      messageEn: 'The picture is blurred',
    });
    expect(faults('Problem', problemDocument(problem, 'r1'))).toBe('');
  });
});
