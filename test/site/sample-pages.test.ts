import { describe, expect, it } from 'vitest';
import { renderPage } from '../../src/site/parts/page.tsx';
import { samples } from './samples.ts';

/** The tags of one kind, as written. */
const tags = (html: string, name: string): readonly string[] =>
  html.match(new RegExp(`<${name}[\\s>][^>]*`, 'g')) ?? [];
const attribute = (tag: string, name: string): string | undefined =>
  new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1];

describe('every sample page', () => {
  const pages = Object.entries(samples).map(([name, draw]): [string, string] => [name, renderPage(draw())]);

  it.each(pages)('%s keeps to the content security policy', (_name, html) => {
    expect(html).not.toMatch(/ style=/);
    expect(html).not.toMatch(/ on[a-z]+=/);
    expect(html).not.toMatch(/<style/);
    expect(
      html.replaceAll(
        /<script type="module"( blocking="render")? src="[^"]+"( blocking="render")?><\/script>/g,
        '',
      ),
    ).not.toContain('<script');
  });

  it.each(pages)('%s has one heading of the first level, a language and a title', (_name, html) => {
    expect(html.startsWith('<!doctype html><html lang="en">')).toBe(true);
    expect(tags(html, 'h1')).toHaveLength(1);
    expect(html).toMatch(/<title>[^<]+ · Tallystick<\/title>/);
  });

  it.each(pages)('%s begins every link and form with the prefix', (_name, html) => {
    const inner = [
      ...tags(html, 'a').map((tag) => attribute(tag, 'href')),
      ...tags(html, 'form').map((tag) => attribute(tag, 'action')),
    ];
    expect(inner.length).toBeGreaterThan(2);
    for (const address of inner) expect(address).toMatch(/^(\/npm\/|#|https:\/\/git\.example)/);
  });

  it.each(pages)('%s sends the token with every POST', (_name, html) => {
    const posts = html
      .split('<form')
      .slice(1)
      .filter((form) => / method="post"/.test(form.slice(0, form.indexOf('>'))));
    for (const form of posts)
      expect(form.slice(0, form.indexOf('</form>'))).toContain('name="form" value="f0f0"');
  });

  it.each(pages)('%s has no id twice, and every description exists', (_name, html) => {
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    const twice = ids.filter((id, index) => ids.indexOf(id) !== index);
    expect(twice).toEqual([]);
    const described = [...html.matchAll(/ aria-describedby="([^"]+)"/g)].flatMap(
      ([, names]) => names?.split(' ') ?? [],
    );
    for (const name of described) expect(ids).toContain(name);
  });

  it.each(pages)('%s is at most 50 KB', (_name, html) => {
    expect(Buffer.byteLength(html)).toBeLessThan(50_000);
  });
});
