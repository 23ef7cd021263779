import rehypeRaw from 'rehype-raw';
import rehypeStringify from 'rehype-stringify';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import remarkRehype from 'remark-rehype';
import { unified } from 'unified';
import { describe, expect, test } from 'vitest';
import { writeHtml } from '../../src/site/readme/markdown.ts';
import { payloads } from './xss.ts';

interface Node {
  type: string;
  tagName?: string;
  properties?: Record<string, unknown>;
  children?: Node[];
}

/** Written a second time on purpose: a hole made in the list of the renderer must not open here. */
const elements = new Set(
  `h2 h3 h4 h5 h6 p br hr blockquote pre div section a span em strong b i u s del ins mark small sub sup wbr code kbd samp
  var tt q cite abbr dfn ruby rp rt ul ol li dl dt dd details summary table caption thead tbody tfoot tr th td`.split(
    /\s+/,
  ),
);
const attributes = new Set(
  `href rel id class dir align title open tabIndex value start reversed colSpan rowSpan scope ariaDescribedBy ariaLabel
  className`.split(/\s+/),
);

function violations(html: string): string[] {
  const raw = { type: 'root', children: [{ type: 'raw', value: html }] };
  const found: string[] = [];
  const visit = (node: Node): void => {
    if (['comment', 'doctype', 'raw'].includes(node.type)) found.push(node.type);
    if (node.tagName !== undefined && !elements.has(node.tagName)) found.push(`<${node.tagName}>`);
    for (const [name, value] of Object.entries(node.properties ?? {})) {
      const text = Array.isArray(value) ? value.join(' ') : String(value);
      if (!attributes.has(name)) found.push(`${name}=`);
      if (name === 'href' && !/^(?:https?:\/\/[^@]*$|mailto:|#readme-)/.test(text)) found.push(text);
      if (name === 'className' && !/^readme-(?:image|wide)$/.test(text)) found.push(`class ${text}`);
      if (['id', 'ariaDescribedBy'].includes(name) && !text.startsWith('readme-')) found.push(`id ${text}`);
    }
    if (node.tagName === 'a' && String(node.properties?.rel) !== 'nofollow,noopener,ugc') found.push('rel');
    for (const child of node.children ?? []) visit(child);
  };
  visit(
    unified()
      .use(rehypeRaw)
      .runSync(raw as never) as Node,
  );
  return found;
}

/** What would come to the page if nobody looked. */
const unguarded = (markdown: string): string =>
  unified()
    .use(remarkParse)
    .use(remarkGfm)
    .use(remarkRehype, { allowDangerousHtml: true })
    .use(rehypeStringify, { allowDangerousHtml: true })
    .processSync(markdown)
    .toString();

const all = Object.entries(payloads).flatMap(([kind, texts]) =>
  texts.map((payload): [string, string] => [kind, payload]),
);

describe('a hostile README', () => {
  test('is tried in more than 250 ways', () => {
    expect(new Set(all.map(([, payload]) => payload)).size).toBe(all.length);
    expect(all.length).toBeGreaterThan(250);
  });

  test.each(all)('with %s is clean: %j', (_, payload) => {
    const texts = [payload, `<div>${payload}</div>`, `a ${payload}`];
    expect(texts.flatMap((text) => violations(unguarded(text)))).not.toEqual([]);
    for (const text of texts)
      for (const origin of [{}, { repository: 'https://github.com/ada/hello' }]) {
        const html = writeHtml(text, origin);
        expect(violations(html), html).toEqual([]);
      }
  });

  test('is clean when it is read a second time, as what it was written as', () => {
    for (const [, payload] of all) {
      const once = writeHtml(payload, {});
      expect(violations(writeHtml(once, {})), payload).toEqual([]);
    }
  });

  test('is clean with everything in one text', () => {
    const whole = all.map(([, payload]) => payload).join('\n\n');
    expect(violations(writeHtml(whole, {}))).toEqual([]);
    expect(violations(writeHtml(all.map(([, payload]) => payload).join(''), {}))).toEqual([]);
  });
});

const html = (markdown: string, repository?: string): string => writeHtml(markdown, { repository }).trim();
const rel = 'rel="nofollow noopener ugc"';

describe('a README', () => {
  test('keeps what people write: emphasis, code, lists, tables, quotes, folded parts', () => {
    const written = html(
      '*a* **b** ~~c~~ `d`\n\n> e\n\n```js\nf < g\n```\n\n1. h\n\n<details><summary>i</summary>j</details>\n\n<p align="center">k<sub>l</sub></p>',
    );
    expect(written).toContain('<p><em>a</em> <strong>b</strong> <del>c</del> <code>d</code></p>');
    expect(written).toContain('<pre tabindex="0"><code>f &#x3C; g\n</code></pre>');
    expect(written).toContain('<details><summary>i</summary>j</details>');
    expect(written).toContain('<p align="center">k<sub>l</sub></p>');
    expect(html('| a |\n| :-: |\n| b |')).toMatch(
      /^<div class="readme-wide" tabindex="0"><table>[\s\S]*<td align="center">b<\/td>[\s\S]*<\/div>$/,
    );
  });

  test('has its headings one level lower, none left out', () => {
    expect(html('# a\n### b\n### c\n## d\n##### e').match(/<h\d/g)).toEqual([
      '<h2',
      '<h3',
      '<h3',
      '<h3',
      '<h4',
    ]);
    expect(html('###### a').match(/<h\d/g)).toEqual(['<h2']);
    expect(html('<h1 align="center">a</h1>')).toBe('<h2 align="center" id="readme-a">a</h2>');
  });

  test('is linked within by the names that its headings have elsewhere', () => {
    const written = html(
      '## What’s *new* in 2.0?\n## Usage\n## Usage\n\n[a](#whats-new-in-20) [b](#Usage) [c](#usage-1) [d](#gone)',
    );
    expect(written).toContain('<h2 id="readme-whats-new-in-20">');
    expect(written).toContain(`<a href="#readme-usage" ${rel}>b</a>`);
    expect(written).toContain(`<a href="#readme-usage-1" ${rel}>c</a>`);
    expect(written).toContain(`<a ${rel}>d</a>`);
    expect(html('<a name="Top"></a>[up](#Top)')).toContain(`<a href="#readme-Top" ${rel}>up</a>`);
  });

  test('has footnotes that lead there and back', () => {
    const written = html('a[^ä]\n\n[^ä]: b');
    const [, target] = /href="#([^"]+)" id="readme-fnref/.exec(written) ?? [];
    expect(target).toBeDefined();
    expect(written).toContain(`<li id="${target}">`);
  });

  test('shows the name of an image as a link, and loads none', () => {
    expect(html('![a logo](https://example.com/a.png)')).toBe(
      `<p><a class="readme-image" href="https://example.com/a.png" ${rel}>a logo</a></p>`,
    );
    expect(html('![](https://example.com/p/a.png?x=/y)')).toContain('>a.png</a>');
    expect(html('[![build](https://example.com/a.svg)](https://example.com/ci)')).toBe(
      `<p><a href="https://example.com/ci" ${rel}>build</a></p>`,
    );
    expect(html('![a drawing](data:image/png;base64,AA==)')).toBe('<p>a drawing</p>');
  });

  test('shows what is to do and what is done without a control', () => {
    expect(html('- [x] a\n- [ ] b')).toBe('<ul>\n<li>☑ a</li>\n<li>☐ b</li>\n</ul>');
  });

  test('links files of its repository there, and nowhere without one', () => {
    const at = (repository: string, directory?: string): string | undefined =>
      /href="([^"]*)"/.exec(writeHtml('[a](docs/a.md)', { repository, directory }))?.[1];
    expect(at('https://github.com/ada/hello')).toBe('https://github.com/ada/hello/blob/HEAD/docs/a.md');
    expect(at('https://github.com/ada/hello/tree/main', 'packages/../b c')).toBe(
      'https://github.com/ada/hello/blob/HEAD/packages/b%20c/docs/a.md',
    );
    expect(at('https://gitlab.com/group/sub/hello')).toBe(
      'https://gitlab.com/group/sub/hello/-/blob/HEAD/docs/a.md',
    );
    expect(at('https://bitbucket.org/ada/hello')).toBe('https://bitbucket.org/ada/hello/src/HEAD/docs/a.md');
    for (const unknown of ['https://example.com/ada/hello', 'https://github.com/ada', 'nonsense'])
      expect(at(unknown)).toBeUndefined();
    expect(html('[a](/LICENSE)', 'https://github.com/ada/hello')).toContain('/ada/hello/blob/HEAD/LICENSE"');
  });

  test('links to the web, and to no page of this site by leaving out the host', () => {
    expect(html('https://example.com/a <b@example.com> [c](//example.com/d)')).toBe(
      `<p><a href="https://example.com/a" ${rel}>https://example.com/a</a> <a href="mailto:b@example.com" ${rel}>b@example.com</a> <a href="https://example.com/d" ${rel}>c</a></p>`,
    );
    for (const path of ['/settings', 'settings', '?a', './', '../x', ''])
      expect(html(`[a](${path})`)).toBe(`<p><a ${rel}>a</a></p>`);
    expect(html('[a](https://bank.example@evil.example/)')).toContain('href="https://evil.example/"');
    expect(html('[](https://example.com/)')).toContain('>https://example.com/</a>');
  });
});
