/** Requests as the upstream wants them: spelled as declared, signed, media spliced in without copying it. */
import type { Body, Signature } from '#signing';
import { orderNo, type RequestField } from '../fields/request.ts';
import type { InlineMedia } from '../media/inline.ts';
import { type Operation, verbAndPath } from '../operation.ts';
import { appIdNames, type Profile } from '../profiles.ts';
import { type CheckedRequest, type RequestValue, textOf } from './validate.ts';

/** A call ready to be sent. */
export interface WireCall {
  readonly method: 'GET' | 'POST';
  /** Path with query. */
  readonly path: string;
  readonly body?: Body;
}

type Spelled = readonly [wire: string, value: string | boolean | InlineMedia];

function spell(field: RequestField, value: RequestValue): string | InlineMedia | null {
  if (field.kind === 'choice') return field.values[value as string]!;
  if (field.kind === 'flag') return value ? '1' : null;
  return value as string | InlineMedia;
}

function spelledFields(operation: Operation, request: CheckedRequest): Spelled[] {
  const { alias = {}, constants = {} } = operation.wire;
  // Every call carries an order number, also those whose callers do not choose it.
  const fields = Object.entries({ orderNo, ...operation.request }).flatMap(([name, field]): Spelled[] => {
    const wire = Object.hasOwn(alias, name) ? alias[name]! : field.wire;
    const value = Object.hasOwn(request, name) ? spell(field, request[name]!) : null;
    return wire === null || value === null ? [] : [[wire, value]];
  });
  return [...fields, ...Object.entries(constants)];
}

/**
 * The wire call of a request. All values are text, except the declared constants.
 *
 * @param request the checked request; its `orderNo` is the one that was signed
 */
export function wireCall(
  operation: Operation,
  profile: Profile,
  appId: string,
  signature: Signature,
  request: CheckedRequest,
): WireCall {
  const { method, path } = verbAndPath(operation.upstream);
  const appIds = appIdNames(operation, profile).map((wire): Spelled => [wire, appId]);
  const values: Spelled[] = [...appIds, ...Object.entries(signature), ...spelledFields(operation, request)];
  if (method === 'GET') {
    return {
      method,
      path: `${path}?${values.map(([key, value]) => `${key}=${encodeURIComponent(value as string)}`).join('&')}`,
    };
  }
  const trace = profile.orderNoInUrl ? `?orderNo=${encodeURIComponent(textOf(request, 'orderNo'))}` : '';
  return { method, path: `${path}${trace}`, body: jsonBody(values) };
}

const piece = 65_536;

/** A JSON body of small values and base64 text. Checked base64 needs no escaping and has one byte a character. */
function jsonBody(values: readonly Spelled[]): Body {
  const parts: { text?: Buffer; base64?: string }[] = [];
  let text = '{';
  for (const [index, [key, value]] of values.entries()) {
    text += `${index ? ',' : ''}${JSON.stringify(key)}:`;
    if (typeof value === 'object') {
      parts.push({ text: Buffer.from(`${text}"`) }, { base64: value.base64 });
      text = '"';
    } else text += JSON.stringify(value);
  }
  parts.push({ text: Buffer.from(`${text}}`) });
  return {
    length: parts.reduce((sum, part) => sum + (part.text ?? part.base64!).length, 0),
    *chunks() {
      for (const { text: small, base64 } of parts) {
        if (small) yield small;
        for (let at = 0; base64 && at < base64.length; at += piece)
          yield Buffer.from(base64.slice(at, at + piece), 'latin1');
      }
    },
  };
}
