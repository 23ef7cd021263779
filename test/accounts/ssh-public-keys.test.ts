import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isPrivateKey, parseSshPublicKey, sshAlgorithms } from '../../src/accounts/ssh-public-keys.ts';
import { isFailure } from '../../src/kernel/failure.ts';
import { ed25519Key, goodLines, lineOf, number, part, pointOf, rsaNumbers } from '../support/ssh-lines.ts';

const isThere = spawnSync('ssh-keygen', ['-?'], { stdio: 'ignore' }).error === undefined;
const good = goodLines['ssh-ed25519'] ?? '';
const [, blob = ''] = good.split(' ');
const rsa = rsaNumbers(2048);

/** The sentence of a refusal; fails where the text was taken, or where anything else was thrown. */
function refusalOf(text: string): string {
  try {
    parseSshPublicKey(text);
  } catch (thrown) {
    if (isFailure(thrown, 'request_invalid')) return thrown.message;
    throw thrown;
  }
  throw new Error(`taken: ${text}`);
}

describe('a public key of SSH', () => {
  test('is taken in each of the seven kinds, with its comment', () => {
    expect(Object.keys(goodLines)).toEqual([...sshAlgorithms]);
    for (const [algorithm, line] of Object.entries(goodLines))
      expect(parseSshPublicKey(line)).toMatchObject({
        algorithm,
        blob: line.split(' ')[1],
        comment: 'ann@laptop',
      });
  });

  test('may have space around it, tabs within, a comment of several words or none', () => {
    expect(parseSshPublicKey(`\r\n  ${good} at home\n\n`).comment).toBe('ann@laptop at home');
    expect(parseSshPublicKey(`ssh-ed25519\t${blob}`).comment).toBe('');
  });

  test('is refused where it is a private key, which is said in so many words', () => {
    const openssh = `-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----`;
    const inside = 'b3BlbnNzaC1rZXktdjEAAAAABG5vbmU';
    for (const text of [openssh, inside, '-----BEGIN RSA PRIVATE KEY-----', 'PuTTY-User-Key-File-3: x']) {
      expect(refusalOf(text)).toMatch(/^This is a private key/);
      expect(isPrivateKey(text)).toBe(true);
    }
    expect(isPrivateKey(good)).toBe(false);
  });

  test.each([
    ['nothing', '', /^Paste your public key/],
    ['a word', 'hello', /^Only Ed25519, ECDSA and RSA/],
    ['DSA', `ssh-dss ${blob}`, /^Only Ed25519, ECDSA and RSA/],
    ['a certificate', `ssh-ed25519-cert-v01@openssh.com ${blob}`, /^Only Ed25519, ECDSA and RSA/],
    ['options', `no-pty,command="ls" ${good}`, /^Leave out what stands before/],
    ['options with a space in them', `command="ls -l" ${good}`, /^Leave out what stands before/],
    ['two lines', `${good}\n${good}`, /^Paste one key/],
    ['a line broken by an editor', `${good.slice(0, 40)}\n${good.slice(40)}`, /^Paste one key/],
    ['a control character', `${good}\u0007`, /^Paste one key/],
    ['too much text', `${good} ${'a'.repeat(17_000)}`, /^Paste one key/],
    ['SSH2', '---- BEGIN SSH2 PUBLIC KEY ----\nAAAA', /ssh-keygen -i/],
    ['PEM', '-----BEGIN PUBLIC KEY-----\nAAAA', /ssh-keygen -i/],
  ])('is refused where it is %s', (_kind, text, sentence) => {
    expect(refusalOf(text)).toMatch(sentence);
  });

  const damaged = /^This key is damaged/;
  test.each([
    ['no blob', 'ssh-ed25519'],
    ['no base64', 'ssh-ed25519 !!!!'],
    ['base64url', `ssh-ed25519 ${blob.slice(0, -2)}-_`],
    ['another spelling of the same bytes', `ssh-ed25519 ${blob.replace(/.$/, '')}`],
    ['another kind inside than outside', `ssh-rsa ${blob}`],
    ['another kind outside', lineOf('ssh-ed25519', []).replace('ssh-ed25519', 'ssh-rsa')],
    ['a short key', lineOf('ssh-ed25519', [part(ed25519Key().subarray(1))])],
    ['a long key', lineOf('ssh-ed25519', [part(Buffer.alloc(33, 1))])],
    ['something behind the key', lineOf('ssh-ed25519', [part(ed25519Key()), Buffer.alloc(1)])],
    ['a length beyond the end', lineOf('ssh-ed25519', [Buffer.from([255, 255, 255, 255])])],
    ['another curve', lineOf('ecdsa-sha2-nistp256', [part('nistp384'), part(pointOf('P-384'))])],
    ['a point of another curve', lineOf('ecdsa-sha2-nistp256', [part('nistp256'), part(pointOf('P-384'))])],
    [
      'a point off the curve',
      lineOf('ecdsa-sha2-nistp256', [
        part('nistp256'),
        part(Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 7)])),
      ]),
    ],
    [
      'a compressed point',
      lineOf('ecdsa-sha2-nistp256', [
        part('nistp256'),
        part(Buffer.concat([Buffer.from([2]), Buffer.alloc(32, 7)])),
      ]),
    ],
    ['a security key without application', lineOf('sk-ssh-ed25519@openssh.com', [part(ed25519Key())])],
    [
      'a security key of a website',
      lineOf('sk-ssh-ed25519@openssh.com', [part(ed25519Key()), part('https://evil.example')]),
    ],
    [
      'an endless application',
      lineOf('sk-ssh-ed25519@openssh.com', [part(ed25519Key()), part(`ssh:${'a'.repeat(300)}`)]),
    ],
    ['RSA with an even exponent', lineOf('ssh-rsa', [number(Buffer.from([4])), number(rsa.n)])],
    ['RSA with the exponent one', lineOf('ssh-rsa', [number(Buffer.from([1])), number(rsa.n)])],
    ['RSA with a vast exponent', lineOf('ssh-rsa', [number(Buffer.alloc(9, 1)), number(rsa.n)])],
    [
      'RSA with a negative modulus',
      lineOf('ssh-rsa', [number(rsa.e), part(Buffer.from([0x80, ...rsa.n.subarray(1)]))]),
    ],
    [
      'RSA with zeros in front',
      lineOf('ssh-rsa', [number(rsa.e), part(Buffer.concat([Buffer.alloc(2), rsa.n]))]),
    ],
    ['RSA with the modulus zero', lineOf('ssh-rsa', [number(rsa.e), part(Buffer.alloc(1))])],
    ['RSA without modulus', lineOf('ssh-rsa', [number(rsa.e), part('')])],
    ['RSA with an even modulus', lineOf('ssh-rsa', [number(rsa.e), number(Buffer.alloc(256, 0xfe))])],
  ])('is refused with %s', (_kind, line) => {
    expect(refusalOf(line)).toMatch(damaged);
  });

  test('of RSA has 2,048 bits at least, and no more than OpenSSL computes with', () => {
    const withBits = (n: Buffer): string => lineOf('ssh-rsa', [number(rsa.e), number(n)]);
    const exactly2047 = Buffer.alloc(256, 0xff);
    exactly2047[0] = 0x7f;
    expect(refusalOf(withBits(exactly2047))).toMatch(/^This RSA key has 2047 bits/);
    expect(parseSshPublicKey(withBits(Buffer.alloc(256, 0xff))).algorithm).toBe('ssh-rsa');
    expect(parseSshPublicKey(withBits(Buffer.alloc(2048, 0xff))).algorithm).toBe('ssh-rsa');
    expect(refusalOf(withBits(Buffer.alloc(2049, 0xff)))).toMatch(/^An RSA key has at most 16384 bits/);
  });

  test('of RSA may have the exponent of old versions of ssh-keygen', () => {
    expect(parseSshPublicKey(lineOf('ssh-rsa', [number(Buffer.from([35])), number(rsa.n)])).algorithm).toBe(
      'ssh-rsa',
    );
  });

  test('is understood or refused with a sentence, whatever is pasted', () => {
    const tried = (text: string): void => {
      try {
        const key = parseSshPublicKey(text);
        expect(parseSshPublicKey(`${key.algorithm} ${key.blob}`)).toEqual({ ...key, comment: '' });
      } catch (thrown) {
        if (!isFailure(thrown, 'request_invalid')) throw thrown;
      }
    };
    const lines = Object.values(goodLines);
    const kinds = fc.constantFrom(...sshAlgorithms);
    fc.assert(fc.property(fc.string({ unit: 'binary' }), tried));
    fc.assert(
      fc.property(kinds, fc.array(fc.uint8Array({ maxLength: 80 })), (kind, parts) =>
        tried(
          lineOf(
            kind,
            parts.map((bytes) => part(Buffer.from(bytes))),
          ),
        ),
      ),
    );
    fc.assert(
      fc.property(kinds, fc.uint8Array({ maxLength: 400 }), (kind, bytes) =>
        tried(lineOf(kind, [Buffer.from(bytes)])),
      ),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...lines),
        fc.nat(),
        fc.nat(3),
        fc.string({ unit: 'binary' }),
        (line, at, cut, insert) => {
          const place = at % line.length;
          tried(line.slice(0, place) + insert + line.slice(place + cut));
        },
      ),
    );
    fc.assert(
      fc.property(fc.constantFrom(...lines), fc.nat(), fc.integer({ min: 1, max: 255 }), (line, at, flip) => {
        const [kind = '', encoded = ''] = line.split(' ');
        const bytes = Buffer.from(encoded, 'base64');
        const place = at % bytes.length;
        bytes[place] = (bytes[place] ?? 0) ^ flip;
        tried(`${kind} ${bytes.toString('base64')}`);
      }),
    );
  });
});

describe.skipIf(!isThere)('beside the ssh-keygen of this machine', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tallystick-ssh-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const printed = (file: string): string =>
    execFileSync('ssh-keygen', ['-lf', file], { encoding: 'utf8' }).split(' ')[1] ?? '';

  test('the fingerprint of every kind is the one that ssh-keygen -lf prints', () => {
    for (const [algorithm, line] of Object.entries(goodLines)) {
      const file = join(folder, `${algorithm}.pub`);
      writeFileSync(file, `${line}\n`);
      expect([algorithm, parseSshPublicKey(line).fingerprint]).toEqual([algorithm, printed(file)]);
    }
  });

  test.each([
    ['ed25519', []],
    ['ecdsa', ['-b', '256']],
    ['ecdsa', ['-b', '384']],
    ['ecdsa', ['-b', '521']],
    ['rsa', ['-b', '2048']],
  ])('what ssh-keygen -t %s %j makes is taken, and its private half is not', (type, more) => {
    const file = join(folder, `id_${type}${more.join('')}`);
    execFileSync('ssh-keygen', ['-q', '-t', type, ...more, '-N', '', '-C', 'ann at home', '-f', file]);
    const key = parseSshPublicKey(readFileSync(`${file}.pub`, 'utf8'));
    expect(key).toMatchObject({ fingerprint: printed(`${file}.pub`), comment: 'ann at home' });
    expect(refusalOf(readFileSync(file, 'utf8'))).toMatch(/^This is a private key/);
  });

  test('a short RSA key of ssh-keygen is refused as short', () => {
    const file = join(folder, 'short');
    execFileSync('ssh-keygen', ['-q', '-t', 'rsa', '-b', '1024', '-N', '', '-f', file]);
    expect(refusalOf(readFileSync(`${file}.pub`, 'utf8'))).toMatch(/^This RSA key has 1024 bits/);
  });
});
