/** The simulator's own routes under `/simulator/`: no part of the upstream, for the machine it runs on only. */
import type { Books } from './books.ts';
import { html, json } from './replies.ts';
import type { Change, Settings } from './settings.ts';
import type { SimulatorReply, SimulatorRequest } from './upstream.ts';

/** Where the simulator's own routes begin. */
export const controlPrefix = '/simulator/';

/** What the routes read and change. */
export interface Controls {
  readonly books: () => Books;
  readonly settings: () => Settings;
  readonly configure: (change: Change) => void;
}

function change({ headers, body }: SimulatorRequest, { configure, settings }: Controls): SimulatorReply {
  const type = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1];
  // Other types could be sent by any web page that is open on this machine.
  if (!/^application\/json\b/i.test(type ?? '')) return json(415, { error: 'Send application/json' });
  try {
    configure(JSON.parse(Buffer.from(body).toString('utf8')) as Change);
  } catch (error) {
    return json(400, { error: error instanceof RangeError ? error.message : 'Not JSON' });
  }
  return json(200, settings());
}

/** GET books, GET settings, POST settings (what `configure` takes, as JSON). */
export function answerControl(request: SimulatorRequest, path: string, controls: Controls): SimulatorReply {
  const call = `${request.method} ${path.slice(controlPrefix.length)}`;
  if (call === 'GET books') return json(200, controls.books());
  if (call === 'GET settings') return json(200, controls.settings());
  if (call === 'POST settings') return change(request, controls);
  return html(404);
}
