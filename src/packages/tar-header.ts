/** One 512-byte block of a tar archive, read more strictly than any client does (requirements IN3). */
import { isUtf8 } from 'node:buffer';
import { fail } from '../kernel/failure.ts';

const refuse = (reason: string): never => fail('tarball_refused', { reason });

/** Blocks and headers alike are 512 bytes. */
export const blockLength = 512;

export type EntryKind = 'file' | 'directory' | 'pax' | 'pax-global' | 'long-path';

export interface EntryHeader {
  kind: EntryKind;
  /** As the header writes it; an extension header before it may say otherwise. Undefined where it is not UTF-8. */
  path: string | undefined;
  /** Bytes of content that follow. */
  size: number;
}

const kinds: Record<string, EntryKind> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '5': 'directory',
  x: 'pax',
  g: 'pax-global',
  L: 'long-path',
};
const refusedKinds: Record<string, string> = {
  '1': 'a hard link',
  '2': 'a symbolic link',
  '3': 'a device',
  '4': 'a device',
  '6': 'a pipe',
  K: 'a link',
};

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Strict UTF-8; fails with `tarball_refused`. */
export function readText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    return refuse('The tarball has a path that is not UTF-8.');
  }
}

function readField(block: Buffer, from: number, length: number): Buffer {
  const field = block.subarray(from, from + length);
  const end = field.indexOf(0);
  return end < 0 ? field : field.subarray(0, end);
}

function readOctal(block: Buffer, from: number, length: number): number {
  const text = block.toString('latin1', from, from + length);
  const match = /^ *([0-7]+)[ \0]*$/.exec(text);
  return match?.[1] === undefined
    ? refuse('The tarball has a broken entry header.')
    : Number.parseInt(match[1], 8);
}

function checkSum(block: Buffer): void {
  let sum = 8 * 0x20;
  for (let index = 0; index < blockLength; index += 1) {
    if (index < 148 || index >= 156) sum += block[index] ?? 0;
  }
  if (readOctal(block, 148, 8) !== sum) refuse('The tarball has an entry header with a wrong checksum.');
}

/** A text of a header; clients differ in what they make of bytes after its end. */
function readTextField(block: Buffer, from: number, length: number): Buffer {
  const text = readField(block, from, length);
  for (let at = from + text.length; at < from + length; at += 1) {
    if (block[at] !== 0) refuse('The tarball has a broken entry header.');
  }
  return text;
}

/**
 * Where an extension header renames the entry, the path here is cut off, perhaps inside a character. The prefix counts for
 * node-tar in a POSIX header of version 00 only and for pnpm in any: elsewhere there must be none.
 */
function readPath(block: Buffer): string | undefined {
  const name = readTextField(block, 0, 100);
  const isPosix = block.toString('latin1', 257, 265) === 'ustar\x0000';
  const prefix = isPosix ? readTextField(block, 345, 155) : readField(block, 345, 155);
  if (!isPosix && prefix.length > 0) refuse('The tarball has a broken entry header.');
  const whole = prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name]);
  return isUtf8(whole) ? readText(whole) : undefined;
}

/** Reads a header block that is not all zeros. Fails with `tarball_refused` at anything but plain files and folders. */
export function readHeader(block: Buffer): EntryHeader {
  checkSum(block);
  const flag = block.toString('latin1', 156, 157);
  const kind = kinds[flag];
  if (kind === undefined) {
    return refuse(
      `The tarball contains ${refusedKinds[flag] ?? 'an entry of an unknown kind'}: only files and folders may be published.`,
    );
  }
  return { kind, path: readPath(block), size: readOctal(block, 124, 12) };
}

/** What an extension header says about the entry after it. */
export interface Extension {
  path: string | undefined;
  size: number | undefined;
}

/**
 * What an extension header may say beside the names of vendors, which have a dot. Clients take over more than POSIX has:
 * node-tar a `type`, and before version 7.5 whatever there is, its own fields of parsing too.
 */
const knownKeys = new Set([
  'path',
  'size',
  'linkpath',
  'mtime',
  'atime',
  'ctime',
  'uid',
  'gid',
  'uname',
  'gname',
  'comment',
  'charset',
  'hdrcharset',
]);

function readRecords(content: Buffer): Map<string, Buffer> {
  const records = new Map<string, Buffer>();
  let at = 0;
  while (at < content.length) {
    const space = content.indexOf(0x20, at);
    const length = space < 0 ? '' : content.toString('latin1', at, space);
    const end = at + Number(length);
    const equals = content.indexOf(0x3d, space);
    if (
      !/^[1-9][0-9]{0,5}$/.test(length) ||
      end > content.length ||
      content[end - 1] !== 0x0a ||
      equals < space ||
      equals >= end
    ) {
      refuse('The tarball has a broken extension header.');
    }
    const key = readText(content.subarray(space + 1, equals));
    if (records.has(key)) refuse('The tarball has an extension header that says a thing twice.');
    if (!knownKeys.has(key) && !key.includes('.'))
      refuse(`The tarball has an extension header that says ${JSON.stringify(key.slice(0, 80))}.`);
    const value = content.subarray(equals + 1, end - 1);
    // Node-tar reads by lines, whatever length a record tells: a second line would be a record of its own.
    if (key.includes('\n') || value.includes(0x0a))
      refuse('The tarball has an extension header of two lines.');
    records.set(key, value);
    at = end;
  }
  return records;
}

/** Reads a pax extended header (POSIX.1-2024 pax, "pax Extended Header"). */
export function readExtension(content: Buffer, kind: 'pax' | 'pax-global'): Extension {
  const records = readRecords(content);
  if (records.has('linkpath'))
    refuse('The tarball contains a link: only files and folders may be published.');
  if ([...records.keys()].some((key) => key.startsWith('GNU.sparse.')))
    refuse('The tarball contains a sparse file.');
  const path = records.get('path');
  const size = records.get('size');
  if (kind === 'pax-global' && (path !== undefined || size !== undefined)) {
    refuse('The tarball has a global header that renames its entries.');
  }
  if (size !== undefined && !/^[0-9]{1,15}$/.test(size.toString('latin1')))
    refuse('The tarball has a broken extension header.');
  return {
    path: path === undefined ? undefined : readText(path),
    size: size === undefined ? undefined : Number(size.toString('latin1')),
  };
}
