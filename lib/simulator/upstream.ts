/** What every part of the simulator works on. */
import type { Operation } from '../operation.ts';
import type { Profile } from '../profiles.ts';
import type { RandomBytes } from '../signing/nonce.ts';
import type { FaultQueue } from './faults.ts';
import type { Settings } from './settings.ts';
import type { State } from './state.ts';

/** The simulated upstream: what it was made with, and what changes. */
export interface Upstream {
  readonly profile: Profile;
  readonly appId: string;
  readonly operations: readonly Operation[];
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly random: RandomBytes;
  secret: string;
  settings: Settings;
  faults: FaultQueue;
  readonly state: State;
  /** Nonces seen, with the time: kept in memory only. */
  readonly nonces: Map<string, number>;
}

/** A request that the simulator gets. */
export interface SimulatorRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** What it answers: HTTP, or what to do to the connection instead. */
export type SimulatorReply =
  | { readonly status: number; readonly headers: Record<string, string>; readonly body: Uint8Array }
  | { readonly fault: 'reset' | 'silence' };

/** A call that is answered without being worked on. `named`: the parameter that 400101 names. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: string;
  readonly named: string | undefined;

  constructor(code: string, named?: string) {
    super(`Refused with ${code}`);
    this.code = code;
    this.named = named;
  }
}

/** Values of a call by their wire names. */
export type Values = Readonly<Record<string, unknown>>;

/** How a request field is spelled in a call; null when it is not sent. */
export function wireName({ request, wire }: Operation, field: string): string | null {
  const { alias = {} } = wire;
  return Object.hasOwn(alias, field) ? alias[field]! : (request[field]?.wire ?? field);
}

/** A text value of a call by the public name of its field; undefined when it is absent or empty. */
export function textOf(operation: Operation, values: Values, field: string): string | undefined {
  const wire = Object.hasOwn(operation.request, field) ? wireName(operation, field) : null;
  const value = wire === null ? undefined : values[wire];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
