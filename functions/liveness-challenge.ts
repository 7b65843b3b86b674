import { operationHandler } from '../lib/http/handler.ts';
import { livenessChallenge } from '../lib/operations/liveness-challenge.ts';

/** Lambda entry of the operation. */
export const handler = operationHandler(livenessChallenge);
