/** Magic values: how a caller chooses the outcome of a call by what it sends (docs/simulator.md lists them). */
import type { ResultFields } from '../fields/result.ts';
import type { Operation } from '../operation.ts';
import { codePattern, type Fault, faultOfMarker } from './faults.ts';
import { textOf, type Values, wireName } from './upstream.ts';

/** What a call asks for. */
export interface Wish {
  readonly code?: string;
  readonly fault?: Fault;
  /** Wire names that are left out of the answer. */
  readonly drop: readonly string[];
  /** Values of the result by public path. */
  readonly values: Readonly<Record<string, string>>;
}

/** ID numbers for which the authority answers something else than "same person". */
export const magicIdNumbers: ReadonlyMap<string, string> = new Map([
  ['990101199001010027', '66660024'],
  ['990101199001010035', '66660005'],
  ['99010119900101006X', '66660010'],
  ['990101199001010051', '66660004'],
]);

/** The ID number that has a limit of attempts, and the limit (specification, section 8). */
export const limitedPerson = { idNo: '990101199001010043', attempts: 5 } as const;

const nameCode = /^模拟(-?\d{1,10})/;
const userCode = /^sim(\d{1,10})$/;
const externalOrder = /^EXT(?:code(\d{1,10})$)?/;

/** Whether an order number stands for an order made elsewhere, and the code its queries answer. */
export function externalOrderCode(orderNo: string): string | undefined {
  const found = externalOrder.exec(orderNo);
  return found ? (found[1] ?? '0') : undefined;
}

const mark = Buffer.from('signet-simulator:');
const tail = 256;

/** The `key=value` pairs behind `signet-simulator:` in the last 256 bytes of a file. */
export function readMarker(base64: string): Map<string, string> {
  const end = Buffer.from(base64.slice(-4 * Math.ceil(tail / 3)), 'base64').subarray(-tail);
  const at = end.lastIndexOf(mark);
  const marker = new Map<string, string>();
  if (at < 0) return marker;
  const text = end.subarray(at + mark.length);
  const stop = text.findIndex((byte) => byte === 0 || byte === 10 || byte === 13);
  for (const pair of text
    .subarray(0, stop < 0 ? undefined : stop)
    .toString('utf8')
    .split(/[ ;]+/)) {
    const equals = pair.indexOf('=');
    if (equals > 0) marker.set(pair.slice(0, equals), pair.slice(equals + 1));
  }
  return marker;
}

/** Values of a result by public path, out of pairs whose keys are wire names or public names. */
function valuesOf(fields: ResultFields, marker: ReadonlyMap<string, string>, path = ''): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, field] of Object.entries(fields)) {
    const here = `${path}${name}`;
    const pick = (key: string, names: readonly (string | undefined)[]) => {
      const found = names.find((one) => one !== undefined && marker.has(one));
      if (found !== undefined) values[key] = marker.get(found)!;
    };
    if (field.kind === 'group') Object.assign(values, valuesOf(field.fields, marker, `${here}.`));
    else if (field.kind === 'list') {
      pick(here, [name, ...field.wire]);
      Object.assign(values, valuesOf(field.fields, marker, `${here}.`));
    } else if (field.kind === 'warning-bits' || field.kind === 'warning-codes') {
      pick(here, ['warning', field.wire[0]]);
      pick(`${here}#multi`, ['multiWarning', field.wire[1]]);
    } else if ('wire' in field) pick(here, [...field.wire, name]);
  }
  return values;
}

/** What a call asks for: in its media, its name, or, where consents are concerned, its user number. */
export function wishOf(operation: Operation, values: Values, aboutConsent: boolean): Wish {
  const marker = new Map<string, string>();
  for (const [name, field] of Object.entries(operation.request)) {
    const text = field.kind === 'media' ? textOf(operation, values, name) : undefined;
    for (const [key, value] of text === undefined ? [] : readMarker(text)) {
      if (!marker.has(key)) marker.set(key, value);
    }
  }
  const coded = marker.get('code');
  const named = nameCode.exec(textOf(operation, values, 'name') ?? '')?.[1];
  const used = aboutConsent ? userCode.exec(textOf(operation, values, 'userId') ?? '')?.[1] : undefined;
  const fault = faultOfMarker(marker);
  return {
    code: (coded !== undefined && codePattern.test(coded) ? coded : undefined) ?? named ?? used,
    fault,
    drop: marker.get('drop')?.split(',') ?? [],
    values: valuesOf(operation.result, marker),
  };
}

/** The small values of a call that its result depends on: the choices and flags that were sent. */
export function smallValues(operation: Operation, values: Values): Record<string, string> {
  const sent: Record<string, string> = {};
  for (const [name, field] of Object.entries(operation.request)) {
    const wire = field.kind === 'choice' || field.kind === 'flag' ? wireName(operation, name) : null;
    if (wire !== null && typeof values[wire] === 'string') sent[wire] = values[wire].slice(0, 8);
  }
  return sent;
}
