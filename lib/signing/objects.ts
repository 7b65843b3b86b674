/** Objects of the media bucket: uploads, pictures of results, sealed plans. */
import type { Readable } from 'node:stream';

/** An object while it is read. `body` must be read to its end or destroyed. */
export interface StoredObject {
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
  readonly contentType: string;
  readonly body: Readable;
}

/** A form that uploads one file: its fields, then the file as `file`, as multipart/form-data. */
export interface UploadForm {
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** The bucket. All methods throw what S3 throws, except as they say. */
export interface ObjectStore {
  /** Begins to read. `changed`: it is not the object of this ETag. */
  open(key: string, etag?: string): Promise<StoredObject | 'missing' | 'changed'>;
  put(key: string, body: Uint8Array, contentType: string): Promise<void>;
  /** Deletes; an object that is not there is fine. */
  remove(key: string): Promise<void>;
  /** A link that reads the object for some seconds. */
  link(key: string, seconds: number): Promise<string>;
  /** A form that uploads exactly this type and size for some seconds. */
  form(key: string, contentType: string, size: number, seconds: number): Promise<UploadForm>;
}

/** What a store is made of. */
export interface ObjectStoreOptions {
  /** Name of the bucket. */
  readonly bucket: string;
  /** ARN of the KMS key that encrypts its objects. */
  readonly key: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Milliseconds within which the first bytes of an object must follow its headers. Default 2,000. */
  readonly patience?: number;
}

/** The store of one bucket; S3's client is loaded by the first call. */
export function objectStore(options: ObjectStoreOptions): ObjectStore {
  let loaded: Promise<ObjectStore> | undefined;
  const store = (): Promise<ObjectStore> => {
    loaded ??= import('./rare.ts').then(({ s3Store }) => s3Store(options));
    return loaded;
  };
  return {
    open: async (...given) => (await store()).open(...given),
    put: async (...given) => (await store()).put(...given),
    remove: async (...given) => (await store()).remove(...given),
    link: async (...given) => (await store()).link(...given),
    form: async (...given) => (await store()).form(...given),
  };
}
