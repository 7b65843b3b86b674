import type { AddressInfo, Server } from 'node:net';

/** Listens on a loopback port, 0 meaning any free one, and answers which. Rejects with Node's error, as EADDRINUSE. */
export function listen(server: Server, port = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
