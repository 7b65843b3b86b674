/** Mutations of upstream answers: of the JSON as a tree, so that keys may come twice, and of its bytes. */
import type { Dice } from '../../campaign/dice.ts';

/** JSON whose leaves are kept as they are written, and whose objects may hold a key twice. */
type Tree = { text: string } | { items: Tree[] } | { members: [key: string, value: Tree][] };

/** An answer of the upstream. */
export interface Reply {
  readonly status: number;
  readonly body: Buffer;
}

/** Stands in everything foreign; it must reach no problem, no log and no trace. */
export const canary = '\u2718canary\r\n<b>';

const treeOf = (value: unknown): Tree => {
  if (Array.isArray(value)) return { items: value.map(treeOf) };
  if (typeof value !== 'object' || value === null) return { text: JSON.stringify(value) };
  return { members: Object.entries(value).map(([key, inner]) => [key, treeOf(inner)]) };
};

function write(tree: Tree): string {
  if ('text' in tree) return tree.text;
  if ('items' in tree) return `[${tree.items.map(write).join(',')}]`;
  return `{${tree.members.map(([key, value]) => `${JSON.stringify(key)}:${write(value)}`).join(',')}}`;
}

const raw = (...texts: string[]): Tree[] => texts.map((text) => ({ text }));
const nested = (depth: number): Tree => ({ text: `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}` });
const manyKeys: Tree = { members: Array.from({ length: 300 }, (_, at) => [`k${at}`, { text: '1' }]) };

const strange = [
  ...raw('null', 'true', 'false', '""', '" "', '"null"', '[]', '{}', '[[]]', '0', '-1', '1', '2', '"1"', '"2"', '3.5'),
  ...raw('1e400', '-0', '1e-400', '99999999999999999999', '"99999999999"', '"0x1F"', '"1e2"', '"100.01"', '"-5"'),
  ...raw(JSON.stringify(canary), JSON.stringify(canary.repeat(3_000)), '"\\ud800"', '"\\u0000"', '[1,{"a":null}]'),
  ...raw('"69.99"', '"70"', '"12"', '{"code":"0"}', '{"toString":1}', '{"__proto__":{"polluted":1}}'),
  nested(3),
  nested(12),
  manyKeys,
];
const codes = [
  ...raw('"0"', '0', '"00"', '0.0', '" 0"', '"0 "', 'true', 'false', '[0]', '{}', 'null', '""', '-0', '0e5', '1e-400'),
  ...raw('"+0"', '"-0"', '"０"', '"0\\n"', '"0x0"', '"0.0"', '[]', '["0"]', '{"0":"0"}', '1e400', '"zero"', '"O"'),
  ...raw('"66660004"', '66660004', '"66660010"', '"66660024"', '"66660023"', '"66662001"', '"66660011"', '"-4007"'),
  ...raw(
    '"999999"',
    '999997',
    '"999998"',
    '"66660009"',
    '"400101"',
    '"400102"',
    '"66660017"',
    '"66660042"',
    '"400506"',
  ),
  ...raw(
    '"12345"',
    '"66660012"',
    '"-1104"',
    JSON.stringify(canary),
    `"${'9'.repeat(65)}"`,
    '"66660004 "',
    '6.6660004e7',
  ),
];
const orders = raw(
  '"SOMEONEELSE"',
  '12345',
  '""',
  'null',
  '["SOMEONEELSE"]',
  '{"a":"b"}',
  'true',
  '"mut0000001"',
  '" "',
);
const poison = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf'];
/** A value of its own, because a later change may reach into it. */
const fresh = (dice: Dice, choices: readonly Tree[]): Tree => structuredClone(dice.one(choices));
const statuses = [100, 201, 204, 206, 301, 302, 400, 401, 403, 404, 413, 429, 500, 502, 503, 504];

type Members = [key: string, value: Tree][];

/** Every object of a tree. */
function objects(tree: Tree): Members[] {
  if ('text' in tree) return [];
  const inner = 'items' in tree ? tree.items : tree.members.map(([, value]) => value);
  return [...('members' in tree ? [tree.members] : []), ...inner.flatMap(objects)];
}

function setIn(members: Members, key: string, value: Tree): void {
  const at = members.findIndex(([name]) => name === key);
  if (at >= 0) members[at] = [key, value];
  else members.push([key, value]);
}

type Change = (members: Members, dice: Dice, top: Members) => void;
/** One change of one object, with its weight. */
const changes: readonly (readonly [number, Change])[] = [
  [6, (_members, dice, top) => setIn(top, 'code', fresh(dice, codes))],
  [2, (members, dice) => setIn(members, 'orderNo', fresh(dice, orders))],
  [
    6,
    (members, dice) => {
      if (members.length > 0) members[dice.between(0, members.length - 1)]![1] = fresh(dice, strange);
    },
  ],
  [3, (members, dice) => void members.splice(dice.between(0, members.length), 1)],
  [2, (_members, dice, top) => setIn(top, 'result', fresh(dice, [...strange, ...codes]))],
  [
    2,
    (members, dice) => {
      if (members.length === 0) return;
      const [one, other] = [dice.one(members), dice.one(members)];
      [one[1], other[1]] = [other[1], one[1]];
    },
  ],
  [
    2,
    (members, dice) => {
      if (members.length > 0)
        members.splice(dice.between(0, members.length), 0, [dice.one(members)[0], fresh(dice, strange)]);
    },
  ],
  [2, (_members, dice, top) => void top.splice(dice.between(0, top.length), 0, ['code', fresh(dice, codes)])],
  [1, (members, dice) => void members.push([dice.one(poison), fresh(dice, strange)])],
  // Values beside the code instead of under `result`.
  [
    2,
    (_members, _dice, top) => {
      const at = top.findIndex(([name, value]) => name === 'result' && 'members' in value);
      if (at >= 0) top.push(...(top.splice(at, 1)[0]![1] as { members: Members }).members);
    },
  ],
  [1, (members, dice) => setIn(members, dice.one(['bizSeqNo', 'transactionTime', 'msg']), fresh(dice, strange))],
];

function changed(tree: Tree, dice: Dice): Tree {
  const top = 'members' in tree ? tree.members : [];
  for (let times = dice.between(1, 3); times > 0; times -= 1) {
    const members = dice.one(objects(tree));
    dice.weighted(changes)(members, dice, top);
  }
  // A whole list element may also be of another type.
  for (const list of 'members' in tree ? lists(tree) : []) {
    if (dice.chance(0.2)) list.splice(dice.between(0, list.length), dice.between(0, 1), fresh(dice, strange));
    if (dice.chance(0.05)) list.length = 0;
  }
  return tree;
}

function lists(tree: Tree): Tree[][] {
  if ('text' in tree) return [];
  const inner = 'items' in tree ? tree.items : tree.members.map(([, value]) => value);
  return [...('items' in tree ? [tree.items] : []), ...inner.flatMap(lists)];
}

type Damage = (body: Buffer, dice: Dice) => Buffer;
const damages: readonly Damage[] = [
  (body, dice) => body.subarray(0, dice.between(0, body.length - 1)),
  (body, dice) => {
    const flipped = Buffer.from(body);
    for (let times = dice.between(1, 8); times > 0; times -= 1) {
      flipped[dice.between(0, flipped.length - 1)]! ^= 1 << dice.between(0, 7);
    }
    return flipped;
  },
  (body, dice) => {
    const noise = Buffer.alloc(dice.between(1, 16));
    dice.fill(noise);
    const at = dice.between(0, body.length);
    return Buffer.concat([body.subarray(0, at), noise, body.subarray(at)]);
  },
  (body) => Buffer.concat([body, body]),
  (body) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body]),
  (body) => Buffer.from(`[${body.toString()}]`),
  (body) => Buffer.from(JSON.stringify(String(body))),
  (body) => Buffer.from(`callback(${body.toString()})`),
  (body) => Buffer.from(String(body).replaceAll('"', "'")),
  (body) => Buffer.from(String(body), 'utf16le'),
];

/** The documented answer with our order number, and what it becomes. */
export function mutate(answer: object, orderNo: string, dice: Dice): Reply {
  const { result } = answer as { result?: object };
  const echoing = result && 'orderNo' in result ? { ...answer, result: { ...result, orderNo } } : answer;
  const kind = dice.weighted([
    [1, 'whole'],
    [14, 'tree'],
    [5, 'bytes'],
    [2, 'status'],
  ] as const);
  const tree = kind === 'tree' ? changed(treeOf(echoing), dice) : treeOf(echoing);
  const body = Buffer.from(write(tree));
  if (kind === 'bytes') return { status: 200, body: dice.one(damages)(body, dice) };
  return { status: kind === 'status' ? dice.one(statuses) : 200, body };
}
