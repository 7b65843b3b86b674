/** What may be said about an answer, written again from the requirements (reliability: IDM-5, IDM-6, DEP-3). */
import { type Documented, ticketCodes } from './mutations-answers.ts';
import type { Reply } from './mutations-mutate.ts';

/** What an answer allows. */
export type Verdict =
  /** Nothing: the outcome is unknown. */
  | 'unknown'
  | 'positive'
  | 'negative'
  /** The upstream refused: no result, never `succeeded`. */
  | 'refused'
  /** The ticket was refused, so it was certainly not worked on. */
  | 'not-processed';

type Values = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parse({ status, body }: Reply): Values | null {
  if (status !== 200) return null;
  // A text that is not UTF-8 does not survive the way there and back.
  if (!Buffer.from(body.toString('utf8')).equals(body)) return null;
  const text = body.toString('utf8').replace(/^\uFEFF/, '');
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) && isBounded(value) ? value : null;
  } catch {
    return null;
  }
}

/** At most 256 keys, 8 levels, and none that reaches a prototype. */
function isBounded(value: Values): boolean {
  const keys: string[] = [];
  let deepest = 0;
  const walk = (inner: unknown, level: number): void => {
    if (typeof inner !== 'object' || inner === null) return;
    deepest = Math.max(deepest, level);
    if (!Array.isArray(inner)) keys.push(...Object.keys(inner));
    for (const each of Object.values(inner)) walk(each, level + 1);
  };
  walk(value, 1);
  const forbidden = keys.some((key) => key === '__proto__' || key === 'constructor' || key === 'prototype');
  return deepest <= 8 && keys.length <= 256 && !forbidden;
}

const text = (value: unknown): string | null => {
  if (typeof value === 'string' && value !== '') return value;
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : null;
};

/** The values of an answer: under `result`, else beside it. */
export function valuesOf(reply: Reply): Values {
  const top = parse(reply) ?? {};
  return { ...top, ...(isObject(top.result) ? top.result : {}) };
}

/** What an answer to the order `orderNo` allows to say. */
export function judge(reply: Reply, orderNo: string, { promised, negative, transient }: Documented): Verdict {
  const top = parse(reply);
  const code = text(top?.code);
  if (!top || code === null || !/^[\w.-]{1,64}$/.test(code)) return 'unknown';
  const echoes = [top.orderNo, isObject(top.result) ? top.result.orderNo : undefined];
  if (echoes.some((echo) => !(echo === undefined || echo === null || echo === '') && text(echo) !== orderNo))
    return 'unknown';
  if (transient.includes(code)) return 'unknown';
  if (ticketCodes.includes(code)) return 'not-processed';
  if (negative.includes(code)) return 'negative';
  if (code !== '0') return 'refused';
  const values = valuesOf(reply);
  const something = (value: unknown) => text(value) !== null || (Array.isArray(value) && value.length > 0);
  return promised.length === 0 || promised.some((name) => something(values[name])) ? 'positive' : 'unknown';
}

const score = (value: unknown): number | null =>
  /^\d{1,9}(\.\d{1,22})?$/.test(text(value) ?? '') && Number(text(value)) <= 100 ? Number(text(value)) : null;

const plain = (value: string) => value.normalize('NFKC').trim().toUpperCase();

/** The outcomes that a positive answer allows, where it takes more than the code. */
export function outcomesOf(operation: string, reply: Reply, asked: Values, positive: string): readonly string[] {
  const values = valuesOf(reply);
  if (operation === 'face-compare') {
    const similarity = score(values.similarity);
    return similarity === null ? ['undecided'] : [similarity >= 70 ? 'match' : 'no-match'];
  }
  if (operation === 'face-compare-group') {
    const faces = Array.isArray(values.faceResultList) ? values.faceResultList : [];
    const verdicts = faces.map((face) => (isObject(face) ? text(face.singleFaceCode) : null));
    if (verdicts.includes('1')) return ['match'];
    // A face without a verdict may be the person; no face at all says nothing either.
    return verdicts.length > 0 && verdicts.every((verdict) => verdict === '2') ? ['no-match'] : [];
  }
  if (operation === 'consent-check') {
    const says = (said: unknown, meant: unknown): boolean | null => {
      const answered = text(said);
      return answered === null || answered.includes('*') ? null : plain(answered) === plain(String(meant));
    };
    const number = says(text(values.idNo) === null ? values.idcard : values.idNo, asked.idNo);
    // Under the same ID number another user number is the same person.
    const user = number ?? says(values.userId, asked.userId);
    const other = number === false || user === false || says(values.name, asked.name) === false;
    return other ? ['not-authorized'] : [positive];
  }
  return [positive];
}
