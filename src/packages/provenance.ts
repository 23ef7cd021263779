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

const statementType = 'application/vnd.in-toto+json';
const isFilled = (value: unknown): value is string => typeof value === 'string' && value !== '';

/**
 * Holds the bundle to what clients read unguarded. One that names a key is refused: clients would look for that key among
 * ours, find none and end the audit of everything.
 */
function openEnvelope(bundle: JsonObject): string {
  const { payload, payloadType, signatures } = asJsonObject(bundle.dsseEnvelope);
  if (!isFilled(payload)) return refuse('has no dsseEnvelope.payload');
  if (payloadType !== statementType) return refuse(`has a payload that is not ${statementType}`);
  const [signature, ...more] = Array.isArray(signatures) ? signatures.map(asJsonObject) : [];
  if (!isFilled(signature?.sig) || more.length > 0) return refuse('must have exactly one signature');
  if (isFilled(signature.keyid)) return refuse('is signed with a key: only certificates can be verified');
  return payload;
}

function holdMaterial(bundle: JsonObject): void {
  if (!isFilled(bundle.mediaType) || !bundle.mediaType.startsWith('application/vnd.dev.sigstore.bundle'))
    refuse('is of no media type of Sigstore');
  const { certificate, x509CertificateChain, tlogEntries } = asJsonObject(bundle.verificationMaterial);
  if (!isJsonObject(certificate ?? x509CertificateChain)) refuse('has no certificate');
  if (!Array.isArray(tlogEntries) || !tlogEntries.every(isJsonObject)) refuse('has no tlogEntries');
}

/**
 * Checks the shape of the bundle and that it speaks of exactly this version and tarball (check 16 of §3.3). `sha512` is
 * lower-case hex. Fails with `document_refused`.
 */
export function readProvenance(text: string, name: string, version: string, sha512: string): Provenance {
  const bundle = parseObject(text, 'itself');
  holdMaterial(bundle);
  const payload = openEnvelope(bundle);
  const statement = parseObject(Buffer.from(payload, 'base64').toString('utf8'), 'as signed statement');
  const { subject, predicateType } = statement;
  if (!Array.isArray(subject) || subject.length !== 1) return refuse('must have exactly one subject');
  const { name: purl, digest } = asJsonObject(subject[0]);
  if (purl !== packageUrl(name, version)) return refuse('speaks of another package');
  if (asJsonObject(digest).sha512 !== sha512) return refuse('speaks of another tarball');
  if (!isFilled(predicateType)) return refuse('has no predicateType');
  return { bundle: JSON.stringify(bundle), predicateType };
}
