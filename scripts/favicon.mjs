// Draws the mark as src/site/public/favicon.ico, for browsers and bookmarks that know no icon in SVG: run again when the mark changes.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { launch } from '../test/browser/chromium.ts';

const folder = join(import.meta.dirname, '..', 'src', 'site', 'public');
const sizes = [16, 32, 48];
// Between the two of the SVG files: these icons stand on light and dark alike.
const mark = readFileSync(join(folder, 'mark.svg'), 'utf8').replace(/fill="#[0-9a-f]+"/, 'fill="#a9733d"');

const browser = await launch();
const page = await browser.newPage();
const pictures = [];
for (const size of sizes) {
  await page.setViewportSize({ width: size, height: size });
  await page.setContent(
    `<style>*{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${mark}`,
  );
  pictures.push(await page.screenshot({ omitBackground: true }));
}
await browser.close();

// ICONDIR and its ICONDIRENTRY, then the pictures, as PNG (Windows Vista and later, every browser).
const header = Buffer.alloc(6 + 16 * sizes.length);
header.writeUInt16LE(1, 2);
header.writeUInt16LE(sizes.length, 4);
let offset = header.length;
for (const [index, size] of sizes.entries()) {
  const entry = 6 + 16 * index;
  header.writeUInt8(size, entry);
  header.writeUInt8(size, entry + 1);
  header.writeUInt16LE(1, entry + 4);
  header.writeUInt16LE(32, entry + 6);
  header.writeUInt32LE(pictures[index].length, entry + 8);
  header.writeUInt32LE(offset, entry + 12);
  offset += pictures[index].length;
}
writeFileSync(join(folder, 'favicon.ico'), Buffer.concat([header, ...pictures]));
