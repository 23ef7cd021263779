/**
 * JSON read as its bytes arrive (RFC 8259), with the same verdicts and values as `JSON.parse`. Pieces may end anywhere:
 * what cannot be told yet, at most a number or half a character, is kept for the next piece.
 */
import { isUtf8 } from 'node:buffer';
import { fail } from '../../kernel/failure.ts';

export type Scalar = string | number | boolean | null;
export type ContainerKind = 'object' | 'list';

/** Takes a text part by part, unescaped; parts may end between any two UTF-16 units. */
export interface TextTarget {
  take(part: string): void;
  close(): void;
}

/** Is told what the document holds, in its order. */
export interface JsonHandler {
  begin(kind: ContainerKind): void;
  end(): void;
  key(text: string): void;
  value(value: Scalar): void;
  /** Asked as a text value begins: where its parts go in place of `value`, or undefined to be told it whole. */
  divert(): TextTarget | undefined;
}

export interface JsonScanner {
  take(piece: Buffer): void;
  /** To be called after the last piece. */
  end(): void;
  /** How many bytes were handed to diverted texts so far. */
  diverted(): number;
}

type Expected = 'value' | 'first-element' | 'first-key' | 'key' | 'colon' | 'comma' | 'nothing';

const sign = {
  quote: 0x22,
  comma: 0x2c,
  minus: 0x2d,
  zero: 0x30,
  nine: 0x39,
  colon: 0x3a,
  openList: 0x5b,
  backslash: 0x5c,
  closeList: 0x5d,
  u: 0x75,
  openObject: 0x7b,
  closeObject: 0x7d,
};
/** What may follow a backslash (RFC 8259 §7). */
const escapable = new Set(Buffer.from('"\\\\/bfnrtu'));
const longestNumber = 1024;
const number = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;
const nothing = Buffer.alloc(0);

const refuse = (): never => fail('request_invalid', { reason: 'The request body is not valid JSON.' });

const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
/** Letters, digits, `+`, `-` and `.`: what numbers and the three words are made of. */
const isOfWord = (byte: number | undefined): boolean =>
  byte !== undefined &&
  ((byte >= sign.zero && byte <= sign.nine) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    byte === 0x2b ||
    byte === sign.minus ||
    byte === 0x2e);

function readWord(word: string): Scalar {
  if (word === 'true') return true;
  if (word === 'false') return false;
  if (word === 'null') return null;
  return number.test(word) ? Number(word) : refuse();
}

/** Where the last whole UTF-8 sequence before `to` ends. */
function wholeUntil(bytes: Buffer, from: number, to: number): number {
  for (let back = 1; back <= 3 && to - back >= from; back += 1) {
    const byte = bytes[to - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? to - back : to;
  }
  return to;
}

function resolveEscapes(raw: string): string {
  try {
    return JSON.parse(`"${raw}"`) as string;
  } catch {
    return refuse();
  }
}

function decode(bytes: Buffer, from: number, to: number, isPlain: boolean, isEscaped: boolean): string {
  if (isPlain && !isEscaped) return bytes.toString('latin1', from, to);
  if (!isUtf8(bytes.subarray(from, to)))
    fail('request_invalid', { reason: 'The request body is not valid UTF-8.' });
  const raw = bytes.toString('utf8', from, to);
  return isEscaped ? resolveEscapes(raw) : raw;
}

/** Begins a document. `take` and `end` fail with `request_invalid` at what is not JSON, and with what the handler says. */
export function scanJson(handler: JsonHandler): JsonScanner {
  const nesting: ContainerKind[] = [];
  let expected: Expected = 'value';
  let rest: Buffer = nothing;
  let inText: 'key' | 'value' | undefined;
  let text = '';
  let target: TextTarget | undefined;
  let diverted = 0;

  const afterValue = (): void => {
    expected = nesting.length === 0 ? 'nothing' : 'comma';
  };

  const begin = (kind: ContainerKind): void => {
    handler.begin(kind);
    nesting.push(kind);
    expected = kind === 'object' ? 'first-key' : 'first-element';
  };

  const end = (kind: ContainerKind): void => {
    if (nesting.pop() !== kind) refuse();
    handler.end();
    afterValue();
  };

  const openText = (as: 'key' | 'value'): void => {
    inText = as;
    text = '';
    target = as === 'value' ? handler.divert() : undefined;
  };

  const closeText = (): void => {
    const as = inText;
    inText = undefined;
    if (as === 'key') {
      handler.key(text);
      expected = 'colon';
      return;
    }
    if (target) target.close();
    else handler.value(text);
    target = undefined;
    afterValue();
  };

  const takePart = (part: string, length: number): void => {
    if (target) {
      diverted += length;
      target.take(part);
    } else text += part;
  };

  /** Reads on in a text; returns where it ended, or how far it could be read. */
  const readText = (bytes: Buffer, from: number): number => {
    let at = from;
    let seen = 0;
    let isEscaped = false;
    while (at < bytes.length) {
      const byte = bytes[at] ?? 0;
      if (byte === sign.quote) {
        takePart(decode(bytes, from, at, seen < 0x80, isEscaped), at - from);
        closeText();
        return at + 1;
      }
      if (byte === sign.backslash) {
        if (at + 1 < bytes.length && !escapable.has(bytes[at + 1] ?? 0)) refuse();
        const next = at + (bytes[at + 1] === sign.u ? 6 : 2);
        if (next > bytes.length) break;
        isEscaped = true;
        at = next;
        continue;
      }
      if (byte < 0x20) refuse();
      seen |= byte;
      at += 1;
    }
    const end = seen < 0x80 ? at : wholeUntil(bytes, from, at);
    if (end > from) takePart(decode(bytes, from, end, seen < 0x80, isEscaped), end - from);
    return end;
  };

  const beginValue = (bytes: Buffer, at: number): number => {
    const byte = bytes[at];
    if (byte === sign.quote) openText('value');
    else if (byte === sign.openObject) begin('object');
    else if (byte === sign.openList) begin('list');
    else {
      let to = at;
      while (isOfWord(bytes[to])) to += 1;
      if (to === at || to - at > longestNumber) refuse();
      if (to === bytes.length) return at;
      handler.value(readWord(bytes.toString('latin1', at, to)));
      afterValue();
      return to;
    }
    return at + 1;
  };

  const readComma = (byte: number | undefined): void => {
    if (byte === sign.closeObject) end('object');
    else if (byte === sign.closeList) end('list');
    else if (byte === sign.comma) expected = nesting.at(-1) === 'object' ? 'key' : 'value';
    else refuse();
  };

  /** Reads one token, or what is there of a text; returns where it ended, `at` itself where it cannot be told yet. */
  const step = (bytes: Buffer, at: number): number => {
    if (inText) return readText(bytes, at);
    const byte = bytes[at];
    if (isSpace(byte)) return at + 1;
    if (expected === 'value') return beginValue(bytes, at);
    if (expected === 'first-element' && byte !== sign.closeList) return beginValue(bytes, at);
    if (expected === 'first-element') end('list');
    else if (expected === 'comma') readComma(byte);
    else if (expected === 'first-key' && byte === sign.closeObject) end('object');
    else if (expected === 'colon' && byte === sign.colon) expected = 'value';
    else if ((expected === 'key' || expected === 'first-key') && byte === sign.quote) openText('key');
    else refuse();
    return at + 1;
  };

  const take = (piece: Buffer): void => {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    let at = 0;
    while (at < bytes.length) {
      const next = step(bytes, at);
      if (next === at) break;
      at = next;
    }
    rest = at === bytes.length ? nothing : Buffer.from(bytes.subarray(at));
  };

  return {
    take,
    end: () => {
      // Only here is a number at the very end known to be whole.
      take(Buffer.from(' '));
      if (expected !== 'nothing' || rest.length > 0) refuse();
    },
    diverted: () => diverted,
  };
}
