/**
 * How each kind of value is read. A parser answers the value, null for "known to be nothing", or undefined when the raw
 * value does not parse.
 */
import type { LeafKind } from '../fields/result.ts';

type Parser = (raw: string) => unknown;

const two = (text: string) => text.padStart(2, '0');

/** `YYYY-MM-DD` of a real calendar day, else undefined. */
function isoDate(raw: string): string | undefined {
  const parts = /^(\d{4})-?(\d{2})-?(\d{2})$/.exec(raw);
  if (!parts) return undefined;
  const iso = `${parts[1]}-${parts[2]}-${parts[3]}`;
  const time = new Date(`${iso}T00:00:00Z`);
  return Number.isNaN(time.getTime()) || time.toISOString().slice(0, 10) !== iso ? undefined : iso;
}

/** `yyyyMMddHHmmss` or `yyyy-MM-dd HH:mm:ss` in UTC+8 as ISO with `+08:00`, else undefined. */
export function isoTime(raw: string): string | undefined {
  const parts = /^(\d{4}-?\d{2}-?\d{2}) ?(\d{2}):?(\d{2}):?(\d{2})$/.exec(raw);
  const day = parts && isoDate(parts[1]!);
  if (!parts || !day || Number(parts[2]) > 23 || Number(parts[3]) > 59 || Number(parts[4]) > 59) return undefined;
  return `${day}T${parts[2]}:${parts[3]}:${parts[4]}+08:00`;
}

function number(raw: string, max: number): number | undefined {
  return /^\d{1,9}(\.\d{1,22})?$/.test(raw) && Number(raw) <= max ? Number(raw) : undefined;
}

/** `yyyyMMdd-yyyyMMdd`, or `yyyyMMdd-长期` for a card without end. */
function range(raw: string): { from: string; until: string | null } | undefined {
  const parts = /^(\d{8}|[\d-]{10}|\d{4}\.\d{2}\.\d{2})-(.{2,10})$/.exec(raw);
  const from = parts && isoDate(parts[1]!.replaceAll('.', '-'));
  if (!parts || !from) return undefined;
  if (parts[2] === '长期') return { from, until: null };
  const until = isoDate(parts[2]!.replaceAll('.', '-'));
  return until ? { from, until } : undefined;
}

/** Bits of an ID card warning, left to right (specification 7.3); bits without a known meaning keep their number. */
export const bitNames = [
  'border-incomplete',
  'photocopy',
  'bit-3',
  'reshot',
  'temporary-card',
  'covered',
  'bit-7',
  'bit-8',
];

/** Codes of a bank card warning (specification 7.4). */
const codeNames: Readonly<Record<string, string>> = {
  '-9110': 'invalid-date',
  '-9111': 'border-incomplete',
  '-9112': 'glare',
  '-9113': 'photocopy',
  '-9114': 'reshot',
  '66661009': 'expired',
};

function bits(raw: string): string[] | undefined {
  return /^[01]{8}$/.test(raw) ? bitNames.filter((_, index) => raw[index] === '1') : undefined;
}

function codes(raw: string): string[] | undefined {
  if (!/^(\[[-\d, ]{0,200}\]|-?\d{1,12})$/.test(raw)) return undefined;
  const listed = raw
    .replace(/[[\] ]/g, '')
    .split(',')
    .filter((code) => code !== '' && code !== '0');
  if (!listed.every((code) => /^-?\d{1,12}$/.test(code))) return undefined;
  return listed.map((code) => (Object.hasOwn(codeNames, code) ? codeNames[code]! : `code-${code}`));
}

const sexes: Readonly<Record<string, string>> = { 男: 'male', 女: 'female' };

/** One parser for each kind of scalar leaf. */
export const parsers: Readonly<Record<Exclude<LeafKind, 'picture' | 'pictures'>, Parser>> = {
  text: (raw) => raw,
  score: (raw) => number(raw, 100),
  count: (raw) => (/^\d{1,6}$/.test(raw) ? Number(raw) : undefined),
  date: isoDate,
  month: (raw) => {
    const parts = /^(\d{1,2})\/(\d{4})$/.exec(raw);
    return parts && Number(parts[1]) >= 1 && Number(parts[1]) <= 12 ? `${parts[2]}-${two(parts[1]!)}` : undefined;
  },
  time: isoTime,
  sex: (raw) => (Object.hasOwn(sexes, raw) ? sexes[raw] : undefined),
  'range-start': (raw) => range(raw)?.from,
  'range-end': (raw) => range(raw)?.until,
  'range-open': (raw) => {
    const parsed = range(raw);
    return parsed && parsed.until === null;
  },
  'warning-bits': bits,
  'warning-codes': codes,
  pass: (raw) => (raw === '1' ? 'match' : raw === '2' ? 'no-match' : undefined),
};
