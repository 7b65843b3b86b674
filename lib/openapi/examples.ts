/** Examples, made from the samples that the fields carry. All of them are synthetic. */
import { classify } from '../codes/classify.ts';
import type { MediaType } from '../fields/limits.ts';
import type { RequestField } from '../fields/request.ts';
import type { Group, ResultField, ResultFields } from '../fields/result.ts';
import { limitOf, type Operation } from '../operation.ts';
import { keepable, type Result } from '../result/read.ts';
import { handsOutOnce } from './problem-use.ts';
import { profileNames } from './request-schema.ts';

/** The shortest base64 text that passes for a file of a type. */
const smallestFile: Readonly<Record<MediaType, string>> = {
  'image/jpeg': '/9j/4AAQ',
  'image/png': 'iVBORw0KGgo=',
  'image/bmp': 'Qk0=',
  'video/mp4': 'AAAAGGZ0eXA=',
  'application/pdf': 'JVBERi0=',
};

/** A request by public field names. */
export type ExampleRequest = Readonly<Record<string, unknown>>;

function sampleOf(operation: Operation, name: string, field: RequestField): unknown {
  if (field.kind !== 'media') return field.sample;
  return { base64: smallestFile[limitOf(operation, name, profileNames[0]!).types[0]!] };
}

/**
 * Example requests by name: `complete` has every field, `required` (where there are optional ones) only those that a
 * request needs. Fields that some profile does not have are in `complete`.
 */
export function exampleRequests(operation: Operation): Readonly<Record<string, ExampleRequest>> {
  const fields = Object.entries(operation.request);
  const needed = operation.needs?.oneOf?.[0] ?? [];
  const pick = (wanted: (name: string, field: RequestField) => boolean): ExampleRequest =>
    Object.fromEntries(
      fields
        .filter(([name, field]) => wanted(name, field))
        .map(([name, field]) => [name, sampleOf(operation, name, field)]),
    );
  const required = pick((name, field) => !('optional' in field) || needed.includes(name));
  const complete = pick(() => true);
  return Object.keys(required).length === fields.length ? { complete } : { complete, required };
}

function applies({ when }: Group, request: ExampleRequest): boolean {
  if (!when || 'answered' in when) return true;
  return 'files' in when ? request.files === true : request[when.sent[0]] === when.sent[1];
}

function exampleOf(field: ResultField, request: ExampleRequest): unknown {
  if (field.kind === 'group') return exampleResult(field.fields, request);
  return field.kind === 'list' ? [exampleResult(field.fields, request)] : field.sample;
}

/** A picture that is handed out as a link. */
const exampleLink = {
  url: 'https://signet-media.s3.eu-central-1.amazonaws.com/results/demo/photos/0?X-Amz-Expires=300',
  expiresAt: '2021-06-21T14:27:27+08:00',
};

/** Pictures that nothing else could show again are links. */
function withLinks(
  { result }: Operation,
  values: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const linked = Object.entries(result).filter(([, { kind }]) => kind === 'pictures');
  return { ...values, ...Object.fromEntries(linked.map(([name]) => [name, [exampleLink]])) };
}

/** What a request is answered with when everything can be read. */
export function exampleResult(fields: ResultFields, request: ExampleRequest): Readonly<Record<string, unknown>> {
  const present = Object.entries(fields).filter(([, field]) => field.kind !== 'group' || applies(field, request));
  return Object.fromEntries(present.map(([name, field]) => [name, exampleOf(field, request)]));
}

/** What the upstream said, in an example. */
const exampleUpstream = {
  code: '0',
  bizSeqNo: '21062120001184438414222756789012',
  profile: 'tencentcloud',
  at: '2021-06-21T14:22:27+08:00',
};

/** The answer to the complete example request. */
export function exampleAnswer(operation: Operation): Readonly<Record<string, unknown>> {
  const request = exampleRequests(operation).complete!;
  const result = exampleResult(operation.result, request);
  return {
    orderNo: request.orderNo ?? 'demo20210621142227',
    operation: operation.name,
    status: 'succeeded',
    outcome: operation.outcome,
    reason: null,
    result: handsOutOnce(operation) ? withLinks(operation, result) : result,
    billed: classify(operation.family, '0').billed,
    upstream: exampleUpstream,
  };
}

/** The order that the complete example request leaves. */
export function exampleOrder(operation: Operation): Readonly<Record<string, unknown>> {
  const { orderNo, outcome, reason, result, billed, upstream } = exampleAnswer(operation);
  return {
    orderNo,
    operation: operation.name,
    state: 'succeeded',
    outcome,
    reason,
    result: keepable(operation.result, result as Result),
    billed,
    upstream,
    createdAt: '2021-06-21T14:22:26+08:00',
    endedAt: '2021-06-21T14:22:27+08:00',
  };
}
