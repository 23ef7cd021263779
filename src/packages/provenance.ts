/** Provenance bundles (Sigstore) as publishers attach them: shape and subject are checked, signatures by the clients (§9.4). */
import { fail } from '../kernel/failure.ts';
import { asJsonObject, isJsonObject, type JsonObject } from './json.ts';
import { splitName } from './names.ts';

/** A bundle that fits its package. */
export interface Provenance {
  /** The bundle as JSON text. */
  bundle: string;
  predicateType: string;
}

const refuse = (reason: string): never =>
  fail('document_refused', { reason: `The provenance bundle ${reason}.` });

function parseObject(text: string, what: string): JsonObject {
  try {
    const parsed: unknown = JSON.parse(text);
    if (isJsonObject(parsed)) return parsed;
  } catch {
    // Told below, like a value of another kind.
  }
  return refuse(`${what} is not a JSON object`);
}

/** The package URL of a version: `pkg:npm/%40scope/name@1.0.0` (purl specification, type npm). */
function packageUrl(name: string, version: string): string {
  const { scope, bare } = splitName(name);
  return scope === undefined ? `pkg:npm/${bare}@${version}` : `pkg:npm/%40${scope}/${bare}@${version}`;
}

/**
 * Checks that the bundle speaks of exactly this version and tarball (check 16 of §3.3). `sha512` is lower-case hex.
 * Fails with `document_refused`.
 */
export function readProvenance(text: string, name: string, version: string, sha512: string): Provenance {
  const bundle = parseObject(text, 'itself');
  const { payload } = asJsonObject(bundle.dsseEnvelope);
  if (typeof payload !== 'string') return refuse('has no dsseEnvelope.payload');
  const statement = parseObject(Buffer.from(payload, 'base64').toString('utf8'), 'as signed statement');
  const { subject, predicateType } = statement;
  if (!Array.isArray(subject) || subject.length !== 1) return refuse('must have exactly one subject');
  const { name: purl, digest } = asJsonObject(subject[0]);
  if (purl !== packageUrl(name, version)) return refuse('speaks of another package');
  if (asJsonObject(digest).sha512 !== sha512) return refuse('speaks of another tarball');
  if (typeof predicateType !== 'string') return refuse('has no predicateType');
  return { bundle: JSON.stringify(bundle), predicateType };
}
