import { describe, expect, it } from 'vitest';
import { exampleRequests } from '../../../lib/openapi/examples.ts';
import { absentOn, profileNames, requestParameters, requiredFields } from '../../../lib/openapi/request-schema.ts';
import { componentName } from '../../../lib/openapi/schema.ts';
import type { Operation } from '../../../lib/operation.ts';
import { operations } from '../../../lib/operations/index.ts';
import { validate } from '../../../lib/request/validate.ts';
import { faults } from './ajv.ts';

const posts = operations.filter(({ route }) => route.startsWith('POST '));
const examples = operations.flatMap((operation) =>
  Object.entries(exampleRequests(operation)).map(([example, request]) => ({
    name: operation.name,
    example,
    operation,
    request,
  })),
);
const requestName = ({ name }: Operation) => componentName(name, 'Request');

describe('the examples of requests', () => {
  it.each(examples)('$example of $name is accepted wherever all its fields are known', ({ operation, request }) => {
    const known = profileNames.filter(
      (profile) => !Object.keys(request).some((name) => absentOn(operation, name).includes(profile)),
    );
    expect(known).not.toEqual([]);
    for (const profile of known) expect(validate(operation, profile, request)).toHaveProperty('request');
  });

  it.each(examples.filter(({ operation }) => posts.includes(operation)))(
    '$example of $name fits its schema',
    ({ operation, request }) => {
      expect(faults(requestName(operation), request)).toBe('');
    },
  );
});

describe('the schemas of requests', () => {
  it.each(posts)('refuse an unknown member of $name', (operation) => {
    const request = { ...exampleRequests(operation).complete, zone: 'x' };
    expect(faults(requestName(operation), request)).toContain('additional properties');
  });

  it.each(posts)('want what validation wants of $name', (operation) => {
    for (const name of requiredFields(operation)) {
      const { [name]: _, ...request } = exampleRequests(operation).complete!;
      expect(faults(requestName(operation), request), name).toContain(`'${name}'`);
      expect(validate(operation, 'tencentcloud', request), name).toHaveProperty('problem');
    }
  });

  it.each(posts.filter(({ request }) => Object.values(request).some(({ kind }) => kind === 'media')))(
    'want one of a file and the id of one of each media field of $name, as validation does',
    (operation) => {
      const mediaId = 'a1B2'.repeat(8);
      const { complete } = exampleRequests(operation);
      for (const name of Object.keys(operation.request)) {
        if (operation.request[name]!.kind !== 'media') continue;
        const inline = complete![name] as { base64: string };
        const shapes: [unknown, boolean][] = [
          [inline, true],
          [{ mediaId }, true],
          [{ ...inline, mediaId }, false],
          [{}, false],
          [{ mediaId, size: 5 }, false],
          [{ mediaId: mediaId.slice(1) }, false],
          [{ mediaId: `${mediaId.slice(1)}/` }, false],
          [{ mediaId: 5 }, false],
          [{ url: 'https://example.com/a.jpg' }, false],
          ['https://example.com/a.jpg', false],
        ];
        for (const [shape, right] of shapes) {
          const request = { ...complete, [name]: shape };
          expect(faults(requestName(operation), request) === '', JSON.stringify(shape)).toBe(right);
          expect('request' in validate(operation, 'tencentcloud', request), JSON.stringify(shape)).toBe(right);
        }
      }
    },
  );

  it.each(posts)('end texts of $name where validation does', (operation) => {
    for (const [name, field] of Object.entries(operation.request)) {
      if (field.kind !== 'text') continue;
      const filler = field.pattern ? 'a' : '甲';
      const withLength = (length: number) => ({
        ...exampleRequests(operation).complete,
        [name]: filler.repeat(length),
      });
      for (const length of [field.min - 1, field.min, field.max, field.max + 1]) {
        const schemaAccepts = faults(requestName(operation), withLength(length)) === '';
        expect('request' in validate(operation, 'tencentcloud', withLength(length)), `${name}, ${length}`).toBe(
          schemaAccepts,
        );
        expect(schemaAccepts).toBe(length >= field.min && length <= field.max);
      }
    }
  });

  it.each(posts.filter(({ needs }) => needs))('know the rules between the fields of $name', (operation) => {
    const { oneOf, with: together = {} } = operation.needs!;
    const { complete, required } = exampleRequests(operation);
    if (oneOf) {
      for (const set of oneOf) {
        const request = Object.fromEntries(set.map((name) => [name, complete![name]]));
        expect(faults(requestName(operation), request), set.join()).toBe('');
        expect(validate(operation, 'tencentcloud', request), set.join()).toHaveProperty('request');
      }
      expect(faults(requestName(operation), {})).not.toBe('');
      expect(validate(operation, 'tencentcloud', {})).toHaveProperty('problem');
    }
    for (const [name, other] of Object.entries(together)) {
      const request = { ...required, [name]: complete![name] };
      expect(faults(requestName(operation), request)).toContain(other);
      expect(validate(operation, 'tencentcloud', request)).toHaveProperty('problem');
    }
  });

  it.each(operations.filter(({ route }) => route.startsWith('GET ')))(
    'put the fields of $name into path and query',
    (operation) => {
      const parameters = requestParameters(operation);
      expect(parameters.map(({ name }) => name)).toEqual(Object.keys(operation.request));
      expect(parameters.filter((parameter) => parameter.in === 'path')).toMatchObject([
        { name: 'orderNo', required: true },
      ]);
    },
  );

  it('name the profiles on which a field is unknown or has another limit', () => {
    const sentence = (name: string, field: string) => {
      const operation = operations.find((candidate) => candidate.name === name)!;
      return JSON.stringify(requestParameters(operation).find((parameter) => parameter.name === field));
    };
    expect(sentence('vehicle-license-ocr', 'side')).toContain('not accepted on webank');
    expect(sentence('face-verify', 'photo')).toContain(
      'on webank JPEG, PNG: at most 3,145,728 characters of base64 and 2,097,152 bytes of file; ' +
        'on tencentcloud and kyc1 JPEG, PNG, BMP: at most 20,971,520 characters of base64',
    );
  });
});
