/** The many spellings of a package's URL, brought to one before routing (protocol/packages.md §1.2, §2.5). */

const encodedPair = /%[0-9a-f]{2}/i;
const forbidden = /[\u0000-\u001f\u007f\\]/;
/** Nearly all requests: no scope, nothing encoded, no segment that is empty or begins with a dot. */
const plainTarget = /^(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+(?:\?.*)?$/;
/** The packument of a scoped package as npm and yarn ask for it. */
const scopedTarget = /^\/@[A-Za-z0-9_-][A-Za-z0-9._-]*%2f[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

/** Decodes one segment once; undefined where it is malformed, doubly encoded or holds what no name may hold. */
function decodeSegment(segment: string): string | undefined {
  let text: string;
  try {
    text = decodeURIComponent(segment);
  } catch {
    return undefined;
  }
  if (encodedPair.test(text) || forbidden.test(text)) return undefined;
  return text.split('/').some((part) => part === '.' || part === '..') ? undefined : text;
}

/** Glues `@scope` and `name` where they came as two segments, and drops the scope that a tarball's file repeats. */
function joinScope(segments: readonly string[], decoded: readonly string[], at: number): string[] {
  const first = decoded[at];
  if (first === undefined || !first.startsWith('@')) return [...segments];
  const next = decoded[at + 1];
  const split = !first.includes('/') && next !== undefined && next !== '' && !next.startsWith('-');
  const name = split ? `${first}/${next}` : first;
  if (!name.includes('/')) return [...segments];
  const scope = `${name.slice(0, name.indexOf('/'))}/`;
  const rest = segments.slice(at + (split ? 2 : 1));
  const restDecoded = decoded.slice(at + (split ? 2 : 1));
  if (at === 0 && restDecoded[0] === '-' && restDecoded[1] !== undefined) {
    if (restDecoded[1].startsWith(scope)) rest[1] = encodeURIComponent(restDecoded[1].slice(scope.length));
    else if (`${restDecoded[1]}/` === scope && rest.length > 2) rest.splice(1, 1);
  }
  return [...segments.slice(0, at), name.replace('/', '%2f'), ...rest];
}

/**
 * The one spelling of a raw request target that the routes know: a scoped name is a single segment `@s%2fn`, a
 * tarball's file stands without its scope. Other paths come back as they are. Undefined is a path that nobody sends
 * honestly (double encoding, NUL, backslash, `..`, broken percent signs): answer it 400 and route it nowhere.
 */
export function canonicalPath(target: string): string | undefined {
  if (plainTarget.test(target) || scopedTarget.test(target)) return target;
  const question = target.indexOf('?');
  const path = question < 0 ? target : target.slice(0, question);
  const query = question < 0 ? '' : target.slice(question);
  if (!path.startsWith('/')) return undefined;
  const segments = path.slice(1).split('/');
  const decoded: string[] = [];
  for (const segment of segments) {
    const text = decodeSegment(segment);
    if (text === undefined) return undefined;
    decoded.push(text);
  }
  const at = decoded[0] === '-' && decoded[1] === 'package' ? 2 : decoded[0] === 'package' ? 1 : 0;
  return `/${joinScope(segments, decoded, at).join('/')}${query}`;
}
