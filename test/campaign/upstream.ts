/** The HTTP client of a run: the way to the upstream and back, with everything that can happen on it. */
import {
  piecesInTime,
  type UpstreamClient,
  UpstreamFailure,
  type UpstreamReply,
  type UpstreamRequest,
} from '../../lib/signing/client.ts';
import type { SimulatorReply } from '../../lib/simulator/simulator.ts';
import type { Dice } from './dice.ts';
import type { Calls, Run } from './process.ts';
import type { Timeline } from './timeline.ts';
import { type Asked, codeOf, type Truth } from './truth.ts';
import type { UpstreamFate, Weather } from './weather.ts';

/** What the client works with. */
export interface UpstreamParts {
  readonly timeline: Timeline;
  readonly calls: Calls;
  readonly truth: Truth;
  readonly weather: Weather;
  readonly dice: Dice;
  /** Milliseconds since the start of the schedule. */
  readonly since: () => number;
  /** Bytes of a call leave the process of this run. */
  readonly leaving: (run: Run, asked: Asked) => void;
  /** The whole body of a call with staged files has arrived. */
  readonly received: (run: Run, asked: Asked, body: Buffer) => void;
}

/** Answers that are none, as front doors and broken proxies give them. */
function garble(body: Buffer, { orderNo }: Asked, dice: Dice): UpstreamReply {
  const json = (text: string): UpstreamReply => ({ status: 200, body: Buffer.from(text) });
  // An upstream that says "done" about what it has not done could not be found out.
  const done = /"code":"?0"?[,}]/.test(body.toString()) ? [() => json('{"code":"0","msg":"ok"}')] : [];
  return dice.one([
    ...done,
    () => json('<html><body>busy</body></html>'),
    () => ({ status: 200, body: body.subarray(0, Math.floor(body.length / 2)) }),
    () => ({ status: 502, body: Buffer.from('<html>bad gateway</html>') }),
    () => ({ status: 503, body }),
    () => ({ status: 429, body: Buffer.alloc(0) }),
    () => json('{"msg":"no code","result":{"similarity":"99"}}'),
    () => json(`{"code":"0","result":{"orderNo":"${orderNo === 'X' ? 'Y' : 'X'}","similarity":"99"}}`),
    () => json('[]'),
    () => json(''),
  ])();
}

const neverSeen: readonly UpstreamFate['kind'][] = ['unreachable', 'reset-unseen', 'silent', 'garbled'];
const silent: readonly UpstreamFate['kind'][] = ['silent', 'silent-executed'];

/** The client of one process. */
export function upstreamOf(running: () => Run, parts: UpstreamParts): UpstreamClient {
  const { timeline, calls, truth, weather, dice, since, leaving, received } = parts;

  const send = (request: UpstreamRequest): Promise<UpstreamReply> =>
    new Promise((resolve, reject) => {
      const run = running();
      const call = calls.begin(run);
      if (call === null) return;
      const asked = truth.read(request);
      const name = asked.operation?.name ?? 'ticket';
      const { kind, there, back } = weather.upstream(since(), asked.operation?.creates ?? false);
      if (kind !== 'fine') calls.fault();
      let open = true;
      const settle = (what: string, delay: number, act: () => void) =>
        calls.settle(
          run,
          call,
          `${what} (${name})`,
          delay,
          () => {
            open = false;
            act();
          },
          () => open,
        );
      const fail = (why: UpstreamFailure['kind'], code: string, delay: number) =>
        settle(code, delay, () => reject(new UpstreamFailure(why, code)));

      if (kind === 'unreachable') {
        fail('not-sent', dice.one(['ECONNREFUSED', 'ENOTFOUND', 'UND_ERR_CONNECT_TIMEOUT']), back);
        return;
      }
      timeline.note(`${run.name} sends ${name} (${kind}, ${there} ms away)`);
      leaving(run, asked);
      calls.left(run, call);
      settle('DEADLINE', request.timeout, () => reject(new UpstreamFailure('timeout', 'DEADLINE')));
      const arrive = (body?: Buffer) => {
        const answered = neverSeen.includes(kind) ? undefined : truth.work(request, run.name, body);
        if (answered) timeline.note(`the upstream works on ${name} of ${run.name}`);
        if (silent.includes(kind)) return;
        if (kind.startsWith('reset')) return fail('broken', 'ECONNRESET', back);
        const garbled = kind.startsWith('garbled');
        settle(garbled ? 'a garbled answer' : 'an answer', back, () => {
          Promise.resolve(answered).then((reply) => {
            const whole = replyOf(reply);
            const heard = garbled ? garble(whole.body, asked, dice) : whole;
            if (asked.operation?.creates) run.heard.push(codeOf(heard));
            resolve(heard);
          }, reject);
        });
      };
      if (run.files.length === 0 || !request.body || !asked.operation?.creates) {
        timeline.after(there, '', () => arrive());
        return;
      }
      const { length } = request.body;
      gathered(piecesInTime(request.body, timeline.now() + request.timeout, timeline.now), () => open).then(
        (body) => {
          if (body === null) return;
          if (body.length !== length) return fail('broken', 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH', 0);
          received(run, asked, body);
          timeline.after(there, '', () => arrive(body));
        },
        ({ code, name: fault }: Error & { code?: string }) => fail('broken', code ?? fault, 0),
      );
    });

  return { send, close: async () => {} };
}

/** A body whose pieces come from elsewhere; null when nobody waits for its last one any more. */
async function gathered(chunks: AsyncIterable<Uint8Array>, going: () => boolean): Promise<Buffer | null> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) {
    if (!going()) return null;
    parts.push(chunk);
  }
  return going() ? Buffer.concat(parts) : null;
}

function replyOf(reply: SimulatorReply | undefined): UpstreamReply {
  if (!reply || 'fault' in reply) return { status: 500, body: Buffer.alloc(0) };
  return { status: reply.status, body: Buffer.from(reply.body) };
}
