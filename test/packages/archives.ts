/** Builds tar archives byte by byte, so that tests can write what no tool would. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

/** One entry; `type` is the tar type flag. */
export interface Entry {
  path: string;
  content?: string | Buffer;
  type?: string;
  /** What the header claims instead of the content's length. */
  size?: number;
  linkpath?: string;
  /** Bytes written over the header before its checksum is made. */
  patch?: (header: Buffer) => void;
  checksum?: number;
}

const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`;

/** The blocks of one entry: header, content and padding. */
export function entry(wish: Entry): Buffer {
  const content = Buffer.from(wish.content ?? '');
  const header = Buffer.alloc(512);
  header.write(wish.path, 0, 100, 'utf8');
  header.write(octal(0o644, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(wish.size ?? content.length, 12), 124);
  header.write(octal(499162500, 12), 136);
  header.write(wish.type ?? '0', 156);
  header.write(wish.linkpath ?? '', 157, 100, 'utf8');
  header.write('ustar\u000000', 257, 'latin1');
  wish.patch?.(header);
  header.write('        ', 148);
  const sum = wish.checksum ?? header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  return Buffer.concat([header, content, padding]);
}

/** One record of a pax extended header. */
export function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  let length = bytes + 1;
  while (String(length).length + bytes !== length) length = String(length).length + bytes;
  return `${length}${rest}`;
}

/** An archive of these entries with its two closing blocks. */
export function archive(...parts: (Entry | Buffer)[]): Buffer {
  const blocks = parts.map((part) => (Buffer.isBuffer(part) ? part : entry(part)));
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** The usual manifest as an entry. */
export function manifestEntry(manifest: object, top = 'package'): Entry {
  return { path: `${top}/package.json`, content: JSON.stringify(manifest) };
}

/** A gzipped archive with a manifest and these further entries. */
export function tarball(manifest: object, ...more: (Entry | Buffer)[]): Buffer {
  return gzipSync(archive(manifestEntry(manifest), ...more));
}

/** Bytes that do not compress, the same ones each time. */
export function noise(length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let count = 0; count * 64 < length; count += 1) {
    blocks.push(createHash('sha512').update(String(count)).digest());
  }
  return Buffer.concat(blocks).subarray(0, length);
}
