/** The books: what was asked, answered and charged. They prove "bought once" in tests. */
import type { Billed } from '../codes/classify.ts';
import type { State } from './state.ts';

/** Counts by operation (or `access-token`, `api-ticket`) and code. */
export type Counts = Record<string, Record<string, number>>;

/** What the simulator has done since its state began. */
export interface Books {
  /** Every call by what became of it: the code of its answer, or the kind of its fault. */
  readonly answers: Counts;
  /** Calls that buy something and were refused before any work. */
  readonly refused: Counts;
  /** Calls that were charged. */
  readonly charged: Counts;
  /** Calls that were worked on and whose charge the upstream does not publish. */
  readonly uncertain: Counts;
  /** Per order number and operation: how often it was worked on and charged. While orders are kept. */
  readonly orders: Record<string, Record<string, { readonly calls: number; readonly charged: number }>>;
}

type Column = 'answers' | 'refused' | 'charged' | 'uncertain';

/** Counts a call. */
export function count({ counts }: State, column: Column, name: string, code: string, times = 1): void {
  const key = `${column} ${name} ${code}`;
  counts.set(key, (counts.get(key) ?? 0) + times);
}

/** Counts what a call cost. */
export function countCost(state: State, billed: Billed, name: string, code: string, times: number): void {
  if (billed !== 'no') count(state, billed === 'yes' ? 'charged' : 'uncertain', name, code, times);
}

type Row = readonly [column: string, name: string, code: string, times: number];

function byOperation(rows: readonly Row[], column: Column): Counts {
  const named = Map.groupBy(
    rows.filter((row) => row[0] === column),
    ([, name]) => name,
  );
  const codes = [...named].map(([name, own]) => [
    name,
    Object.fromEntries(own.map(([, , code, times]) => [code, times])),
  ]);
  return Object.fromEntries(codes) as Counts;
}

/** The books as plain data. */
export function booksOf({ counts, orders }: State): Books {
  const rows = [...counts].map(([key, times]): Row => {
    const [column = '', name = '', code = ''] = key.split(' ');
    return [column, name, code, times];
  });
  const perOrder = [...orders].map(([orderNo, steps]) => [
    orderNo,
    Object.fromEntries([...steps].map(([name, { calls, charged }]) => [name, { calls, charged }])),
  ]);
  return {
    answers: byOperation(rows, 'answers'),
    refused: byOperation(rows, 'refused'),
    charged: byOperation(rows, 'charged'),
    uncertain: byOperation(rows, 'uncertain'),
    orders: Object.fromEntries(perOrder) as Books['orders'],
  };
}
