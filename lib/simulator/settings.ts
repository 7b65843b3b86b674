/** Settings of the simulator: what the upstream's documents leave open or what a test wants to change. */
import { checkFault, type Fault } from './faults.ts';

/** Every setting. Times are seconds. */
export interface Settings {
  /** Life of an access token. */
  readonly tokenTtl: number;
  /** Life of a SIGN ticket; it never outlives its token. */
  readonly signTtl: number;
  /** Life of a NONCE ticket. */
  readonly nonceTtl: number;
  /** How long the previous token and ticket stay valid after a new one was fetched. */
  readonly coexist: number;
  /** Least time between two access tokens (600 in the documents of 2018). */
  readonly tokenMinInterval: number;
  /** Least time between two NONCE tickets of one user. */
  readonly nonceMinInterval: number;
  /** What an access token is refused with that the upstream does not know; the documents give two codes one text. */
  readonly unknownTokenCode: '400101' | '400103' | '400104';
  /** What happens to an order number that was used before; undocumented. */
  readonly orderReuse: 'reject' | 'replay' | 'execute';
  /** Whether a nonce may come again while its ticket lives; undocumented. */
  readonly nonceReuse: 'reject' | 'accept';
  /** Life of lip digits; undocumented. */
  readonly lipsTtl: number;
  /** How long results can be queried. */
  readonly retention: number;
  /** How long after the result its pictures appear. */
  readonly filesAfter: number;
  /** Attempts per ID number in 24 hours; null: only the documented ID number has a limit. */
  readonly personLimit: number | null;
  /** Whether `code` is text or a number; `documented`: as the call's own envelope writes it. */
  readonly codes: 'documented' | 'string' | 'number';
  /** Whether values stand under `result` or beside it. */
  readonly placement: 'documented' | 'result' | 'top';
  /** What `result` is when the code is not 0; undocumented. */
  readonly errorResult: 'absent' | 'null' | 'partial';
  /** Whether answers carry fields that no document names. */
  readonly noise: boolean;
  /** What goes wrong with the next calls. */
  readonly faults: readonly Fault[];
}

/** What the simulator starts with: the documented figures, and the stricter reading where there are none. */
export const defaultSettings: Settings = {
  tokenTtl: 7200,
  signTtl: 3600,
  nonceTtl: 120,
  coexist: 60,
  tokenMinInterval: 0,
  nonceMinInterval: 2,
  unknownTokenCode: '400104',
  orderReuse: 'reject',
  nonceReuse: 'reject',
  lipsTtl: 300,
  retention: 3 * 86_400,
  filesAfter: 1,
  personLimit: null,
  codes: 'documented',
  placement: 'documented',
  errorResult: 'absent',
  noise: true,
  faults: [],
};

/** What `configure` takes: settings, or a new app secret, which ends every token and ticket. */
export type Change = Partial<Settings> & { readonly secret?: string };

type Check = (value: unknown) => boolean;

const seconds: Check = (value) => typeof value === 'number' && value >= 0 && value <= 1e9;
const oneOf =
  (...words: readonly string[]): Check =>
  (value) =>
    words.includes(value as string);

const checks: Readonly<Record<keyof Change, Check>> = {
  tokenTtl: seconds,
  signTtl: seconds,
  nonceTtl: seconds,
  coexist: seconds,
  tokenMinInterval: seconds,
  nonceMinInterval: seconds,
  unknownTokenCode: oneOf('400101', '400103', '400104'),
  orderReuse: oneOf('reject', 'replay', 'execute'),
  nonceReuse: oneOf('reject', 'accept'),
  lipsTtl: seconds,
  retention: seconds,
  filesAfter: seconds,
  personLimit: (value) => value === null || (Number.isInteger(value) && (value as number) >= 0),
  codes: oneOf('documented', 'string', 'number'),
  placement: oneOf('documented', 'result', 'top'),
  errorResult: oneOf('absent', 'null', 'partial'),
  noise: (value) => typeof value === 'boolean',
  faults: (value) => Array.isArray(value) && value.length <= 1000 && value.every(checkFault),
  secret: (value) => typeof value === 'string' && value.length >= 1 && value.length <= 64,
};

/**
 * Checks a change of settings.
 * @throws RangeError that names the setting when it does not exist or cannot have this value.
 */
export function checkChange(input: unknown): Change {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new RangeError('Simulator settings must be an object');
  }
  for (const [name, value] of Object.entries(input)) {
    if (!Object.hasOwn(checks, name))
      throw new RangeError(`Unknown simulator setting ${JSON.stringify(name.slice(0, 40))}`);
    if (!checks[name as keyof Change](value)) throw new RangeError(`Simulator setting ${name} cannot have this value`);
  }
  return input as Change;
}
