import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ObjectStore } from '#signing';

/** A bucket in memory, for what does not look at the bucket itself. */
export function memoryObjects(): ObjectStore & { readonly objects: Map<string, Buffer> } {
  const objects = new Map<string, Buffer>();
  return {
    objects,
    async open(key, wanted) {
      const bytes = objects.get(key);
      if (!bytes) return 'missing';
      const etag = `"${createHash('md5').update(bytes).digest('hex')}"`;
      if (wanted !== undefined && wanted !== etag) return 'changed';
      return { etag, size: bytes.length, contentType: '', body: Readable.from([bytes], { objectMode: false }) };
    },
    async put(key, body) {
      objects.set(key, Buffer.from(body));
    },
    async remove(key) {
      objects.delete(key);
    },
    link: async (key, seconds) => `memory:${key}?${seconds}`,
    form: async (key) => ({ url: 'memory:', fields: { key } }),
  };
}
