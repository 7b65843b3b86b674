import { operationHandler } from '../lib/http/handler.ts';
import { consentCheck } from '../lib/operations/consent-check.ts';

/** Lambda entry of the operation. */
export const handler = operationHandler(consentCheck);
