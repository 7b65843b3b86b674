import { operationHandler } from '../lib/http/handler.ts';
import { videoBestPhotos } from '../lib/operations/video-best-photos.ts';

/** Lambda entry of the operation. */
export const handler = operationHandler(videoBestPhotos);
