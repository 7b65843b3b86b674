import type { Opened } from '../../../lib/envelope.ts';
import type { Operation, ProfileName } from '../../../lib/operation.ts';
import { operations } from '../../../lib/operations/index.ts';
import { profiles } from '../../../lib/profiles.ts';
import { validate } from '../../../lib/request/validate.ts';
import { wireCall } from '../../../lib/request/wire.ts';
import { nonce } from '../../../lib/signing/nonce.ts';
import { signCall } from '../../../lib/signing/sign.ts';
import { createSimulator, type Settings, type SimulatorReply } from '../../../lib/simulator/simulator.ts';
import { bytesOf } from '../../support/body.ts';
import { sampleMedia } from './media.ts';

export const named = (name: string): Operation => operations.find((operation) => operation.name === name)!;

/** Deterministic bytes from a seed (mulberry32). */
export function seeded(seed: number): (buffer: Uint8Array) => void {
  let state = seed >>> 0;
  return (buffer) => {
    for (let index = 0; index < buffer.length; index += 1) {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      buffer[index] = (mixed ^ (mixed >>> 14)) & 255;
    }
  };
}

export const textOf = (reply: SimulatorReply): string =>
  'fault' in reply ? '' : Buffer.from(reply.body).toString('utf8');
// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
export const bodyOf = (reply: SimulatorReply): any => JSON.parse(textOf(reply));

export interface Call {
  readonly orderNo?: string;
  readonly ticket?: string;
  readonly nonce?: string;
  /** Changes the values on the wire after they were signed. */
  readonly patch?: (values: Record<string, unknown>) => void;
  readonly search?: string;
  readonly headers?: Record<string, string>;
}

/** A valid public request of an operation: every required field, its identity fields, and all media. */
export function sampleInput(operation: Operation, overrides: Record<string, unknown> = {}): Record<string, unknown> {
  const wanted = Object.entries(operation.request).filter(
    ([name, field]) => name !== 'orderNo' && (!('optional' in field) || ['name', 'idNo'].includes(name)),
  );
  const values = wanted.map(([name, field]) => [
    name,
    field.kind === 'media' ? { base64: sampleMedia[field.media] } : field.sample,
  ]);
  return { ...Object.fromEntries(values), ...overrides };
}

/** A simulator with a virtual clock, and somebody who knows how to call it. */
export function caller(
  options: { profile?: ProfileName; settings?: Partial<Settings>; state?: unknown; secret?: string } = {},
) {
  const profile = profiles[options.profile ?? 'webank'];
  const secret = options.secret ?? 'synthetic-app-secret';
  const appId = 'TIDATEST';
  const time = { now: Date.parse('2026-01-05T02:00:00Z'), slept: 0 };
  const simulator = createSimulator({
    profile: profile.name,
    operations,
    appId,
    secret,
    now: () => time.now,
    random: seeded(7),
    sleep: async (milliseconds) => {
      time.slept += milliseconds;
    },
    state: options.state,
    settings: options.settings,
  });
  let orders = 0;

  const get = (path: string, query: Record<string, string>) =>
    simulator.handle({
      method: 'GET',
      url: `${path}?${new URLSearchParams(query).toString()}`,
      headers: {},
      body: new Uint8Array(),
    });
  const token = (query: Record<string, string> = {}) =>
    get('/api/oauth2/access_token', {
      app_id: appId,
      secret,
      grant_type: 'client_credential',
      version: '1.0.0',
      ...query,
    });
  const ticket = (accessToken: string, query: Record<string, string> = {}) =>
    get('/api/oauth2/api_ticket', {
      app_id: appId,
      access_token: accessToken,
      type: 'SIGN',
      version: '1.0.0',
      ...query,
    });

  const self = {
    appId,
    simulator,
    time,
    token,
    ticket,
    /** The ticket that `call` signs with. */
    current: '',
    get,
    /** Fetches a new token and SIGN ticket. */
    async refresh(): Promise<string> {
      const { access_token: accessToken } = bodyOf(await token());
      self.current = bodyOf(await ticket(accessToken)).tickets[0].value;
      return self.current;
    },
    freshNo(): string {
      orders += 1;
      return `T${orders}`;
    },
    async raw(name: string, input: Record<string, unknown> = {}, call: Call = {}): Promise<SimulatorReply> {
      if (self.current === '' && call.ticket === undefined) await self.refresh();
      const operation = named(name);
      const orderNo = call.orderNo ?? self.freshNo();
      const signature = signCall({
        appId,
        orderNo,
        nonce: call.nonce ?? nonce(),
        ticket: call.ticket ?? self.current,
      });
      const given = operation.order.kind === 'reads' ? input : sampleInput(operation, input);
      const numbered = Object.hasOwn(operation.request, 'orderNo') ? { orderNo } : {};
      const defined = Object.entries({ ...given, ...numbered }).filter(([, value]) => value !== undefined);
      const checked = validate(operation, profile.name, Object.fromEntries(defined));
      if ('problem' in checked) throw new Error(`${name}: ${JSON.stringify(checked)}`);
      const wire = wireCall(operation, profile, appId, signature, { ...checked.request, orderNo });
      if (!wire.body) {
        const [path, search] = wire.path.split('?') as [string, string];
        const values: Record<string, unknown> = Object.fromEntries(new URLSearchParams(search));
        call.patch?.(values);
        return get(path, values as Record<string, string>);
      }
      const values = JSON.parse(bytesOf(wire.body).toString('utf8')) as Record<string, unknown>;
      call.patch?.(values);
      return simulator.handle({
        method: 'POST',
        url: `${wire.path.split('?')[0]}${call.search ?? `?orderNo=${orderNo}`}`,
        headers: call.headers ?? { 'content-type': 'application/json' },
        body: Buffer.from(JSON.stringify(values)),
      });
    },
    /** Calls an operation and opens its answer. */
    async call(name: string, input: Record<string, unknown> = {}, call: Call = {}): Promise<Opened> {
      return named(name).envelope.open(bodyOf(await self.raw(name, input, call)));
    },
    /** The code of an answer, with the parameter it names. */
    async code(name: string, input: Record<string, unknown> = {}, call: Call = {}): Promise<string> {
      const { code, message } = await self.call(name, input, call);
      const parameter = /：(\w+)$/.exec(message)?.[1];
      return parameter === undefined ? String(code) : `${code} ${parameter}`;
    },
  };
  return self;
}
