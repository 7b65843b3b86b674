import { decideVerificationHandler } from '../lib/verifications/handlers.ts';

/** Lambda entry of the last step of the state machine. */
export const handler = decideVerificationHandler();
