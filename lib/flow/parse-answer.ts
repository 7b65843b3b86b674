/** Upstream answers as JSON, bounded (reliability: DEP-3). The Content-Type is not asked: no source promises one. */

const deepest = 8;
const mostKeys = 256;
const utf8 = new TextDecoder('utf-8', { fatal: true });
const forbidden: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Counts keys and depth; true when a value keeps within both and has no key that could reach a prototype. */
function bounded(value: unknown): boolean {
  let keys = 0;
  const within = (current: unknown, depth: number): boolean => {
    if (typeof current !== 'object' || current === null) return true;
    if (depth > deepest) return false;
    if (Array.isArray(current)) return current.every((element) => within(element, depth + 1));
    return Object.entries(current).every(([key, inner]) => {
      keys += 1;
      return keys <= mostKeys && !forbidden.has(key) && within(inner, depth + 1);
    });
  };
  return within(value, 1);
}

/** The JSON object of an answer, or the name of what is wrong with it. */
export function parseAnswer(body: Uint8Array): Readonly<Record<string, unknown>> | string {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(body));
  } catch {
    return 'not-json';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'not-an-object';
  return bounded(value) ? (value as Record<string, unknown>) : 'out-of-bounds';
}
