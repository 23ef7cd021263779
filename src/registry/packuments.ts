/** Reading packuments and manifests: the hot path (protocol/packages.md §2). */
import { Readable } from 'node:stream';
import type { Gate } from '../gate/gate.ts';
import { type Asked, type Reply, type Route, serving } from '../http/route.ts';
import { fail } from '../kernel/failure.ts';
import { chooseEncoding, type Encoding, readWeights } from '../packages/encoding.ts';
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

/** The head of the answer with a document, and the encoding of its body; none where the client holds it already. */
function describeAnswer(
  parts: PackageParts,
  asked: Asked,
  facts: PackageFacts,
  { document, form }: { document: Document; form: Form },
): { readonly reply: Reply; readonly encoding: Encoding | undefined } {
  const headers = headersFor(parts, facts, document.etag);
  if (isHeld(asked, document.etag)) return { reply: { status: 304, headers }, encoding: undefined };
  headers['content-type'] = types[form];
  const encoding = chooseEncoding(asked.headers['accept-encoding']?.toString(), document.length);
  if (encoding !== 'identity') headers['content-encoding'] = encoding;
  return { reply: { headers }, encoding };
}

/** Answers with a document, or with 304 before its bytes are touched. */
async function sendDocument(
  parts: PackageParts,
  asked: Asked,
  facts: PackageFacts,
  sent: { document: Document; form: Form },
): Promise<Reply> {
  const { reply, encoding } = describeAnswer(parts, asked, facts, sent);
  if (encoding !== undefined) return { ...reply, body: await parts.library.encoded(sent.document, encoding) };
  return asked.method === 'HEAD' ? { ...reply, body: Readable.from([]) } : reply;
}

/** The packument that a client asks for, where facts, document and its encoding are all in memory. */
function sendReady(parts: PackageParts, gate: Gate, asked: Asked): Reply | undefined {
  const name = nameIn(asked);
  const facts = parts.library.known(name);
  if (facts === undefined) return undefined;
  gate.glance(asked.actor, standingFor(parts, asked.actor, name, facts));
  const form = chooseForm(asked.headers.accept);
  const ready = parts.library.ready(facts, form);
  if (ready === undefined) return undefined;
  const { reply, encoding } = describeAnswer(parts, asked, facts, { document: ready.document, form });
  if (encoding === undefined) return reply;
  const body = ready.encoded(encoding);
  return body && { ...reply, body };
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
      atOnce: (gate, asked) => sendReady(parts, gate, asked),
      serve: async (gate, asked) => {
        const facts = await openPackage(parts, gate, asked);
        const form = chooseForm(asked.headers.accept);
        const document = (await parts.library.packument(facts, form)) ?? fail('package_not_found');
        return sendDocument(parts, asked, facts, { document, form });
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
        return sendDocument(parts, asked, facts, { document, form });
      },
    }),
  ];
}
