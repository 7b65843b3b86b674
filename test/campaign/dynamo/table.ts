/** One DynamoDB table in memory: single-item writes, reads and queries of its index, each of them atomic. */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DeleteItemCommandInput,
  GetItemCommand,
  type GetItemCommandInput,
  PutItemCommand,
  type PutItemCommandInput,
  QueryCommand,
  type QueryCommandInput,
  ResourceNotFoundException,
  ScanCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { compare, parseCondition } from './condition.ts';
import { ValidationException } from './errors.ts';
import type { Item, Scope } from './syntax.ts';
import { parseUpdate } from './update.ts';

/** The sparse index of a table. */
export interface IndexModel {
  readonly name: string;
  readonly partition: string;
  readonly sort: string;
}

/** What happened to an item, and by whom. */
export type OnWrite = (by: string, key: string, before: Item | undefined, after: Item) => void;

type Names = Readonly<Record<string, string>>;
interface Expressions {
  readonly ExpressionAttributeNames?: Names;
  readonly ExpressionAttributeValues?: Item;
}

/** A table with a partition key of text and one index that holds keys only. Items are never changed, only replaced. */
export class Table {
  readonly items = new Map<string, Item>();
  /** The version before the present one, for reads that are not consistent. */
  readonly #older = new Map<string, Item | undefined>();
  readonly #name: string;
  readonly #key: string;
  readonly #index: IndexModel;
  readonly #onWrite: OnWrite;
  #by = '';

  constructor(name: string, key: string, index: IndexModel, onWrite: OnWrite = () => {}) {
    this.#name = name;
    this.#key = key;
    this.#index = index;
    this.#onWrite = onWrite;
  }

  /**
   * Carries out one command.
   *
   * @param by who sends it
   * @param stale reads that are not consistent see the version before the present one
   * @throws ConditionalCheckFailedException, ValidationException
   */
  execute(command: unknown, by = '', stale = false): Record<string, unknown> {
    this.#by = by;
    if (command instanceof GetItemCommand) return this.#get(command.input, stale);
    if (command instanceof UpdateItemCommand) return this.#update(command.input);
    if (command instanceof PutItemCommand) return this.#put(command.input);
    if (command instanceof QueryCommand) return this.#query(command.input, stale);
    // For tests that look into everything; no function may scan.
    if (command instanceof ScanCommand) return { Items: [...this.items.values()].map((item) => structuredClone(item)) };
    // For tests in which a record has expired; no function deletes one.
    if (command instanceof DeleteItemCommand) return this.#delete(command.input);
    throw new Error(`The fake has no ${(command as object).constructor.name}`);
  }

  #keyOf(table: string | undefined, key: Item | undefined): string {
    if (table !== this.#name) throw new ResourceNotFoundException({ message: 'No such table', $metadata: {} });
    const value = key?.[this.#key]?.S;
    if (value === undefined || value === '') throw new ValidationException('The provided key element is not valid');
    return value;
  }

  #get({ TableName, Key, ConsistentRead }: GetItemCommandInput, stale: boolean): { Item?: Item } {
    const key = this.#keyOf(TableName, Key);
    const item = stale && !ConsistentRead ? this.#older.get(key) : this.items.get(key);
    return item ? { Item: item } : {};
  }

  #update(input: UpdateItemCommandInput): { Attributes?: Item } {
    const key = this.#keyOf(input.TableName, input.Key);
    const before = this.items.get(key);
    const scope = scopeOf(input, before);
    const update = parseUpdate(input.UpdateExpression ?? '');
    this.#check(input, input.ConditionExpression, before, [update.used]);
    const after = update.apply({ ...scope, item: { ...scope.item, ...(before ? {} : input.Key) } });
    if (after[this.#key]?.S !== key) throw new ValidationException('Cannot update attribute: it is part of the key');
    this.#store(key, before, after);
    if (input.ReturnValues === 'ALL_NEW') return { Attributes: after };
    return input.ReturnValues === 'ALL_OLD' && before ? { Attributes: before } : {};
  }

  #put(input: PutItemCommandInput): Record<string, never> {
    const key = this.#keyOf(input.TableName, input.Item);
    const before = this.items.get(key);
    this.#check(input, input.ConditionExpression, before, []);
    this.#store(key, before, input.Item!);
    return {};
  }

  #delete({ TableName, Key }: DeleteItemCommandInput): Record<string, never> {
    this.items.delete(this.#keyOf(TableName, Key));
    return {};
  }

  #check(input: Expressions, text: string | undefined, item: Item | undefined, used: ReadonlySet<string>[]): void {
    const condition = text === undefined ? undefined : parseCondition(text);
    refuseUnused(input, [...used, condition?.used ?? new Set()]);
    if (!condition || condition.holds(scopeOf(input, item))) return;
    throw refused();
  }

  #store(key: string, before: Item | undefined, after: Item): void {
    const { partition, sort } = this.#index;
    const wrong =
      (after[partition] && after[partition].S === undefined) || (after[sort] && after[sort].N === undefined);
    if (wrong) throw new ValidationException('Type mismatch for an index key');
    this.#older.set(key, before);
    this.items.set(key, after);
    this.#onWrite(this.#by, key, before, after);
  }

  #query(input: QueryCommandInput, stale: boolean): { Items: Item[]; Count: number; LastEvaluatedKey?: Item } {
    const { name, partition, sort } = this.#index;
    if (input.TableName !== this.#name || input.IndexName !== name) throw new ValidationException('No such index');
    if (input.ConsistentRead) throw new ValidationException('Consistent reads are not supported on an index');
    const condition = parseCondition(input.KeyConditionExpression ?? '');
    refuseUnused(input, [condition.used]);
    const source = [...this.items].map(([key, item]) => (stale ? this.#older.get(key) : item));
    const indexed = source.filter(
      (item) => item?.[partition]?.S !== undefined && item[sort]?.N !== undefined,
    ) as Item[];
    const found = indexed.filter((item) => condition.holds(scopeOf(input, item)));
    found.sort((a, b) => compare(a[sort]!, b[sort]!)! || compare(a[this.#key]!, b[this.#key]!)!);
    if (input.ScanIndexForward === false) found.reverse();
    const start = input.ExclusiveStartKey?.[this.#key]?.S;
    const from = start === undefined ? 0 : found.findIndex((item) => item[this.#key]!.S === start) + 1;
    const page = found.slice(from, input.Limit === undefined ? undefined : from + input.Limit);
    const keys = ({ [this.#key]: key, [partition]: first, [sort]: second }: Item): Item => ({
      [this.#key]: key!,
      [partition]: first!,
      [sort]: second!,
    });
    // A full page says that there may be more, also when there is not.
    const more = page.length > 0 && page.length === input.Limit;
    return {
      Items: page.map(keys),
      Count: page.length,
      ...(more ? { LastEvaluatedKey: keys(page.at(-1)!) } : {}),
    };
  }
}

/** An answer rather than a fault, and by far the most frequent one: taking its stack costs more than all the rest. */
function refused(): ConditionalCheckFailedException {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const error = new ConditionalCheckFailedException({ message: 'The conditional request failed', $metadata: {} });
  Error.stackTraceLimit = stackTraceLimit;
  return error;
}

const scopeOf = (input: Expressions, item: Item | undefined): Scope => ({
  item: item ?? {},
  names: input.ExpressionAttributeNames ?? {},
  values: input.ExpressionAttributeValues ?? {},
});

/** Names and values that no expression uses are refused, and so are those that are used and not given. */
function refuseUnused(input: Expressions, sets: readonly ReadonlySet<string>[]): void {
  const used = new Set(sets.flatMap((set) => [...set]));
  const given = [
    ...Object.keys(input.ExpressionAttributeNames ?? {}),
    ...Object.keys(input.ExpressionAttributeValues ?? {}),
  ];
  const unused = given.find((name) => !used.has(name));
  if (unused !== undefined) throw new ValidationException(`Value provided but unused in expressions: ${unused}`);
  const undefinedName = [...used].find((name) => !given.includes(name));
  if (undefinedName !== undefined)
    throw new ValidationException(`Used in an expression, not defined: ${undefinedName}`);
}
