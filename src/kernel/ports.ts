/** What truly has two natures: everything else is called directly. Adapters implement these; `app.ts` chooses. */

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number;

/** Wall time. On PostgreSQL it follows the database's clock, so that limits agree between processes (RN1). */
export interface Clock {
  now(): Instant;
}

/** Cryptographically secure bytes; seeded in tests. */
export interface Random {
  bytes(length: number): Buffer;
}

/**
 * A blob that is being written and that nobody else can see. It ends by `commit` or `discard`; after either one, discarding
 * does nothing.
 */
export interface BlobDraft {
  /** Appends the bytes, which the caller may use again once this has resolved. One call at a time. */
  write(piece: Buffer): Promise<void>;
  /** Ends the writing; the key that the content would have. */
  end(): Promise<string>;
  /** What was written, from its beginning. */
  read(): AsyncIterable<Buffer>;
  /** Begins to bring what was written to the disk, beside whatever is done until `commit`, which waits for it. */
  persist(): void;
  /** Stores it under its key: whole when this resolves, and to stay once `settled` has. */
  commit(): Promise<StoredBlob>;
  /** Leaves nothing behind. */
  discard(): Promise<void>;
}

/** A blob that is readable, whose name may still be on the way to the disk. */
export interface StoredBlob {
  readonly key: string;
  /** Resolves when a crash can no longer take it. Nothing may refer to it before. */
  readonly settled: Promise<void>;
}

/** Content-addressed bytes: the key is the lower-case hex SHA-512 of the content. */
export interface Blobs {
  /** Begins a blob that comes in pieces. */
  open(): Promise<BlobDraft>;
  /** Stores the bytes durably (fsynced before it resolves). Storing the same content twice is no error. */
  put(content: Buffer): Promise<string>;
  /** A small blob whole, or undefined when it is not there. */
  read(key: string): Promise<Buffer | undefined>;
  /** A large blob piece by piece; each is good until the next is asked for. Fails at the first where the blob is missing. */
  stream(key: string): AsyncIterable<Buffer>;
  has(key: string): Promise<boolean>;
  /** Takes a blob away; one that was stored again since `unlessSince` stays. Taking away nothing is no error. */
  remove(key: string, unlessSince?: Instant): Promise<void>;
  /** Every key with the instant at which it was stored, for the sweep of orphans. */
  list(): AsyncIterable<{ key: string; storedAt: Instant }>;
}

/** One message to one recipient; text only needs no further assembly. */
export interface Mail {
  to: string;
  subject: string;
  text: string;
  /** The same as HTML, for programs that show it. */
  html?: string;
  /** Stable across retries, so that a mail server can drop doubles. */
  messageId: string;
}

/** Hands a mail over to somebody who takes responsibility for it, or throws. */
export interface Mailer {
  send(mail: Mail): Promise<void>;
}

/** The newest link of the security log at a time. */
export interface Checkpoint {
  /** ISO 8601. */
  at: string;
  /** The public URL of the registry. */
  site: string;
  sequence: number;
  /** 64 hex digits. */
  hash: string;
}

/** Keeps checkpoints where the server cannot take them back, or throws. */
export interface CheckpointKeeper {
  keep(checkpoint: Checkpoint): Promise<void>;
}

/** Structured log lines. Never pass a secret: LG1. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
