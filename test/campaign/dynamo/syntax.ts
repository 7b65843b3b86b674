/** Expressions of DynamoDB as far as Signet uses them: tokens, paths and operands. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { ValidationException } from './errors.ts';

/** An item of a table. */
export type Item = Record<string, AttributeValue>;

/** What an expression is evaluated on. */
export interface Scope {
  readonly item: Item;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Item;
}

/** Steps of a document path. */
export type Path = readonly (string | number)[];
/** A value, or undefined where the item has none. */
export type Operand = (scope: Scope) => AttributeValue | undefined;

const token = /\s*(#\w+|:\w+|[A-Za-z_]\w*|\d+|<>|<=|>=|[=<>(),.+\-[\]])/y;

/** An expression as a list of tokens with a place in it, and what it refers to. */
export class Tokens {
  /** Names (`#x`) and values (`:x`) that the expression uses. */
  readonly used = new Set<string>();
  readonly #tokens: readonly string[];
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    const tokens: string[] = [];
    token.lastIndex = 0;
    let end = 0;
    for (let found = token.exec(text); found; found = token.exec(text)) {
      tokens.push(found[1]!);
      end = token.lastIndex;
    }
    this.#text = text;
    this.#tokens = tokens;
    if (text.slice(end).trim() !== '') throw this.wrong();
  }

  wrong(): ValidationException {
    return new ValidationException(`Syntax error in the expression: ${this.#text} (token ${this.#at + 1})`);
  }
  peek(ahead = 0): string | undefined {
    return this.#tokens[this.#at + ahead];
  }
  next(): string {
    const found = this.#tokens[this.#at];
    if (found === undefined) throw this.wrong();
    this.#at += 1;
    if (/^[#:]/.test(found)) this.used.add(found);
    return found;
  }
  /** Takes the next token if it is this word or sign, words in either case. */
  take(expected: string): boolean {
    if (this.peek()?.toUpperCase() !== expected.toUpperCase()) return false;
    this.next();
    return true;
  }
  expect(expected: string): void {
    if (!this.take(expected)) throw this.wrong();
  }
  end(): void {
    if (this.peek() !== undefined) throw this.wrong();
  }
  /** One or more of something, between commas. */
  list<T>(one: () => T): T[] {
    const found = [one()];
    while (this.take(',')) found.push(one());
    return found;
  }
}

/** A path whose names are looked up when it is used. */
export type LazyPath = (names: Scope['names']) => Path;

/** Reads `#a.b[3]`. */
export function parsePath(tokens: Tokens): LazyPath {
  const steps: (string | number)[] = [nameOf(tokens)];
  for (;;) {
    if (tokens.take('.')) steps.push(nameOf(tokens));
    else if (tokens.take('[')) {
      steps.push(Number(tokens.next()));
      tokens.expect(']');
    } else break;
  }
  return (names) => steps.map((step) => (typeof step === 'string' && step.startsWith('#') ? names[step]! : step));
}

/** The reserved words among the names that Signet's items have, or are likely to get. */
const reserved = new Set(
  'at count data date key language list missing name number order owner path percent position region result session state status time ttl type until user value'.split(
    ' ',
  ),
);

function nameOf(tokens: Tokens): string {
  const name = tokens.next();
  if (!/^(#\w+|[A-Za-z_]\w*)$/.test(name) || reserved.has(name.toLowerCase())) throw tokens.wrong();
  return name;
}

/** The value at a path. */
export function valueAt(item: Item, path: Path): AttributeValue | undefined {
  let value: AttributeValue | undefined = item[path[0] as string];
  for (const step of path.slice(1)) value = typeof step === 'number' ? value?.L?.[step] : value?.M?.[step];
  return value;
}

/** Reads `:value`, a path, or `size(path)`. */
export function parseOperand(tokens: Tokens): Operand {
  const first = tokens.peek();
  if (first?.startsWith(':')) {
    const name = tokens.next();
    return ({ values }) => values[name];
  }
  if (first === 'size' && tokens.peek(1) === '(') {
    tokens.next();
    tokens.expect('(');
    const path = parsePath(tokens);
    tokens.expect(')');
    return ({ item, names }) => {
      const { S, B, L, M, SS, NS } = valueAt(item, path(names)) ?? {};
      const sized = S === undefined ? (B ?? L ?? SS ?? NS) : Buffer.from(S);
      const length = M ? Object.keys(M).length : sized?.length;
      return length === undefined ? undefined : { N: String(length) };
    };
  }
  const path = parsePath(tokens);
  return ({ item, names }) => valueAt(item, path(names));
}
