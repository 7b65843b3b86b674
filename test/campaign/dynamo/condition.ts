/** Condition, filter and key condition expressions. */
import { isDeepStrictEqual } from 'node:util';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type Operand, parseOperand, parsePath, type Scope, Tokens, valueAt } from './syntax.ts';

/** A parsed condition. */
export interface Condition {
  readonly used: ReadonlySet<string>;
  readonly holds: (scope: Scope) => boolean;
}

type Test = (scope: Scope) => boolean;

const typeOf = (value: AttributeValue): string => Object.keys(value)[0]!;

/** Negative, zero or positive as `a` comes before, with or after `b`; null when they cannot be compared. */
export function compare(a: AttributeValue, b: AttributeValue): number | null {
  if (typeOf(a) !== typeOf(b)) return null;
  if (a.N !== undefined) return Number(a.N) - Number(b.N);
  if (a.S !== undefined) return Buffer.compare(Buffer.from(a.S), Buffer.from(b.S!));
  return a.B === undefined ? null : Buffer.compare(a.B, b.B!);
}

function equal(a: AttributeValue, b: AttributeValue): boolean {
  return a.N === undefined ? isDeepStrictEqual(a, b) : b.N !== undefined && Number(a.N) === Number(b.N);
}

const signs: Readonly<Record<string, (a: AttributeValue, b: AttributeValue) => boolean>> = {
  '=': equal,
  '<>': (a, b) => !equal(a, b),
  '<': (a, b) => (compare(a, b) ?? 1) < 0,
  '<=': (a, b) => (compare(a, b) ?? 1) <= 0,
  '>': (a, b) => (compare(a, b) ?? -1) > 0,
  '>=': (a, b) => (compare(a, b) ?? -1) >= 0,
};

function functionTest(tokens: Tokens, name: string): Test | undefined {
  if (tokens.peek(1) !== '(') return undefined;
  const arity = { attribute_exists: 1, attribute_not_exists: 1, begins_with: 2, contains: 2, attribute_type: 2 }[name];
  if (arity === undefined) return undefined;
  tokens.next();
  tokens.expect('(');
  const path = parsePath(tokens);
  let second: Operand | undefined;
  if (arity === 2) {
    tokens.expect(',');
    second = parseOperand(tokens);
  }
  tokens.expect(')');
  return (scope) => {
    const value = valueAt(scope.item, path(scope.names));
    if (name === 'attribute_exists') return value !== undefined;
    if (name === 'attribute_not_exists') return value === undefined;
    const other = second!(scope);
    if (!value || !other) return false;
    if (name === 'attribute_type') return typeOf(value) === other.S;
    if (name === 'begins_with') return value.S?.startsWith(other.S!) ?? false;
    if (value.S !== undefined) return value.S.includes(other.S!);
    return [...(value.SS ?? []), ...(value.NS ?? [])].includes((other.S ?? other.N)!) || hasElement(value, other);
  };
}

const hasElement = (list: AttributeValue, value: AttributeValue): boolean =>
  (list.L ?? []).some((element) => equal(element, value));

function comparison(tokens: Tokens): Test {
  const left = parseOperand(tokens);
  if (tokens.take('IN')) {
    tokens.expect('(');
    const list = tokens.list(() => parseOperand(tokens));
    tokens.expect(')');
    return (scope) => {
      const value = left(scope);
      return value !== undefined && list.some((one) => equal(value, one(scope)!));
    };
  }
  if (tokens.take('BETWEEN')) {
    const low = parseOperand(tokens);
    tokens.expect('AND');
    const high = parseOperand(tokens);
    return (scope) => {
      const value = left(scope);
      return value !== undefined && signs['>=']!(value, low(scope)!) && signs['<=']!(value, high(scope)!);
    };
  }
  const name = tokens.next();
  const sign = signs[name];
  if (!sign) throw tokens.wrong();
  const right = parseOperand(tokens);
  return (scope) => {
    const [a, b] = [left(scope), right(scope)];
    // What is not there is unequal to everything.
    return a !== undefined && b !== undefined ? sign(a, b) : name === '<>';
  };
}

function primary(tokens: Tokens): Test {
  if (tokens.take('NOT')) {
    const inner = primary(tokens);
    return (scope) => !inner(scope);
  }
  if (tokens.take('(')) {
    const inner = any(tokens);
    tokens.expect(')');
    return inner;
  }
  return functionTest(tokens, tokens.peek() ?? '') ?? comparison(tokens);
}

function all(tokens: Tokens): Test {
  const tests = [primary(tokens)];
  while (tokens.take('AND')) tests.push(primary(tokens));
  return (scope) => tests.every((test) => test(scope));
}

function any(tokens: Tokens): Test {
  const tests = [all(tokens)];
  while (tokens.take('OR')) tests.push(all(tokens));
  return (scope) => tests.some((test) => test(scope));
}

const parsed = new Map<string, Condition>();

/** Parses a condition, once. @throws ValidationException */
export function parseCondition(text: string): Condition {
  const known = parsed.get(text);
  if (known) return known;
  const tokens = new Tokens(text);
  const holds = any(tokens);
  tokens.end();
  const condition = { used: tokens.used, holds };
  parsed.set(text, condition);
  return condition;
}
