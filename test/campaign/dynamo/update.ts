/** Update expressions: SET, REMOVE and ADD. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { ValidationException } from './errors.ts';
import {
  type Item,
  type LazyPath,
  type Operand,
  type Path,
  parseOperand,
  parsePath,
  type Scope,
  Tokens,
  valueAt,
} from './syntax.ts';

/** A parsed update. */
export interface Update {
  readonly used: ReadonlySet<string>;
  /** The item afterwards; the one given stays as it is. @throws ValidationException */
  readonly apply: (scope: Scope) => Item;
}

interface Action {
  readonly path: LazyPath;
  /** Undefined: removed. */
  readonly value?: (scope: Scope) => AttributeValue;
}

const invalid = (what: string) => new ValidationException(what);

function numberOf(value: AttributeValue): number {
  if (value.N === undefined) throw invalid('Incorrect operand type for operator or function');
  return Number(value.N);
}

function settable(tokens: Tokens): Operand {
  const name = tokens.peek();
  if (tokens.peek(1) !== '(' || (name !== 'if_not_exists' && name !== 'list_append')) return parseOperand(tokens);
  tokens.next();
  tokens.expect('(');
  const first = name === 'if_not_exists' ? parseOperand(tokens) : settable(tokens);
  tokens.expect(',');
  const second = settable(tokens);
  tokens.expect(')');
  if (name === 'if_not_exists') return (scope) => first(scope) ?? second(scope);
  return (scope) => {
    const [a, b] = [first(scope)?.L, second(scope)?.L];
    if (!a || !b) throw invalid('list_append needs two lists');
    return { L: [...a, ...b] };
  };
}

function assignment(tokens: Tokens): Action {
  const path = parsePath(tokens);
  tokens.expect('=');
  const left = settable(tokens);
  const sign = tokens.take('+') ? 1 : tokens.take('-') ? -1 : 0;
  const right = sign === 0 ? undefined : settable(tokens);
  const present = (operand: Operand, scope: Scope): AttributeValue => {
    const value = operand(scope);
    if (!value) throw invalid('The provided expression refers to an attribute that does not exist in the item');
    return value;
  };
  const value = (scope: Scope): AttributeValue => {
    const first = present(left, scope);
    return right ? { N: String(numberOf(first) + sign * numberOf(present(right, scope))) } : first;
  };
  return { path, value };
}

function addition(tokens: Tokens): Action {
  const path = parsePath(tokens);
  const operand = parseOperand(tokens);
  const value = (scope: Scope): AttributeValue => {
    const [before, more] = [valueAt(scope.item, path(scope.names)), operand(scope)!];
    if (more.SS) return { SS: [...new Set([...(before?.SS ?? []), ...more.SS])] };
    return { N: String(numberOf(before ?? { N: '0' }) + numberOf(more)) };
  };
  return { path, value };
}

function put(container: AttributeValue | undefined, path: Path, value: AttributeValue | undefined): AttributeValue {
  const [step, ...rest] = path;
  if (typeof step === 'number') {
    const list = [...(container?.L ?? missing())];
    const inner = rest.length > 0 ? put(list[step], rest, value) : value;
    if (inner === undefined) list.splice(step, 1);
    else list[Math.min(step, list.length)] = inner;
    return { L: list };
  }
  const map = { ...(container?.M ?? missing()) };
  const inner = rest.length > 0 ? put(map[step!], rest, value) : value;
  if (inner === undefined) delete map[step!];
  else map[step!] = inner;
  return { M: map };
}

function missing(): never {
  throw invalid('The document path provided in the update expression is invalid for update');
}

function refuseOverlaps(paths: readonly Path[]): void {
  const keys = paths.map((path) => `${path.join('\u0000')}\u0000`).sort();
  if (keys.some((key, index) => keys[index + 1]?.startsWith(key)))
    throw invalid('Two document paths overlap with each other');
}

function parseActions(tokens: Tokens): Action[] {
  const actions: Action[] = [];
  while (tokens.peek() !== undefined) {
    if (tokens.take('SET')) actions.push(...tokens.list(() => assignment(tokens)));
    else if (tokens.take('REMOVE')) actions.push(...tokens.list(() => ({ path: parsePath(tokens) })));
    else if (tokens.take('ADD')) actions.push(...tokens.list(() => addition(tokens)));
    else throw tokens.wrong();
  }
  return actions;
}

const parsed = new Map<string, Update>();

/** Parses an update, once. @throws ValidationException */
export function parseUpdate(text: string): Update {
  const known = parsed.get(text);
  if (known) return known;
  const tokens = new Tokens(text);
  const actions = parseActions(tokens);
  const update: Update = {
    used: tokens.used,
    apply(scope) {
      const changes = actions.map(({ path, value }) => ({ path: path(scope.names), value: value?.(scope) }));
      refuseOverlaps(changes.map(({ path }) => path));
      return changes.reduce((item, { path, value }) => put({ M: item }, path, value).M!, scope.item);
    },
  };
  parsed.set(text, update);
  return update;
}
