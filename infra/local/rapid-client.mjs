// Preloaded into every function process, ahead of aws-lambda-ric. Plain JavaScript, because stripping types would cost
// every cold start. Its settings come in the query of its own URL, so that the function's environment stays as deployed:
//   runtime  host:port of this instance's Runtime API
//   opt      the folder that stands in for /opt where mount namespaces are not available
import { existsSync } from 'node:fs';
import http from 'node:http';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const settings = new URL(import.meta.url).searchParams;
const [hostname, port] = settings.get('runtime').split(':');
const opt = settings.get('opt');

// One socket, so that requests arrive in the order in which the runtime made them.
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

const call = (method, path, body) =>
  new Promise((resolve, reject) => {
    const payload = body === undefined ? undefined : Buffer.from(body);
    const headers = payload ? { 'content-type': 'application/json', 'content-length': payload.length } : {};
    const options = { hostname, port, agent, method, headers, path: `/2018-06-01/runtime/${path}` };
    const request = http.request(options, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve({ bodyJson: Buffer.concat(chunks).toString(), headers: response.headers }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(payload);
  });

// Without its Runtime API a function process has nothing left to do: the stage is gone.
const orExit = (answer) => answer.catch(() => process.exit(1));

const slot = Symbol.for('signet.rapid-client');
globalThis[slot] = {
  next: () => orExit(call('GET', 'invocation/next')),
  done: (id, body) => void orExit(call('POST', `invocation/${id}/response`, body)),
  error: (id, body) => void orExit(call('POST', `invocation/${id}/error`, body)),
};

const clientUrl = 'signet:rapid-client';

/** Where an import of /opt/… leads, if the layer has it: Node or the project may themselves live under /opt. */
function inLayer(specifier) {
  const rest = /^(?:file:\/\/)?\/opt\/(.*)$/.exec(specifier)?.[1];
  const path = opt === null || rest === undefined ? undefined : join(opt, rest);
  return path !== undefined && existsSync(path) ? path : undefined;
}

registerHooks({
  resolve(specifier, context, nextResolve) {
    if (specifier === './rapid-client.node') return { url: clientUrl, format: 'commonjs', shortCircuit: true };
    const path = inLayer(specifier);
    if (path === undefined) return nextResolve(specifier, context);
    return nextResolve(context.conditions.includes('require') ? path : pathToFileURL(path).href, context);
  },
  load(url, context, nextLoad) {
    if (url !== clientUrl) return nextLoad(url, context);
    const source = "module.exports = globalThis[Symbol.for('signet.rapid-client')];";
    return { format: 'commonjs', source, shortCircuit: true };
  },
});
