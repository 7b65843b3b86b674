import { operations } from '../lib/operations/index.ts';
import { resolveHandler } from '../lib/orders/handler.ts';

/** Lambda entry of the schedule that finds out what became of orders of unknown outcome. */
export const handler = resolveHandler(operations);
