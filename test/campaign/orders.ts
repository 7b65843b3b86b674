/** What clients want to buy in a schedule, and what the upstream is to say to it. */
import type { Operation } from '../../lib/operation.ts';
import { operations } from '../../lib/operations/index.ts';
import type { Dice } from './dice.ts';
import { operationOf } from './gateway.ts';

/** One order of one client. */
export interface Wanted {
  readonly orderNo: string;
  readonly operation: Operation;
  readonly caller: string;
  readonly input: Readonly<Record<string, unknown>>;
}

const heads: Readonly<Record<string, Buffer>> = {
  photo: Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16]),
  sourcePhoto: Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 17]),
  video: Buffer.from('\0\0\0\x18ftypmp42', 'latin1'),
  agreement: Buffer.from('%PDF-1.4\n'),
};

/** The smallest media that Signet takes, with a wish for the simulator (docs/simulator.md). */
export const tinyMedia = (field: string, wish = ''): { base64: string } => ({
  base64: Buffer.concat([heads[field]!, Buffer.from(wish === '' ? '' : `signet-simulator:${wish}`)]).toString('base64'),
});

/** A valid input with every required field, the person, and tiny media. */
export function tinyInput(operation: Operation, wish = ''): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(operation.request)) {
    const wanted = !('optional' in field) || name === 'name' || name === 'idNo' || name === 'agreement';
    if (name === 'orderNo' || !wanted) continue;
    input[name] = field.kind === 'media' ? tinyMedia(name, wish) : field.sample;
  }
  return input;
}

/** Codes of every class, as wishes. The weights make most orders ordinary ones. */
function wishFor(dice: Dice, { family }: Operation): string {
  const face = family === 'face';
  return dice.weighted([
    [12, () => ''],
    [3, () => `code=${face ? dice.one(['66660004', '66660010', '66660024', '66660005', '66660007']) : '66660042'}`],
    [2, () => `code=${face ? '66660042' : '-9106'}`],
    [1, () => `code=${dice.one(['66660012', '400506', '999995', '66660017'])}`],
    [1, () => `code=${dice.one(['400103', '66660002', '66660003'])}`],
    [1, () => 'code=12345678'],
    [2, () => `code=${dice.one(['999997', '999998', '66660021'])} executed=1`],
    [1, () => 'code=999999'],
  ])();
}

const single = operations.filter(({ creates, order }) => creates && order.kind === 'creates' && !order.continuedBy);
const challenge = operationOf('liveness-challenge');
const verify = operationOf('liveness-verify');

/** The orders of one schedule; those of a liveness pair follow each other. */
export function wantedBy(dice: Dice): readonly (readonly Wanted[])[] {
  const count = dice.weighted([
    [7, 1],
    [2, 2],
    [1, 3],
  ]);
  return Array.from({ length: count }, (_, index) => {
    const orderNo = `C${index + 1}`;
    const caller = dice.one(['alice', 'bob']);
    // Whether somebody's consent is on record says nothing about another order of the same person.
    const name = `样本${'甲乙丙'[index]}`;
    const want = (operation: Operation): Wanted => {
      const input = { ...tinyInput(operation, wishFor(dice, operation)), orderNo };
      return { orderNo, operation, caller, input: 'name' in input ? { ...input, name } : input };
    };
    if (dice.chance(0.25)) {
      const { input, ...rest } = want(challenge);
      // The digits come unless the name asks for something else.
      const wish = dice.chance(0.15) ? `模拟${dice.one(['999997', '66660012', '66660042', '12345678'])}` : name;
      return [{ ...rest, input: { ...input, name: wish } }, want(verify)];
    }
    return [want(dice.one(single))];
  });
}

/** A request that comes with the number of an order and is none of its duplicates. */
export function intruderOf(dice: Dice, wanted: Wanted): Wanted {
  return dice.one([
    () => ({ ...wanted, caller: 'mallory' }),
    () => ({ ...wanted, input: { ...wanted.input, ...otherMedia(wanted.operation) } }),
    () => {
      const operation = dice.one(single);
      const input = { ...tinyInput(operation), orderNo: wanted.orderNo };
      const name = `样本${'丁戊己'[Number(wanted.orderNo.slice(1)) - 1]}`;
      return { ...wanted, operation, input: 'name' in input ? { ...input, name } : input };
    },
  ])();
}

function otherMedia({ request }: Operation): Record<string, unknown> {
  const changed = Object.entries(request).filter(([, { kind }]) => kind === 'media');
  if (changed.length === 0) return { name: '样本丁' };
  return Object.fromEntries(changed.map(([name]) => [name, tinyMedia(name, 'other=1')]));
}
