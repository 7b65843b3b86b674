import { operationHandler } from '../lib/http/handler.ts';
import { consentCheck } from '../lib/operations/consent-check.ts';
import { consentRecord } from '../lib/operations/consent-record.ts';

/** Lambda entry of the operation. */
export const handler = operationHandler(consentRecord, consentCheck);
