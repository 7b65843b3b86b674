import { operationHandler } from '../lib/http/handler.ts';
import { idCardResult } from '../lib/operations/id-card-result.ts';

/** Lambda entry of the operation. */
export const handler = operationHandler(idCardResult);
