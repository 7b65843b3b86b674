import { startVerificationHandler } from '../lib/verifications/handlers.ts';

/** Lambda entry of `POST /v1/verifications`. */
export const handler = startVerificationHandler();
