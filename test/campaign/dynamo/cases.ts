/** Cases that every DynamoDB must answer alike: what Signet's expressions rely on, and the mistakes that they could hold. */
import { GetItemCommand, PutItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Item } from './syntax.ts';

/** Commands on the table in this order; `no` makes an order number of this case out of a short one. */
export type Case = (no: (name: string) => string) => readonly object[];

const TableName = 'orders';
type Values = Record<string, Item[string]>;

const S = (text: string) => ({ S: text });
const N = (number: number) => ({ N: String(number) });

const put = (Item: Values, ConditionExpression?: string) =>
  new PutItemCommand({ TableName, Item, ConditionExpression });
const get = (orderNo: string) => new GetItemCommand({ TableName, Key: { orderNo: S(orderNo) }, ConsistentRead: true });
const update = (orderNo: string, expression: string, values: Values = {}, condition?: string, more: object = {}) =>
  new UpdateItemCommand({
    TableName,
    Key: { orderNo: S(orderNo) },
    UpdateExpression: expression,
    ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: values } : {}),
    ...(condition === undefined ? {} : { ConditionExpression: condition }),
    ...more,
  });

/** An update that shows whether a condition held on this item. */
const holds =
  (item: Values, condition: string, values: Values = {}): Case =>
  (no) => [
    put({ orderNo: S(no('a')), ...item }),
    update(no('a'), 'SET held = :held', { ':held': { BOOL: true }, ...values }, condition),
    get(no('a')),
  ];

const sent = { state: S('sent'), version: N(3), sends: N(1), challenge: { M: { issuedAt: N(1_000) } } };

/** An update of an item that is put first. */
const changes =
  (item: Values, expression: string, values: Values = {}, more: object = {}): Case =>
  (no) => [put({ orderNo: S(no('a')), ...item }), update(no('a'), expression, values, undefined, more), get(no('a'))];

const due = (no: (name: string) => string, until: number, more: object = {}) =>
  new QueryCommand({
    TableName,
    IndexName: 'pending',
    KeyConditionExpression: '#pending = :orders AND #nextQueryAt <= :until',
    ExpressionAttributeNames: { '#pending': 'pending', '#nextQueryAt': 'nextQueryAt' },
    ExpressionAttributeValues: { ':orders': S(no('partition')), ':until': N(until) },
    ...more,
  });
const waiting = (no: (name: string) => string, name: string, at: number) =>
  put({ orderNo: S(no(name)), pending: S(no('partition')), nextQueryAt: N(at), state: S('sent') });

/** Every case by its name. */
export const cases: Readonly<Record<string, Case>> = {
  'a new item': (no) => [
    update(
      no('a'),
      'SET #v = if_not_exists(#v, :zero) + :one, state = :s REMOVE gone',
      { ':zero': N(0), ':one': N(1), ':s': S('sent') },
      'attribute_not_exists(orderNo)',
      { ExpressionAttributeNames: { '#v': 'version' } },
    ),
    get(no('a')),
    update(
      no('a'),
      'SET #v = if_not_exists(#v, :zero) + :one',
      { ':zero': N(0), ':one': N(1) },
      'attribute_not_exists(orderNo)',
      { ExpressionAttributeNames: { '#v': 'version' } },
    ),
    get(no('a')),
  ],
  'a condition on an item that is not there': (no) => [
    update(no('a'), 'SET held = :held', { ':held': { BOOL: true }, ':s': S('sent') }, '#state = :s', {
      ExpressionAttributeNames: { '#state': 'state' },
    }),
    get(no('a')),
  ],
  IN: holds(sent, '#s IN (:a, :b)', { ':a': S('unknown'), ':b': S('sent') }),
  'equal numbers in other digits': holds(sent, 'version = :v', { ':v': { N: '3.0' } }),
  'a number is no text': holds(sent, 'version = :v', { ':v': S('3') }),
  'a text is less than no number': holds(sent, 'sends < :v', { ':v': S('9') }),
  'less, not greater': holds(sent, 'version < :v AND version <= :w AND version > :u AND version >= :w', {
    ':u': N(2),
    ':v': N(4),
    ':w': N(3),
  }),
  'unequal to what is not there': holds(sent, 'nothing <> :v', { ':v': S('x') }),
  'a nested value': holds(sent, 'challenge.issuedAt > :oldest', { ':oldest': N(999) }),
  'a nested value that is too old': holds(sent, 'challenge.issuedAt > :oldest', { ':oldest': N(1_000) }),
  'a nested value of nothing': holds({}, 'challenge.issuedAt > :oldest', { ':oldest': N(0) }),
  'AND before OR': holds(sent, 'version = :no AND version = :no OR version = :v', { ':no': N(9), ':v': N(3) }),
  parentheses: holds(sent, 'version = :no AND (version = :no OR version = :v)', { ':no': N(9), ':v': N(3) }),
  NOT: holds(sent, 'NOT version = :no AND NOT attribute_exists(nothing)', { ':no': N(9) }),
  BETWEEN: holds(sent, 'version BETWEEN :a AND :b', { ':a': N(1), ':b': N(3) }),
  functions: holds(
    { name: S('signet'), list: { L: [N(1)] } },
    'begins_with(#n, :sig) AND contains(#n, :net) AND size(#n) = :six AND attribute_type(#n, :S)',
    { ':sig': S('sig'), ':net': S('net'), ':six': N(6), ':S': S('S') },
  ),
  'contains in a list': holds({ list: { L: [N(1), S('x')] } }, 'contains(#l, :x)', { ':x': S('x') }),
  'words are reserved': holds(sent, 'state = :s', { ':s': S('sent') }),
  'a name that nobody uses': changes(sent, 'SET x = :x', { ':x': N(1) }, { ExpressionAttributeNames: { '#y': 'y' } }),
  'a value that nobody uses': changes(sent, 'SET x = :x', { ':x': N(1), ':y': N(1) }),
  'a name that nobody defines': changes(sent, 'SET #x = :x', { ':x': N(1) }),
  'a value that nobody defines': changes(sent, 'SET x = :x, y = :y', { ':x': N(1) }),
  'the key': changes(sent, 'SET orderNo = :x', { ':x': S('other') }),
  'two ways into one place': changes(sent, 'SET challenge = :x, challenge.issuedAt = :y', { ':x': N(1), ':y': N(2) }),
  'the same place twice': changes(sent, 'SET x = :x REMOVE x', { ':x': N(1) }),
  'a place in nothing': changes({}, 'SET challenge.issuedAt = :y', { ':y': N(2) }),
  'removal of what is not there': changes(sent, 'REMOVE nothing, state2, challenge.nothing'),
  'a nested place': changes(sent, 'SET challenge.code = :y REMOVE challenge.issuedAt', { ':y': S('0') }),
  'a value of an attribute that is not there': changes(sent, 'SET x = nothing'),
  'a swap': changes({ a: N(1), b: N(2) }, 'SET a = b, b = a'),
  sums: changes({ a: N(1) }, 'SET a = a + :x, b = :x - a', { ':x': N(5) }),
  'a sum of texts': changes({ a: S('1') }, 'SET a = a + :x', { ':x': N(5) }),
  lists: changes(
    { list: { L: [N(1)] } },
    'SET list1 = list_append(#l, :more), list0 = list_append(if_not_exists(nothing, :none), :more)',
    { ':more': { L: [S('x')] }, ':none': { L: [] } },
    { ExpressionAttributeNames: { '#l': 'list' } },
  ),
  ADD: changes({ a: N(1) }, 'ADD a :one, b :one', { ':one': N(1) }),
  'the new item comes back': changes(sent, 'SET x = :x', { ':x': N(1) }, { ReturnValues: 'ALL_NEW' }),
  'the old item comes back': changes(sent, 'SET x = :x', { ':x': N(1) }, { ReturnValues: 'ALL_OLD' }),
  'a syntax error': changes(sent, 'SET x == :x', { ':x': N(1) }),
  'an empty text': changes(sent, 'SET x = :x', { ':x': S('') }),
  'an empty key': () => [get(''), update('', 'SET x = :x', { ':x': N(1) })],
  'no such item': (no) => [get(no('a'))],
  'another table': (no) => [new GetItemCommand({ TableName: 'others', Key: { orderNo: S(no('a')) } })],
  'an index key of the wrong type': (no) => [
    put({ orderNo: S(no('a')), pending: N(1), nextQueryAt: N(1) }),
    put({ orderNo: S(no('b')), pending: S('x'), nextQueryAt: S('1') }),
    get(no('a')),
    get(no('b')),
  ],
  'an index key becomes one of the wrong type': changes(sent, 'SET pending = :p', { ':p': N(1) }),
  'a conditional put': (no) => [
    put({ orderNo: S(no('a')), x: N(1) }, 'attribute_not_exists(orderNo)'),
    put({ orderNo: S(no('a')), x: N(2) }, 'attribute_not_exists(orderNo)'),
    get(no('a')),
  ],
  'the index, in order, what is due': (no) => [
    waiting(no, 'c', 30),
    waiting(no, 'a', 10),
    waiting(no, 'b', 20),
    put({ orderNo: S(no('x')), pending: S(no('partition')) }),
    put({ orderNo: S(no('y')), nextQueryAt: N(5) }),
    due(no, 25),
    due(no, 5),
    due(no, 99, { ScanIndexForward: false }),
  ],
  'the index forgets an order that is over': (no) => [
    waiting(no, 'a', 10),
    update(no('a'), 'REMOVE pending, nextQueryAt'),
    due(no, 99),
  ],
  'pages of the index': (no) => [
    waiting(no, 'a', 10),
    waiting(no, 'b', 20),
    waiting(no, 'c', 30),
    due(no, 99, { Limit: 2 }),
    due(no, 99, {
      Limit: 2,
      ExclusiveStartKey: { orderNo: S(no('b')), pending: S(no('partition')), nextQueryAt: N(20) },
    }),
    due(no, 99, { Limit: 3 }),
  ],
  'no consistent read of an index': (no) => [due(no, 1, { ConsistentRead: true })],
  'no such index': (no) => [due(no, 1, { IndexName: 'other' })],
};
