/** Times as Signet writes them: ISO 8601 in the upstream's own offset, `+08:00`. */

const offset = 8 * 3_600_000;

/** `2021-06-21T14:22:27+08:00` of epoch milliseconds. */
export const isoChina = (epoch: number): string => `${new Date(epoch + offset).toISOString().slice(0, 19)}+08:00`;

/** `yyyyMMddHHmmss` in UTC+8, the upstream's own form. */
export const upstreamTime = (epoch: number): string =>
  new Date(epoch + offset).toISOString().slice(0, 19).replace(/[-:T]/g, '');
