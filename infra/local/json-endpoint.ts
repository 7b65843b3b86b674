import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { Json } from './intrinsics.ts';
import { listen } from './listen.ts';

/** A refusal by the name that AWS gives it. */
export class AwsError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** One action of a service: its input to its output. Throws {@link AwsError} where the service refuses. */
export type Action = (input: Json) => Json;

/** What an endpoint is started with. */
export interface EndpointOptions {
  /** What stands before the action in `x-amz-target`, for example `AWSStepFunctions`. */
  service: string;
  /** The version of the AWS JSON protocol. */
  version: '1.0' | '1.1';
  actions: Record<string, Action>;
  /** The one access key whose requests are served. Other users of the machine do not know it. */
  accessKeyId: string;
}

/** A running endpoint of a service. */
export interface Endpoint {
  endpoint: string;
  stop: () => Promise<void>;
}

const bodyLimit = 2_000_000;

/** Serves the actions of one service on a loopback port, as the AWS JSON protocol. Signatures are not verified. */
export async function startEndpoint(options: EndpointOptions): Promise<Endpoint> {
  const server = createServer((request, response) => {
    const send = (status: number, body: Json): void => {
      response.writeHead(status, {
        'content-type': `application/x-amz-json-${options.version}`,
        'x-amzn-requestid': randomUUID(),
      });
      response.end(JSON.stringify(body));
    };
    answer(request, options).then(
      (body) => send(200, body),
      (error: unknown) => {
        const { name, message } =
          error instanceof AwsError ? error : new AwsError('InternalFailure', 'The request could not be processed.');
        send(name === 'InternalFailure' ? 500 : name === 'ServiceUnavailable' ? 503 : 400, { __type: name, message });
      },
    );
  });
  const port = await listen(server);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(request: IncomingMessage, options: EndpointOptions): Promise<Json> {
  const { service, actions, accessKeyId } = options;
  const [prefix, name = ''] = String(request.headers['x-amz-target'] ?? '').split('.');
  const body = await read(request);
  if (request.method !== 'POST' || prefix !== service || !Object.hasOwn(actions, name)) {
    throw new AwsError('UnknownOperationException', 'There is no such action.');
  }
  if (!request.headers.authorization?.includes(`Credential=${accessKeyId}/`)) {
    throw new AwsError('UnrecognizedClientException', 'The security token included in the request is invalid.');
  }
  return (actions[name] as Action)(parse(body));
}

function parse(body: string): Json {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Json;
  } catch {
    // Answered below, like JSON that is no object.
  }
  throw new AwsError('SerializationException', 'The body is not a JSON object.');
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > bodyLimit) throw new AwsError('RequestEntityTooLarge', 'The body is too long.');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString();
}
