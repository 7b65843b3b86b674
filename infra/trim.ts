/**
 * What the bundles leave out of two packages. Loading is most of a cold start, and Lambda needs neither HTTP/2, `fetch`
 * and WebSockets of undici nor the AWS SDK's search for credentials in files, processes and other hosts.
 * The packages are pinned without a range, and the build fails when a file to be left out is not there any more.
 */
import type { Plugin } from 'esbuild';

const empty = 'module.exports = {};';
const nothing = 'module.exports = undefined;';

/** Files of undici that Lambda's bundles replace: parsers for hosts without WASM SIMD, HTTP/2, `fetch` bodies. */
const replaced: Readonly<Record<string, string>> = {
  'lib/milo/simd.js': nothing,
  'lib/milo/no-simd.js': nothing,
  'lib/llhttp/llhttp-wasm.js': nothing,
  'lib/dispatcher/client-h2.js': empty,
  'lib/web/webidl/index.js': empty,
  'lib/web/fetch/body.js': empty,
  'lib/web/fetch/formdata.js': empty,
};

/** Modules that stand in for whole packages. */
const standIns: Readonly<Record<string, string>> = {
  // Only the pool and `request`, which the package's index adds to every dispatcher.
  undici: `
    import Pool from 'undici/lib/dispatcher/pool.js';
    import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';
    import request from 'undici/lib/api/api-request.js';
    Dispatcher.prototype.request = request;
    export { Pool };`,
  // Lambda puts credentials into the environment for the life of the process. Not so with SnapStart or in containers.
  '@aws-sdk/credential-provider-node': `
    import { fromEnv } from '@aws-sdk/credential-provider-env';
    export const defaultProvider = (init) => fromEnv(init);
    export const credentialsWillNeedRefresh = () => false;
    export const credentialsTreatedAsExpired = () => false;`,
};

/** Leaves out what the layer does not need. Fails the build when a file of the list has moved. */
export function trim(root: string): Plugin {
  return {
    name: 'trim',
    setup(build) {
      const met = new Set<string>();
      build.onResolve({ filter: /^(undici|@aws-sdk\/credential-provider-node)$/ }, ({ path }) => ({
        path,
        namespace: 'stand-in',
      }));
      build.onLoad({ filter: /.*/, namespace: 'stand-in' }, ({ path }) => ({
        contents: standIns[path]!,
        resolveDir: root,
      }));
      build.onLoad({ filter: /node_modules[\\/]undici[\\/]lib[\\/]/ }, ({ path }) => {
        const file = path.replaceAll('\\', '/').split('node_modules/undici/')[1]!;
        if (!Object.hasOwn(replaced, file)) return undefined;
        met.add(file);
        return { contents: replaced[file]! };
      });
      build.onEnd(() => {
        const missing = Object.keys(replaced).filter((file) => !met.has(file));
        if (missing.length === 0) return undefined;
        return { errors: [{ text: `undici no longer has ${missing.join(', ')}: see infra/trim.ts` }] };
      });
    },
  };
}
