import { operationHandler } from '../lib/http/handler.ts';
import { idCardOcr } from '../lib/operations/id-card-ocr.ts';
import { idCardResult } from '../lib/operations/id-card-result.ts';

/** Lambda entry of the operation. */
export const handler = operationHandler(idCardOcr, idCardResult);
