import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { problems } from '../../../lib/http/problems.ts';
import { openApi } from '../../../lib/openapi/document.ts';
import { operations } from '../../../lib/operations/index.ts';

/** The document under test. */
export const document = openApi(operations, { problems });

const ajv = new Ajv2020({
  strict: true,
  // A required member may be declared next to it (anyOf), and null is a type of its own.
  strictRequired: false,
  allowUnionTypes: true,
  allErrors: true,
  formats: {
    date: /^\d{4}-\d{2}-\d{2}$/,
    uri: /^https?:\/\/\S+$/,
    'date-time': /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\+08:00$/,
  },
});
ajv.addVocabulary(['components']);
ajv.addSchema({ components: { schemas: document.components.schemas } }, 'openapi');

/** The compiled schema of a component. Throws when the schema itself is wrong. */
export function component(name: string): ValidateFunction {
  return ajv.compile({ $ref: `openapi#/components/schemas/${name}` });
}

/** What is wrong with a value, as text; empty when nothing is. */
export function faults(name: string, value: unknown): string {
  const validate = component(name);
  return validate(value) ? '' : ajv.errorsText(validate.errors, { dataVar: name });
}
