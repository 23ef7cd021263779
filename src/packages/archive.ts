/** Walks the entries of a tar archive as its bytes arrive and keeps to requirements IN3; nothing is ever unpacked. */
import { fail } from '../kernel/failure.ts';
import { blockLength, type EntryHeader, readExtension, readHeader, readText } from './tar-header.ts';

const refuse = (reason: string): never => fail('tarball_refused', { reason });

const mostEntries = 50_000;
const longestPath = 512;
const largestExtension = 64 * 1024;
const largestManifest = 1024 * 1024;

/** What the walk has found: paths are relative to the one top folder. */
export interface ArchiveFacts {
  /** The text of the root `package.json`. */
  manifestText: string;
  files: string[];
  /** Sum of the sizes of all files, in bytes. */
  unpackedSize: number;
}

export interface ArchiveWalk {
  take(piece: Buffer): void;
  /** To be called after the last piece. */
  end(): ArchiveFacts;
}

/** Two paths with the same fold would meet on a file system that ignores case or normalises Unicode. */
const fold = (path: string): string => path.normalize('NFKD').toUpperCase().toLowerCase().normalize('NFKD');

function checkPath(path: string): string[] {
  const shown = JSON.stringify(path.slice(0, 80));
  if (Buffer.byteLength(path) > longestPath)
    refuse(`The tarball has a path longer than ${longestPath} bytes: ${shown}.`);
  // Who lists a tarball before unpacking it sees other names than there are, where signs turn the text around.
  if (/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\\]/u.test(path))
    refuse(`The tarball has a path with a backslash or control character: ${shown}.`);
  if (path.startsWith('/') || /^[a-z]:/i.test(path)) refuse(`The tarball has an absolute path: ${shown}.`);
  const parts = (path.endsWith('/') ? path.slice(0, -1) : path).split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..'))
    refuse(`The tarball has a path that is not plain: ${shown}.`);
  return parts;
}

/** The set of what exists so far; refuses doubles, collisions and a file in the place of a folder. */
function createTree(): { add(parts: string[], isFile: boolean): void } {
  const seen = new Map<string, 'file' | 'directory' | 'implied'>();
  let top: string | undefined;
  const addFolders = (folded: string): void => {
    for (let slash = folded.lastIndexOf('/'); slash > 0; slash = folded.lastIndexOf('/', slash - 1)) {
      const folder = folded.slice(0, slash);
      const known = seen.get(folder);
      if (known === 'file')
        refuse(`The tarball has a file where it has a folder: ${JSON.stringify(folder)}.`);
      if (known !== undefined) return;
      seen.set(folder, 'implied');
    }
  };
  return {
    add(parts, isFile) {
      top ??= parts[0];
      if (parts[0] !== top || (isFile && parts.length === 1))
        refuse('The tarball has more than one top folder.');
      const folded = fold(parts.join('/'));
      const known = seen.get(folded);
      if (known !== undefined && (isFile || known !== 'implied')) {
        refuse(
          `The tarball has a path twice, or two that differ in case only: ${JSON.stringify(parts.join('/').slice(0, 80))}.`,
        );
      }
      seen.set(folded, isFile ? 'file' : 'directory');
      addFolders(folded);
    },
  };
}

type Use = 'skip' | 'manifest' | EntryHeader['kind'];

/** Begins a walk. Every step fails with `tarball_refused` and a sentence about what was found. */
export function walkArchive(): ArchiveWalk {
  const tree = createTree();
  const files: string[] = [];
  let entries = 0;
  let unpackedSize = 0;
  let manifestText: string | undefined;
  let longPath: string | undefined;
  let longSize: number | undefined;
  let extended = false;
  let ended = false;
  let block = Buffer.alloc(0);
  let use: Use = 'skip';
  let content: Buffer[] = [];
  let contentLeft = 0;
  let paddingLeft = 0;

  const beginEntry = (header: EntryHeader): Use => {
    const path = longPath ?? header.path ?? refuse('The tarball has a path that is not UTF-8.');
    if (longSize !== undefined && longSize !== header.size)
      refuse('The tarball has an entry with two sizes.');
    longPath = undefined;
    longSize = undefined;
    extended = false;
    const isFolder = header.kind === 'directory' || path.endsWith('/');
    if (isFolder && header.size > 0) refuse('The tarball has a folder with content.');
    const parts = checkPath(path);
    tree.add(parts, !isFolder);
    if (isFolder) return 'skip';
    const inside = parts.slice(1).join('/');
    files.push(inside);
    unpackedSize += header.size;
    if (inside !== 'package.json') return 'skip';
    if (header.size > largestManifest) refuse(`The package.json is larger than ${largestManifest} bytes.`);
    return 'manifest';
  };

  const begin = (header: EntryHeader): void => {
    entries += 1;
    if (entries > mostEntries) refuse(`The tarball has more than ${mostEntries} entries.`);
    contentLeft = header.size;
    paddingLeft = (blockLength - (header.size % blockLength)) % blockLength;
    content = [];
    if (header.kind === 'file' || header.kind === 'directory') {
      use = beginEntry(header);
    } else {
      if (header.size > largestExtension)
        refuse(`The tarball has an extension header larger than ${largestExtension} bytes.`);
      use = header.kind;
    }
    if (contentLeft === 0) finishContent();
  };

  const extend = (path: string | undefined, size: number | undefined): void => {
    if (extended) refuse('The tarball has two extension headers before one entry.');
    extended = true;
    longPath = path;
    longSize = size;
  };

  function finishContent(): void {
    if (use === 'skip') return;
    const whole = Buffer.concat(content);
    content = [];
    if (use === 'manifest') manifestText = readText(whole);
    if (use === 'pax-global') readExtension(whole, 'pax-global');
    if (use === 'long-path') extend(readText(whole.at(-1) === 0 ? whole.subarray(0, -1) : whole), undefined);
    if (use === 'pax') {
      const said = readExtension(whole, 'pax');
      extend(said.path, said.size);
    }
  }

  const takeContent = (piece: Buffer): number => {
    const count = Math.min(contentLeft, piece.length);
    if (use !== 'skip') content.push(Buffer.from(piece.subarray(0, count)));
    contentLeft -= count;
    if (contentLeft === 0) finishContent();
    return count;
  };

  const takeBlock = (piece: Buffer): number => {
    const count = Math.min(blockLength - block.length, piece.length);
    const part = piece.subarray(0, count);
    block = block.length === 0 ? Buffer.from(part) : Buffer.concat([block, part]);
    if (block.length < blockLength) return count;
    const whole = block;
    block = Buffer.alloc(0);
    if (whole.every((byte) => byte === 0)) ended = true;
    else if (ended) refuse('The tarball goes on after its end.');
    else begin(readHeader(whole));
    return count;
  };

  return {
    take(piece) {
      let at = 0;
      while (at < piece.length) {
        const rest = at === 0 ? piece : piece.subarray(at);
        if (contentLeft > 0) at += takeContent(rest);
        else if (paddingLeft > 0) {
          const count = Math.min(paddingLeft, rest.length);
          paddingLeft -= count;
          at += count;
        } else at += takeBlock(rest);
      }
    },
    end() {
      if (!ended || contentLeft > 0 || block.length > 0 || extended) refuse('The tarball is cut off.');
      if (manifestText === undefined) return refuse('The tarball has no package.json in its top folder.');
      return { manifestText, files, unpackedSize };
    },
  };
}
