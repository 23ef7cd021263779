/** Makes the tree of a README fit for a page of ours, before it is cleaned: headings, links, images, what scrolls. */
import type rehypeSanitize from 'rehype-sanitize';
import { allowed, idPrefix } from './allowed.ts';
import { addressOf, baseOf, type ReadmeOrigin } from './links.ts';

/** HTML as a tree. */
export type Root = ReturnType<ReturnType<typeof rehypeSanitize>>;
type Element = Extract<Root['children'][number], { type: 'element' }>;
type Content = Element['children'][number];

interface Surroundings {
  readonly base: string;
  /** Every id there is, to find what a link within the README means. */
  readonly ids: Set<string>;
  /** Levels of the headings that the next one may be below. */
  readonly levels: number[];
}

const textOf = (node: Content): string => {
  if (node.type === 'text') return node.value;
  if (node.type !== 'element' || allowed.strip?.includes(node.tagName)) return '';
  if (node.tagName === 'img') return String(node.properties.alt ?? '');
  return node.children.map(textOf).join('');
};

const text = (value: string): Content => ({ type: 'text', value });

const isHeading = (node: Element): boolean => /^h[1-6]$/.test(node.tagName);

/** The id that people link a heading by, as the hosts of repositories make it. */
function slugOf(heading: string, ids: ReadonlySet<string>): string {
  const slug = heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '')
    .replaceAll(' ', '-')
    .slice(0, 150);
  let free = slug;
  for (let count = 1; ids.has(free) && count < 1000; count += 1) free = `${slug}-${count}`;
  return free;
}

function nameTargets(node: Root | Root['children'][number], ids: Set<string>): void {
  if (!('children' in node)) return;
  if (node.type === 'element') {
    const { id, name } = node.properties;
    if (node.tagName === 'a' && id === undefined && typeof name === 'string') node.properties.id = name;
    if (isHeading(node) && id === undefined) node.properties.id = slugOf(textOf(node), ids);
    if (typeof node.properties.id === 'string') ids.add(node.properties.id);
  }
  for (const child of node.children) nameTargets(child, ids);
}

/** The page has one h1, which is not the README's; below it no level is left out. */
function lowerHeading(node: Element, { levels }: Surroundings): void {
  const level = Number(node.tagName.slice(1));
  while ((levels.at(-1) ?? 0) >= level) levels.pop();
  levels.push(level);
  node.tagName = `h${Math.min(levels.length + 1, 6)}`;
}

function decoded(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}

function within(fragment: string, ids: ReadonlySet<string>): string | undefined {
  const meant = [fragment, decoded(fragment), decoded(fragment).toLowerCase()].find((id) => ids.has(id));
  return meant === undefined ? undefined : `#${idPrefix}${meant}`;
}

function directLink(node: Element, around: Surroundings): void {
  const { href } = node.properties;
  delete node.properties.className;
  if (typeof href !== 'string') return;
  const address = href.startsWith('#') ? within(href.slice(1), around.ids) : addressOf(href, around.base);
  if (address === undefined) {
    delete node.properties.href;
    return;
  }
  node.properties.href = address;
  if (textOf(node).trim() === '' && node.properties.ariaLabel === undefined)
    node.children.push(text(address));
}

/** An image is not loaded, for its host would learn who reads: its name is shown, and leads to it. */
function nameImage(node: Element, around: Surroundings, inLink: boolean): Content[] {
  const { src, alt } = node.properties;
  const address = typeof src === 'string' ? addressOf(src, around.base) : undefined;
  const file = address?.replace(/[?#].*$/s, '').replace(/^.*\//s, '');
  const said = String(alt ?? '').trim();
  const name = said === '' ? file || 'image' : said;
  if (address === undefined) return said === '' ? [] : [text(said)];
  if (inLink) return [text(name)];
  const properties = { className: ['readme-image'], href: address };
  return [{ type: 'element', tagName: 'a', properties, children: [text(name)] }];
}

/** What is wider than the page scrolls, and so must be reached by keyboard. */
const scrolling = (table: Element): Element => ({
  type: 'element',
  tagName: 'div',
  properties: { className: ['readme-wide'], tabIndex: 0 },
  children: [table],
});

function adaptElement(node: Element, around: Surroundings, inLink: boolean): Content[] {
  if (node.tagName === 'img') return nameImage(node, around, inLink);
  if (node.tagName === 'input')
    return node.properties.type === 'checkbox' ? [text(node.properties.checked ? '☑' : '☐')] : [];
  if (node.tagName === 'a') directLink(node, around);
  if (isHeading(node)) lowerHeading(node, around);
  if (node.tagName === 'pre') node.properties.tabIndex = 0;
  const isLink = node.tagName === 'a' && node.properties.href !== undefined;
  adaptChildren(node, around, inLink || isLink);
  return node.tagName === 'table' ? [scrolling(node)] : [node];
}

function adaptChildren(parent: Root | Element, around: Surroundings, inLink: boolean): void {
  parent.children = parent.children.flatMap((child): Content[] => {
    if (child.type === 'element') return adaptElement(child, around, inLink);
    return child.type === 'text' ? [child] : [];
  });
}

/** The plugin of unified that does it all. */
export function adapt(origin: ReadmeOrigin): (tree: Root) => void {
  return (tree) => {
    const around: Surroundings = { base: baseOf(origin), ids: new Set(), levels: [] };
    nameTargets(tree, around.ids);
    adaptChildren(tree, around, false);
  };
}
