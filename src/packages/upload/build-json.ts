/** Builds the values of a document as they are scanned, within bounds that hold at every moment (requirements IN1). */
import { fail } from '../../kernel/failure.ts';
import type { ContainerKind, JsonHandler, Scalar, TextTarget } from './scan-json.ts';

/** Bounds of a document: depth of nesting, number of keys, and as many elements of lists. */
export interface DocumentLimits {
  readonly depth: number;
  readonly keys: number;
  /** Keys of one object, elements of one list: what has more holds everybody up for as long as it is looked through. */
  readonly width: number;
  /** The width of single members of the document, where it is another. */
  readonly widths: ReadonlyMap<string, number>;
  /** Keys and elements below one member of a member: of one version's manifest. */
  readonly manifest: number;
}

/** Texts that are too large to be values: those at `first`, any key, `last`, from the root of the document. */
export interface Diversion {
  readonly first: string;
  readonly last: string;
  /** Where such a text goes, told by the key between. */
  open(key: string): TextTarget;
}

export interface JsonBuilder extends JsonHandler {
  /** The value of the whole document, once it has ended. Its objects have no prototype. */
  result(): unknown;
  /** How many keys and elements of lists there are so far. */
  count(): number;
}

interface Frame {
  readonly container: Record<string, unknown> | unknown[];
  readonly isBelowList: boolean;
  readonly width: number;
  size: number;
  key: string;
  /** The key whose text went elsewhere, and which is therefore not in the container. */
  diverted: string | undefined;
}

/** Manifests stand in `versions`, in the document. */
const manifestDepth = 3;

const refuse = (reason: string): never => fail('request_invalid', { reason });

/**
 * Begins a document. A diverted text's key stays absent. Fails with `request_invalid` past a limit, at a key `__proto__`
 * and at a key that an object has twice.
 */
export function buildJson(limits: DocumentLimits, diversion: Diversion): JsonBuilder {
  const frames: Frame[] = [];
  let top: Frame | undefined;
  let keys = 0;
  let elements = 0;
  let result: unknown;
  /** How many keys and elements there were as the manifest began. */
  let before = 0;

  /** One key or element more in the innermost container. */
  const widen = (frame: Frame): void => {
    frame.size += 1;
    if (frame.size > frame.width) {
      const place =
        frames.length === 2 ? JSON.stringify(frames[0]?.key) : 'One object or list in the JSON body';
      refuse(`${place} has more than ${frame.width} members.`);
    }
    if (frames.length >= manifestDepth && keys + elements - before > limits.manifest)
      refuse(
        `${JSON.stringify(frames[1]?.key.slice(0, 80))} in the JSON body has more than ${limits.manifest} keys and elements.`,
      );
  };

  const put = (value: unknown): void => {
    if (top === undefined) result = value;
    else if (Array.isArray(top.container)) {
      elements += 1;
      if (elements > limits.keys)
        refuse(`The lists of the JSON body have more than ${limits.keys} elements.`);
      widen(top);
      top.container.push(value);
    } else top.container[top.key] = value;
  };

  return {
    begin(kind: ContainerKind) {
      if (frames.length >= limits.depth)
        refuse(`The JSON body is nested deeper than ${limits.depth} levels.`);
      const container = kind === 'list' ? [] : {};
      put(container);
      const isBelowList = kind === 'list' || (top?.isBelowList ?? false);
      const [root] = frames;
      const width = (frames.length === 1 && root && limits.widths.get(root.key)) || limits.width;
      top = { container, isBelowList, width, size: 0, key: '', diverted: undefined };
      frames.push(top);
      if (frames.length === manifestDepth) before = keys + elements;
    },
    end() {
      const ended = frames.pop();
      // Only now: an object that begins without a prototype takes more than twice the memory in V8.
      if (ended && !Array.isArray(ended.container)) Object.setPrototypeOf(ended.container, null);
      top = frames.at(-1);
    },
    key(text) {
      keys += 1;
      if (keys > limits.keys) refuse(`The JSON body has more than ${limits.keys} keys.`);
      if (text === '__proto__') refuse('The JSON body has a key named __proto__.');
      if (top === undefined) return;
      widen(top);
      if (top.diverted === text || Object.hasOwn(top.container, text))
        refuse(`The JSON body has the key ${JSON.stringify(text.slice(0, 80))} twice in one object.`);
      top.key = text;
    },
    value: (value: Scalar) => put(value),
    divert() {
      if (top?.key !== diversion.last || frames.length !== 3 || top.isBelowList) return undefined;
      const [root, middle] = frames;
      if (root?.key !== diversion.first || middle === undefined) return undefined;
      top.diverted = top.key;
      return diversion.open(middle.key);
    },
    result: () => result,
    count: () => keys + elements,
  };
}
