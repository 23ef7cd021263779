/** What publishers attested of their versions (protocol/packages.md §9.4). */
import { type Route, reading } from '../http/route.ts';
import { readProvenanceOf } from '../packages/inspect.ts';

const headers = { 'cache-control': 'private, no-cache' };

/** Splits `NAME@VERSION`. */
function splitSpecifier(text: string): { name: string; version: string } {
  const at = text.lastIndexOf('@');
  return { name: text.slice(0, Math.max(at, 0)), version: text.slice(at + 1) };
}

function attestationRoute(
  path: string,
  specifierOf: (params: Readonly<Record<string, string>>) => string,
): Route {
  return reading({
    action: 'package.read',
    path,
    target: ({ params }) => ({ on: 'package', name: splitSpecifier(specifierOf(params)).name }),
    read: async (tx, { params }) => {
      const { name, version } = splitSpecifier(specifierOf(params));
      return { headers, body: { attestations: [await readProvenanceOf(tx, name, version)] } };
    },
  });
}

/** `GET /-/npm/v1/attestations/P@V` in both spellings of a scoped name. */
export const attestationRoutes: readonly Route[] = [
  attestationRoute('/-/npm/v1/attestations/:specifier', ({ specifier = '' }) => specifier),
  attestationRoute('/-/npm/v1/attestations/:scope/:rest', ({ scope = '', rest = '' }) => `${scope}/${rest}`),
];
