/** The sparse index of the table: items that somebody has to come back to, by kind and time. */
export const pendingIndex = { name: 'pending' } as const;

/** What the index keeps apart: orders without an end, and uploads that are still to be deleted. */
export type Pending = 'orders' | 'media';
