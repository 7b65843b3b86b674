import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer as createHttp, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcp, type Server, type Socket } from 'node:net';
import { createServer as createTls } from 'node:tls';
import { onTestFinished } from 'vitest';

/** A server on a free loopback port, gone after the test. */
export interface Stand {
  readonly port: number;
  readonly origin: string;
  /** Connections made so far. */
  readonly connections: () => number;
  readonly openSockets: () => number;
}

async function stand(server: Server, scheme = 'http'): Promise<Stand> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  const host = scheme === 'https' ? 'localhost' : '127.0.0.1';
  return {
    port,
    origin: `${scheme}://${host}:${port}`,
    connections: () => connections,
    openSockets: () => sockets.size,
  };
}

/** An HTTP server. */
export const httpStand = (listener: RequestListener): Promise<Stand> => stand(createHttp(listener));

/** A server that does to the bare socket what the test says. */
export const tcpStand = (onSocket: (socket: Socket) => void): Promise<Stand> => stand(createTcp(onSocket));

/** The same, once the whole request (content-length taken from its header) has arrived. */
export const afterRequest = (act: (socket: Socket) => void): Promise<Stand> =>
  tcpStand((socket) => {
    let seen = '';
    socket.on('data', (chunk) => {
      seen += chunk.toString('latin1');
      const [head, body] = seen.split('\r\n\r\n', 2);
      const length = Number(/content-length: (\d+)/i.exec(head ?? '')?.[1] ?? 0);
      if (body !== undefined && body.length >= length) act(socket);
    });
  });

/** A TLS server for `localhost` whose certificate nobody has signed but itself; counts what reaches it in clear. */
export async function selfSignedStand(onData: () => void): Promise<Stand> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const server = createTls({
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    cert: selfSigned(privateKey, publicKey),
  });
  server.on('secureConnection', (socket) => socket.on('data', onData).on('error', () => {}));
  server.on('tlsClientError', () => {});
  return stand(server, 'https');
}

const der = (tag: number, ...parts: Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
};
const sequence = (...parts: Uint8Array[]): Buffer => der(0x30, ...parts);
const hex = (text: string): Buffer => Buffer.from(text, 'hex');

/** A certificate of version 1 for the common name `localhost`, valid from 2020 to 2049. */
function selfSigned(privateKey: KeyObject, publicKey: KeyObject): string {
  const ecdsaWithSha256 = sequence(hex('06082a8648ce3d040302'));
  const name = sequence(der(0x31, sequence(hex('0603550403'), der(0x0c, Buffer.from('localhost')))));
  const validity = sequence(der(0x17, Buffer.from('200101000000Z')), der(0x17, Buffer.from('491231235959Z')));
  const key = publicKey.export({ type: 'spki', format: 'der' });
  const content = sequence(hex('020101'), ecdsaWithSha256, name, validity, name, key);
  const signature = createSign('sha256').update(content).sign(privateKey);
  const certificate = sequence(content, ecdsaWithSha256, der(0x03, hex('00'), signature));
  return `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64')}\n-----END CERTIFICATE-----\n`;
}
