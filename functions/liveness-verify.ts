import { operationHandler } from '../lib/http/handler.ts';
import { livenessVerify } from '../lib/operations/liveness-verify.ts';

/** Lambda entry of the operation. */
export const handler = operationHandler(livenessVerify);
