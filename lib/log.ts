/** The logger: one JSON line per event, made from an allow-list of keys. What is not on the list is dropped. */

/** The keys that may reach a log. All hold order data (class C1) or facts about the process. */
const allowed = [
  'requestId',
  'operation',
  'orderNo',
  'verificationId',
  'step',
  'verdict',
  'state',
  'outcome',
  'reason',
  'code',
  'bizSeqNo',
  'billed',
  'problem',
  'status',
  'fault',
  'frames',
  'ms',
  'upstreamMs',
  'sends',
  'generation',
  'phase',
  'bytes',
  'listed',
  'skewSeconds',
] as const;

/** What an event may say. */
export type LogFields = Partial<
  Readonly<Record<(typeof allowed)[number], string | number | boolean | null | undefined>>
>;
/** How urgent an event is. */
export type Level = 'info' | 'warn' | 'error';

/** Writes events. */
export type Log = (level: Level, event: string, fields?: LogFields) => void;

const longest = 600;

/** A logger that writes lines through `write`. Values that are no scalars are dropped, long ones cut. */
export function createLog(write: (line: string) => void, now: () => number): Log {
  return (level, event, fields = {}) => {
    const line: Record<string, unknown> = { level, event, at: new Date(now()).toISOString() };
    for (const key of allowed) {
      const value = Object.hasOwn(fields, key) ? fields[key] : undefined;
      if (typeof value === 'string') line[key] = value.slice(0, longest);
      else if (typeof value === 'number' || typeof value === 'boolean') line[key] = value;
    }
    write(`${JSON.stringify(line)}\n`);
  };
}

/**
 * A stack without its beginning: name and message, which may hold anything, line breaks included. Nothing is left of a
 * stack that begins with another message, because an older one may look like frames.
 */
function framesOf(stack: string, message: string): string {
  const name = /^[\w.]+(?: \[\w+\])?/.exec(stack)?.[0] ?? '';
  const beginning = message === '' ? name : `${name}: ${message}`;
  return stack.startsWith(`${beginning}\n`) ? stack.slice(beginning.length) : '';
}

/** What may be said about an error: its name, its code and its frames; never its message, cause or payload. */
export function errorFields(error: unknown): Pick<LogFields, 'fault' | 'code' | 'frames'> {
  const {
    name,
    code,
    stack = '',
    message = '',
  } = (error instanceof Error ? error : {}) as Partial<Error> & { code?: unknown };
  const frames = framesOf(stack, message)
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .map((line) => line.trim().slice(0, 120))
    .slice(0, 5)
    .join(' | ');
  return {
    fault: /^[A-Za-z0-9_.]{1,64}$/.test(name ?? '') ? name : 'Error',
    code: typeof code === 'string' && /^[A-Za-z0-9_.-]{1,64}$/.test(code) ? code : undefined,
    frames,
  };
}
