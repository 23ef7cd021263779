interface Entry<V> {
  readonly value: V;
  readonly bytes: number;
  asked: boolean;
}

/**
 * A map bounded by the bytes that its values hold. The oldest goes first, except that what was asked for meanwhile gets
 * a second turn: nearly the order of last use, and reading moves nothing.
 */
export class ByteCache<V> {
  readonly #entries = new Map<string, Entry<V>>();
  readonly #limit: number;
  #held = 0;

  /** `limit` is in bytes; a value larger than a quarter of it is not kept, nor one that has grown to more than half of it. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes that are held now. */
  get held(): number {
    return this.#held;
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    entry.asked = true;
    return entry.value;
  }

  /** Keeps the value in place of an older one. */
  set(key: string, value: V, bytes: number): void {
    this.#keep(key, value, bytes, this.#limit / 4);
  }

  #keep(key: string, value: V, bytes: number, most: number): void {
    this.delete(key);
    if (bytes > most) return;
    this.#entries.set(key, { value, bytes, asked: false });
    this.#held += bytes;
    for (const [oldest, entry] of this.#entries) {
      if (this.#held <= this.#limit) break;
      if (oldest !== key && !entry.asked) this.delete(oldest);
      else this.#again(oldest, entry);
    }
  }

  /** Puts an entry behind the others. */
  #again(key: string, entry: Entry<V>): void {
    entry.asked = false;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
  }

  /** Counts bytes that a kept value has grown by; overlooked where it is no longer kept. */
  grow(key: string, value: V, bytes: number): void {
    const entry = this.#entries.get(key);
    if (entry?.value === value) this.#keep(key, value, entry.bytes + bytes, this.#limit / 2);
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#held -= entry.bytes;
  }
}
