import { showVerificationHandler } from '../lib/verifications/handlers.ts';

/** Lambda entry of `GET /v1/verifications/{verificationId}`. */
export const handler = showVerificationHandler();
