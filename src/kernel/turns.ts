/** Runs work one at a time per key, in the order of asking; different keys run side by side. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  /** Waits for every earlier work under any of the keys, then runs this one. */
  async take<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    const before = Promise.all(keys.map((key) => this.#last.get(key)));
    let finish = (): void => {};
    const mine = new Promise<void>((resolve) => {
      finish = resolve;
    });
    // All keys are taken in one step without waiting between them, so two takers can never wait for each other.
    for (const key of keys) this.#last.set(key, mine);
    try {
      await before;
      return await work();
    } finally {
      for (const key of keys) if (this.#last.get(key) === mine) this.#last.delete(key);
      finish();
    }
  }
}
