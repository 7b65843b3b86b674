/**
 * Envelopes: how the upstream wraps an answer (specification, section 5). Each is a two-way codec: `open` is what Signet
 * reads, `wrap` what the simulator writes. Reading is loose (values may stand under `result` or beside it, `code` may be
 * a number), because the documents and the recorded answers disagree; writing has the habits of the named generation.
 */

/** An answer without its wrapping. `code` is null when the answer has none. */
export interface Opened {
  readonly code: string | null;
  readonly message: string;
  readonly bizSeqNo: string | null;
  /** `yyyyMMddHHmmss` in UTC+8, as sent. */
  readonly transactionTime: string | null;
  /** Every order number that the answer names, under `result` and beside it. */
  readonly orderNos: readonly string[];
  /** Business values by their wire names; those under `result` win. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** What the simulator puts into an answer. */
export interface Content {
  readonly code: string;
  readonly message: string;
  readonly bizSeqNo: string;
  readonly transactionTime: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** A codec for one habit of wrapping. */
export interface Envelope {
  readonly name: 'paas' | 'v2' | 'flat';
  readonly open: (body: Readonly<Record<string, unknown>>) => Opened;
  readonly wrap: (content: Content) => Record<string, unknown>;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const scalar = (value: unknown): string | null => {
  if (typeof value === 'string' && value !== '') return value;
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : null;
};

function open(body: Readonly<Record<string, unknown>>): Opened {
  const result = isRecord(body.result) ? body.result : {};
  const values: Record<string, unknown> = Object.assign(Object.create(null), body, result);
  return {
    code: scalar(body.code),
    message: typeof body.msg === 'string' ? body.msg : '',
    bizSeqNo: scalar(values.bizSeqNo),
    transactionTime: scalar(values.transactionTime),
    // What is there but cannot be a number of an order is kept as the empty one, which is nobody's.
    orderNos: [body.orderNo, result.orderNo]
      .filter((echo) => echo !== undefined && echo !== null && echo !== '')
      .map((echo) => scalar(echo) ?? ''),
    values,
  };
}

/** `/api/paas/*` and `/api/server/*`: values under `result`, `code` as text, the time twice. */
export const paas: Envelope = {
  name: 'paas',
  open,
  wrap: ({ code, message, bizSeqNo, transactionTime, values }) => ({
    code,
    msg: message,
    bizSeqNo,
    ...(code === '0' ? { result: { bizSeqNo, transactionTime, ...values, success: false } } : {}),
    transactionTime,
  }),
};

/** `/api/v2/*` as its documents print it: values under `result`, `code` as a number, no time. */
export const v2: Envelope = {
  name: 'v2',
  open,
  wrap: ({ code, message, bizSeqNo, values }) => ({
    code: /^-?\d{1,15}$/.test(code) ? Number(code) : code,
    msg: message,
    bizSeqNo,
    ...(code === '0' ? { result: { ...values } } : {}),
  }),
};

/** No `result` at all (uploadauth, tokens and tickets): every value at the top. */
export const flat: Envelope = {
  name: 'flat',
  open,
  wrap: ({ code, message, bizSeqNo, transactionTime, values }) => ({
    code,
    msg: message,
    bizSeqNo,
    transactionTime,
    ...(code === '0' ? values : {}),
  }),
};
