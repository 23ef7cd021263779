import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { publicFiles } from '../../src/site/parts/public-files.ts';

const stylesheet = String(publicFiles.get('site.css'));
const parts = new URL('../../src/site/public/styles/', import.meta.url);

describe('the stylesheet', () => {
  it('is at most 28 KB', () => {
    expect(Buffer.byteLength(stylesheet)).toBeLessThanOrEqual(28 * 1024);
  });

  it('is every file of its folder once, and nothing else', () => {
    const files = readdirSync(parts);
    const texts = files.map((name) => readFileSync(new URL(name, parts), 'utf8'));
    expect(files).not.toEqual([]);
    for (const [index, text] of texts.entries())
      expect(stylesheet.split(text).length, `how often ${files[index]} is in it`).toBe(2);
    expect(texts.join('').length).toBe(stylesheet.length);
  });

  it('fetches nothing', () => {
    expect(stylesheet).not.toMatch(/url\(|@import/);
  });

  const words = ['ink', 'muted', 'hazel', 'leaf', 'rust', 'slate', 'amber'];
  const grounds = [
    'paper',
    'sheet',
    'shade',
    'hazel-tint',
    'leaf-tint',
    'rust-tint',
    'slate-tint',
    'amber-tint',
  ];
  const pairs = [0, 1].flatMap((theme) =>
    words.flatMap((word) => grounds.map((ground) => ({ theme, word, ground }))),
  );

  it.each(pairs)(
    'sets $word on $ground in theme $theme with a contrast of 7:1',
    ({ theme, word, ground }) => {
      expect(contrast(colour(word, theme), colour(ground, theme))).toBeGreaterThanOrEqual(7);
    },
  );

  it.each([0, 1])('draws the edges of controls in theme %d with a contrast of 4.5:1', (theme) => {
    for (const ground of ['paper', 'sheet'])
      expect(contrast(colour('edge', theme), colour(ground, theme))).toBeGreaterThanOrEqual(4.5);
  });
});

/** The linear red, green and blue of a token; theme 0 is light, 1 dark. The matrices are those of the OKLab colour space. */
function colour(token: string, theme: number): readonly [number, number, number] {
  const value = new RegExp(`--${token}: light-dark\\(([^;]*)\\);`).exec(stylesheet)?.[1] ?? '';
  const [, lightness, chroma, hue] =
    [...value.matchAll(/oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)/g)][theme] ?? [];
  if (hue === undefined) throw new Error(`no colour --${token}`);
  const a = Number(chroma) * Math.cos((Number(hue) * Math.PI) / 180);
  const b = Number(chroma) * Math.sin((Number(hue) * Math.PI) / 180);
  const base = Number(lightness) / 100;
  const l = (base + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (base - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (base - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const within = (part: number): number => Math.min(1, Math.max(0, part));
  return [
    within(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    within(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    within(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

/** WCAG 2.2, contrast ratio. */
function contrast(one: readonly [number, number, number], other: readonly [number, number, number]): number {
  const luminance = ([red, green, blue]: readonly [number, number, number]) =>
    0.2126 * red + 0.7152 * green + 0.0722 * blue;
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}
