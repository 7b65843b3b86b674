/** POST policies: what a form may upload, and until when (Amazon S3 API Reference, "POST Policy"). */
import { isObject, type Json } from '../intrinsics.ts';
import { S3Error } from './error.ts';
import type { SignatureOptions } from './signature.ts';
import { checkCredential, checkToken, sameText, sign, signingFor } from './sigv4.ts';

/** How many bytes a file may have, both included. */
export interface SizeRange {
  min: number;
  max: number;
}

/** Fields that no condition has to cover. */
const uncovered = /^(policy|x-amz-signature|file|x-ignore-.*)$/;

/**
 * Checks signature, expiry and conditions of a form, and answers the range of sizes. Fields by name in lower case. Throws
 * what S3 answers to a form that may not.
 */
export function checkForm(fields: ReadonlyMap<string, string>, bucket: string, options: SignatureOptions): SizeRange {
  const required = ['Policy', 'X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Date', 'X-Amz-Signature'];
  if (required.slice(1).every((name) => !fields.has(name.toLowerCase()))) throw new S3Error('AccessDenied');
  for (const name of ['key', ...required]) {
    if (!fields.has(name.toLowerCase())) {
      const message = `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`;
      throw new S3Error('InvalidArgument', message, { ArgumentName: name, ArgumentValue: '' });
    }
  }
  const field = (name: string): string => fields.get(name) ?? '';
  if (field('x-amz-algorithm') !== 'AWS4-HMAC-SHA256') throw new S3Error('InvalidArgument', 'Unknown X-Amz-Algorithm');
  const scope = checkCredential(field('x-amz-credential'), field('x-amz-date'), options, 'InvalidArgument');
  checkToken(fields.get('x-amz-security-token'), options.credentials);
  const signing = signingFor(options.credentials.secretAccessKey, scope, field('x-amz-date'));
  if (!sameText(sign(signing, field('policy')), field('x-amz-signature'))) throw new S3Error('SignatureDoesNotMatch');
  return checkPolicy(field('policy'), new Map([...fields, ['bucket', bucket]]), options.now(), fields.get('bucket'));
}

function checkPolicy(
  encoded: string,
  fields: ReadonlyMap<string, string>,
  now: number,
  bucketField: string | undefined,
): SizeRange {
  const { expiration, conditions } = readPolicy(encoded);
  if (now >= expiration) throw new S3Error('AccessDenied', 'Invalid according to Policy: Policy expired.');
  const size: SizeRange = { min: 0, max: Number.MAX_SAFE_INTEGER };
  const covered = new Set<string>();
  for (const [operator, name, value] of conditions) {
    if (operator === 'content-length-range') {
      size.min = Math.max(size.min, Number(name));
      size.max = Math.min(size.max, Number(value));
      continue;
    }
    covered.add(name);
    const actual = fields.get(name);
    if (actual === undefined || !holds(operator, name, actual, value)) throw failed(operator, `$${name}`, value);
  }
  const extra = [...fields.keys()].find((name) => !covered.has(name) && !uncovered.test(name));
  if (extra !== undefined)
    throw new S3Error('AccessDenied', `Invalid according to Policy: Extra input fields: ${extra}`);
  const bucket = fields.get('bucket') ?? '';
  if (bucketField !== undefined && bucketField !== bucket) throw failed('eq', '$bucket', bucketField);
  return size;
}

function failed(...condition: string[]): S3Error {
  return new S3Error(
    'AccessDenied',
    `Invalid according to Policy: Policy Condition failed: [${condition.map((part) => JSON.stringify(part)).join(', ')}]`,
  );
}

function holds(operator: string, name: string, actual: string, value: string): boolean {
  if (operator === 'eq') return actual === value;
  // Content types may be lists, and then each must begin so.
  const parts = name === 'content-type' ? actual.split(',') : [actual];
  return parts.every((part) => part.startsWith(value));
}

/** Operator, name in lower case without `$`, value; or `content-length-range`, least and most. */
type Condition = [operator: string, name: string, value: string];

const invalid = (what: string): S3Error => new S3Error('InvalidPolicyDocument', `Invalid Policy: ${what}`);
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/;

function readPolicy(encoded: string): { expiration: number; conditions: Condition[] } {
  let policy: unknown;
  try {
    policy = JSON.parse(Buffer.from(encoded, 'base64').toString());
  } catch {
    throw invalid('Invalid JSON.');
  }
  if (!isObject(policy)) throw invalid('Invalid JSON.');
  const { expiration, conditions, ...others } = policy;
  const [other] = Object.keys(others);
  if (other !== undefined) throw invalid(`Unexpected: '${other}'`);
  if (expiration === undefined) throw invalid('Policy missing expiration.');
  if (typeof expiration !== 'string' || !instant.test(expiration) || Number.isNaN(Date.parse(expiration))) {
    throw invalid(`Invalid 'expiration' value: ${JSON.stringify(expiration)}`);
  }
  if (!Array.isArray(conditions)) throw invalid("Invalid 'conditions' value: must be a List.");
  return { expiration: Date.parse(expiration), conditions: conditions.map(readCondition) };
}

function readCondition(condition: unknown): Condition {
  if (Array.isArray(condition)) return readList(condition);
  if (!isObject(condition)) throw invalid('Invalid condition test: must be a List or Object.');
  const entries = Object.entries(condition as Json);
  const [[name, value] = []] = entries;
  if (name === undefined || entries.length > 1) {
    throw invalid('Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.');
  }
  if (typeof value !== 'string') throw invalid('Invalid Simple-Condition: value must be a string.');
  return ['eq', name.toLowerCase(), value];
}

function readList(list: unknown[]): Condition {
  const [operator, name, value, ...rest] = list;
  if (typeof operator !== 'string') throw invalid('Invalid Condition: missing operation identifier.');
  const kind = operator.toLowerCase();
  if (name === undefined || value === undefined || rest.length > 0) {
    throw invalid(`Invalid ${operator}: wrong number of arguments.`);
  }
  if (kind === 'content-length-range') {
    const bounds = [name, value].map(String);
    if (!bounds.every((bound) => /^\d{1,15}$/.test(bound))) throw failed(operator, ...bounds);
    return [kind, ...bounds] as unknown as Condition;
  }
  if (kind !== 'eq' && kind !== 'starts-with') throw invalid(`Invalid Condition: unknown operation '${operator}'.`);
  if (typeof name !== 'string' || typeof value !== 'string') throw invalid('Invalid JSON.');
  if (!name.startsWith('$')) throw failed(operator, name, value);
  return [kind, name.slice(1).toLowerCase(), value];
}
