/** The files of `public/`, read once. The style sheet is written in parts and is one file to browsers. */
import { readdirSync, readFileSync } from 'node:fs';

/** Beside this file's folder in the sources, beside the server's folder in the build. */
const folder = new URL('../public/', import.meta.url);

/** The files of `public/styles/` in the order of the cascade: of two rules in one layer the later one wins. */
const styles = [
  'tokens',
  'reset',
  'base',
  'header',
  'page',
  'sections',
  'page-narrow',
  'mark',
  'fields',
  'buttons',
  'notices',
  'copying',
  'tables',
  'lists',
  'pictures',
  'prose',
  'parts-narrow',
  'states',
  'print',
];

/** Name and bytes of each file that browsers may ask for, in the order of their names. */
export const publicFiles: ReadonlyMap<string, Buffer> = readFiles();

function readFiles(): ReadonlyMap<string, Buffer> {
  const read = (path: string): Buffer => readFileSync(new URL(path, folder));
  const files = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }): [string, Buffer] => [name, read(name)]);
  const sheet = Buffer.concat(styles.map((name) => read(`styles/${name}.css`)));
  return new Map([...files, ['site.css', sheet] as const].sort(([a], [b]) => (a < b ? -1 : 1)));
}
