/** Provenance bundles in the shape that npm attaches them (libnpmpublish/lib/provenance.js); nobody signed them. */
import { createHash } from 'node:crypto';
import { contentOf, type Draft, documentOf, type PublishDocument } from '../support/document.ts';

type Fields = Record<string, unknown>;

export interface Bundle {
  mediaType: unknown;
  verificationMaterial: Fields;
  dsseEnvelope: { payload: unknown; payloadType: unknown; signatures: unknown };
}

export const predicateType = 'https://slsa.dev/provenance/v1';

/** The statement about a draft's tarball. */
export const statementOf = (draft: Draft): Fields => ({
  _type: 'https://in-toto.io/Statement/v1',
  subject: [
    {
      name: `pkg:npm/${draft.name.replace('@', '%40')}@${draft.version}`,
      digest: { sha512: createHash('sha512').update(contentOf(draft)).digest('hex') },
    },
  ],
  predicateType,
  predicate: { buildDefinition: {}, runDetails: {} },
});

export const inPayload = (statement: unknown): string =>
  Buffer.from(JSON.stringify(statement)).toString('base64');

export const bundleOf = (draft: Draft): Bundle => ({
  mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
  verificationMaterial: {
    certificate: { rawBytes: Buffer.from('no certificate').toString('base64') },
    tlogEntries: [
      {
        logIndex: '1',
        logId: { keyId: Buffer.from('no log').toString('base64') },
        kindVersion: { kind: 'dsse', version: '0.0.1' },
        integratedTime: '1768478400',
        inclusionPromise: { signedEntryTimestamp: 'AAAA' },
        inclusionProof: {
          logIndex: '1',
          rootHash: 'AAAA',
          treeSize: '2',
          hashes: ['AAAA'],
          checkpoint: { envelope: 'none' },
        },
        canonicalizedBody: 'AAAA',
      },
    ],
  },
  dsseEnvelope: {
    payload: inPayload(statementOf(draft)),
    payloadType: 'application/vnd.in-toto+json',
    signatures: [{ sig: Buffer.from('no signature').toString('base64') }],
  },
});

/** The draft's document with a bundle attached as npm does it: JSON as text, not base64. */
export function attested(draft: Draft, bundle: unknown): PublishDocument {
  const data = typeof bundle === 'string' ? bundle : JSON.stringify(bundle);
  const document = documentOf(draft);
  document._attachments[`${draft.name}-${draft.version}.sigstore`] = {
    content_type: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    data,
    length: data.length,
  };
  return document;
}
