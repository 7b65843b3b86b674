import { randomText } from '#signing';

type Fill = Parameters<typeof randomText>[1];

const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Four characters that tell the order numbers of stages apart. */
export const stagePrefix = (stage: string): string =>
  stage
    .replace(/[^A-Za-z0-9]/g, '')
    .padEnd(4, '0')
    .slice(0, 4);

/**
 * A fresh order number: four characters of the stage, ten of the time, eighteen random. Order numbers are unique per app
 * id, and two stages may share one.
 */
export function makeOrderNo(stage: string, now: number, fill?: Fill): string {
  let time = '';
  for (let rest = now, index = 0; index < 10; index += 1, rest = Math.floor(rest / 32))
    time = crockford[rest % 32] + time;
  return stagePrefix(stage) + time + randomText(18, fill);
}
