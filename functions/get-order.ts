import { orderHandler } from '../lib/http/handler.ts';

/** Lambda entry of `GET /v1/orders/{orderNo}`. */
export const handler = orderHandler();
