import { mediaHandler } from '../lib/http/handler.ts';
import { operations } from '../lib/operations/index.ts';

/** Lambda entry of `POST /v1/media`. */
export const handler = mediaHandler(operations);
