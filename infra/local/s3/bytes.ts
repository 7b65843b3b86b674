import { S3Error } from './error.ts';

/** Reads a body piece by piece. It never destroys its source, so that a refusal can still be answered. */
export class ByteReader {
  readonly #source: AsyncIterator<Buffer>;
  #buffer: Buffer;

  /** `head` is read before the source. */
  constructor(source: AsyncIterable<Buffer>, head = '') {
    this.#source = source[Symbol.asyncIterator]();
    this.#buffer = Buffer.from(head);
  }

  async #fill(): Promise<boolean> {
    const { done, value } = await this.#source.next();
    if (done) return false;
    this.#buffer = this.#buffer.length === 0 ? value : Buffer.concat([this.#buffer, value]);
    return true;
  }

  /** Whether nothing is left. */
  async ended(): Promise<boolean> {
    while (this.#buffer.length === 0) if (!(await this.#fill())) return true;
    return false;
  }

  /** The next bytes, as text, without reading them; fewer at the end. */
  async peek(count: number): Promise<string> {
    while (this.#buffer.length < count) if (!(await this.#fill())) break;
    return this.#buffer.subarray(0, count).toString();
  }

  /** Everything that is left. */
  async *rest(): AsyncGenerator<Buffer> {
    while (!(await this.ended())) {
      const piece = this.#buffer;
      this.#buffer = Buffer.alloc(0);
      yield piece;
    }
  }

  /** Throws `IncompleteBody` if there are fewer bytes. */
  async *take(count: number): AsyncGenerator<Buffer> {
    for (let left = count; left > 0; ) {
      if (await this.ended()) throw new S3Error('IncompleteBody');
      const piece = this.#buffer.subarray(0, left);
      this.#buffer = this.#buffer.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  /** What comes before a delimiter, which is consumed. Throws `IncompleteBody` if it does not come. */
  async *until(delimiter: string): AsyncGenerator<Buffer> {
    for (;;) {
      const at = this.#buffer.indexOf(delimiter);
      // The end of what is here may be the beginning of the delimiter.
      const safe = at < 0 ? Math.max(0, this.#buffer.length - delimiter.length + 1) : at;
      const piece = this.#buffer.subarray(0, safe);
      this.#buffer = this.#buffer.subarray(at < 0 ? safe : at + delimiter.length);
      if (piece.length > 0) yield piece;
      if (at >= 0) return;
      if (!(await this.#fill())) throw new S3Error('IncompleteBody');
    }
  }

  /** What comes before a delimiter, as text. Throws `IncompleteBody`, and what `tooLong` makes over the limit. */
  async text(delimiter: string, limit: number, tooLong: () => S3Error): Promise<string> {
    const pieces: Buffer[] = [];
    let bytes = 0;
    for await (const piece of this.until(delimiter)) {
      bytes += piece.length;
      if (bytes > limit) throw tooLong();
      pieces.push(piece);
    }
    return Buffer.concat(pieces).toString();
  }

  /** Reads the rest and forgets it. */
  async drain(): Promise<void> {
    for await (const _ of this.rest());
  }
}
