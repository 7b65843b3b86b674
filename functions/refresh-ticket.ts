import { refreshHandler } from '../lib/tickets/handler.ts';

/** Lambda entry of the schedule that keeps the SIGN ticket fresh. */
export const handler = refreshHandler();
