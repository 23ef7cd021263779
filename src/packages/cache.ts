/** A map bounded by the bytes that its values hold; what was not asked for longest goes first. */
export class ByteCache<V> {
  readonly #entries = new Map<string, { value: V; bytes: number }>();
  readonly #limit: number;
  #held = 0;

  /** `limit` is in bytes; a value larger than a quarter of it is not kept. */
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
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** Keeps the value in place of an older one. */
  set(key: string, value: V, bytes: number): void {
    this.delete(key);
    if (bytes > this.#limit / 4) return;
    this.#entries.set(key, { value, bytes });
    this.#held += bytes;
    for (const [oldest] of this.#entries) {
      if (this.#held <= this.#limit) break;
      this.delete(oldest);
    }
  }

  /** Counts bytes that a kept value has grown by; overlooked where it is no longer kept. */
  grow(key: string, value: V, bytes: number): void {
    const entry = this.#entries.get(key);
    if (entry?.value === value) this.set(key, value, entry.bytes + bytes);
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#held -= entry.bytes;
  }
}
