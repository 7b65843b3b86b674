import { operationHandler } from '../lib/http/handler.ts';
import { bankCardOcr } from '../lib/operations/bank-card-ocr.ts';
import { bankCardResult } from '../lib/operations/bank-card-result.ts';

/** Lambda entry of the operation. */
export const handler = operationHandler(bankCardOcr, bankCardResult);
