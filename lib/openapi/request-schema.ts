/**
 * Schemas of requests, for values in their normal form (NFC text, bare base64). What a schema cannot say, such as a check
 * digit or the first bytes of a file, stands in words; validation decides.
 */
import type { Limit, MediaType } from '../fields/limits.ts';
import type { RequestField, TextField } from '../fields/request.ts';
import { limitOf, type Operation, type ProfileName } from '../operation.ts';
import { profiles } from '../profiles.ts';
import { closedObject, type Properties, ref, type Schema } from './schema.ts';

/** Every profile, in the order of the docs. */
export const profileNames = Object.keys(profiles) as ProfileName[];

/** What the types of files are called. */
export const typeNames: Readonly<Record<MediaType, string>> = {
  'image/jpeg': 'JPEG',
  'image/png': 'PNG',
  'image/bmp': 'BMP',
  'video/mp4': 'MP4',
  'application/pdf': 'PDF',
};

/** 1,234,567 */
export const grouped = (value: number): string => value.toLocaleString('en-US');

function limitWords({ types, base64, raw }: Limit): string {
  const file = raw === undefined ? '' : ` and ${grouped(raw)} bytes of file`;
  return `${types.map((type) => typeNames[type]).join(', ')}: at most ${grouped(base64)} characters of base64${file}`;
}

/** What a media field may hold, in words: once where all profiles agree, else for each. */
export function mediaWords(operation: Operation, name: string): string {
  const words = Map.groupBy(profileNames, (profile) => limitWords(limitOf(operation, name, profile)));
  if (words.size === 1) return [...words.keys()][0]!;
  return [...words].map(([limit, of]) => `on ${of.join(' and ')} ${limit}`).join('; ');
}

/** Profiles on which the upstream does not know a field: 400 there. */
export const absentOn = ({ wire }: Operation, name: string): readonly ProfileName[] =>
  profileNames.filter((profile) => wire.absent?.[profile]?.includes(name));

// Text without a pattern of its own has no white space around it; lengths count characters, as in JSON Schema.
const textSchema = ({ min, max, pattern }: TextField): Schema => ({
  type: 'string',
  minLength: min,
  maxLength: max,
  pattern: pattern?.source ?? '^\\S(.*\\S)?$',
});

function mediaSchema(operation: Operation, name: string): Schema {
  const longest = Math.max(...profileNames.map((profile) => limitOf(operation, name, profile).base64));
  const base64 = {
    type: 'string',
    contentEncoding: 'base64',
    minLength: 4,
    maxLength: longest,
    description:
      'Standard alphabet with padding. A `data:` prefix and white space are dropped before anything is counted.',
  };
  return { oneOf: [closedObject({ base64 }, ['base64']), ref('StagedMedia')] };
}

/** The schema of a value that is no file. */
export function valueSchema(field: Exclude<RequestField, { kind: 'media' }>): Schema {
  switch (field.kind) {
    case 'text':
      return textSchema(field);
    case 'id-number':
      return { type: 'string', minLength: 18, maxLength: 18, pattern: '^[0-9]{17}[0-9Xx]$' };
    case 'choice':
      return { type: 'string', enum: Object.keys(field.values) };
    case 'flag':
      return { type: 'boolean' };
  }
}

const shapeOf = (operation: Operation, name: string, field: RequestField): Schema =>
  field.kind === 'media' ? mediaSchema(operation, name) : valueSchema(field);

/** The schema of one field of an operation's request. */
export function requestFieldSchema(operation: Operation, name: string): Schema {
  const field = operation.request[name]!;
  const absent = absentOn(operation, name);
  const description = [
    field.meaning,
    field.kind === 'media' ? mediaWords(operation, name) : '',
    absent.length > 0 ? `not accepted on ${absent.join(' and ')}` : '',
  ];
  return { ...shapeOf(operation, name, field), description: `${description.filter(Boolean).join('. ')}.` };
}

/** Names of the fields that a request must have. */
export const requiredFields = ({ request }: Pick<Operation, 'request'>): readonly string[] =>
  Object.keys(request).filter((name) => !('optional' in request[name]!));

/** The schema of a request body: closed, with the rules between fields. */
export function requestSchema(operation: Operation): Schema {
  const names = Object.keys(operation.request);
  const properties: Properties = Object.fromEntries(names.map((name) => [name, requestFieldSchema(operation, name)]));
  return { ...closedObject(properties, requiredFields(operation)), ...needsSchema(operation.needs) };
}

/** The rules between the fields of an object. */
export const needsSchema = ({ oneOf, with: together }: NonNullable<Operation['needs']> = {}): Schema => ({
  ...(oneOf ? { anyOf: oneOf.map((required) => ({ required })) } : {}),
  ...(together
    ? { dependentRequired: Object.fromEntries(Object.entries(together).map(([name, other]) => [name, [other]])) }
    : {}),
});

/** The fields of a request without a body as parameters of path and query. */
export function requestParameters(operation: Operation): readonly Schema[] {
  return Object.entries(operation.request).map(([name, field]) => {
    const { description, ...schema } = requestFieldSchema(operation, name);
    const inPath = operation.route.includes(`{${name}}`);
    const required = !('optional' in field);
    return { name, in: inPath ? 'path' : 'query', required, description, schema, example: field.sample };
  });
}
