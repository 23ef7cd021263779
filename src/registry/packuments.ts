/** Reading packuments and manifests: the hot path (protocol/packages.md §2). */
import { Readable } from 'node:stream';
import type { Gate } from '../gate/gate.ts';
import { type Asked, type Reply, type Route, serving } from '../http/route.ts';
import { fail } from '../kernel/failure.ts';
import { chooseEncoding, readWeights } from '../packages/encoding.ts';
import type { PackageFacts } from '../packages/facts.ts';
import type { Form } from '../packages/fragment.ts';
import type { Document } from '../packages/packument.ts';
import { isHeld, isPrivate, nameIn, type PackageParts, standingFor } from './package-parts.ts';

const abbreviatedType = 'application/vnd.npm.install-v1+json';
const types: Record<Form, string> = { full: 'application/json; charset=utf-8', abbreviated: abbreviatedType };

/** The form that an `accept` asks for: the abbreviated one only where it is named and liked no less than JSON (§2.1). */
function chooseForm(accept: string | undefined): Form {
  if (accept === undefined || !accept.includes(abbreviatedType)) return 'full';
  const weights = readWeights(accept);
  const wished = weights.get(abbreviatedType) ?? 0;
  return wished > 0 && wished >= (weights.get('application/json') ?? 0) ? 'abbreviated' : 'full';
}

function headersFor(parts: PackageParts, facts: PackageFacts, etag: string): Record<string, string> {
  const restricted = facts.row.visibility === 'restricted';
  return {
    etag,
    'cache-control': isPrivate(parts, facts) ? 'private, no-cache' : 'no-cache',
    vary: restricted ? 'accept, accept-encoding, authorization' : 'accept, accept-encoding',
  };
}

/** Answers with a document, or with 304 before its bytes are touched. */
async function sendDocument(
  parts: PackageParts,
  asked: Asked,
  facts: PackageFacts,
  document: Document,
  form: Form,
): Promise<Reply> {
  const headers = headersFor(parts, facts, document.etag);
  if (isHeld(asked, document.etag)) {
    return { status: 304, headers, ...(asked.method === 'HEAD' ? { body: Readable.from([]) } : {}) };
  }
  headers['content-type'] = types[form];
  const encoding = chooseEncoding(asked.headers['accept-encoding']?.toString(), document.bytes.length);
  if (encoding !== 'identity') headers['content-encoding'] = encoding;
  return { headers, body: await parts.library.encoded(document, encoding) };
}

/** The facts of a package that the actor may read. A client about to edit a packument wants it fresh (`?write=true`). */
async function openPackage(parts: PackageParts, gate: Gate, asked: Asked): Promise<PackageFacts> {
  const name = nameIn(asked);
  const facts = await parts.library.find(name, asked.query.write === 'true');
  gate.glance(asked.actor, standingFor(parts, asked.actor, name, facts));
  return facts ?? fail('package_not_found');
}

/** `GET /:package`, `GET /:package/:version`. */
export function packumentRoutes(parts: PackageParts): Route[] {
  return [
    serving({
      action: 'package.read',
      path: '/:package',
      serve: async (gate, asked) => {
        const facts = await openPackage(parts, gate, asked);
        const form = chooseForm(asked.headers.accept);
        const document = (await parts.library.packument(facts, form)) ?? fail('package_not_found');
        return sendDocument(parts, asked, facts, document, form);
      },
    }),
    serving({
      action: 'package.read',
      path: '/:package/:version',
      serve: async (gate, asked) => {
        const facts = await openPackage(parts, gate, asked);
        const form = chooseForm(asked.headers.accept);
        const version = asked.params.version ?? '';
        const document =
          (await parts.library.manifest(facts, version, form)) ?? fail('version_not_found', { version });
        return sendDocument(parts, asked, facts, document, form);
      },
    }),
  ];
}
