// Draws the sample pages of test/site/samples.ts in light and dark, narrow and wide, into /tmp/gallery (or the folder named),
// asks axe about each, and ends with 1 where a page breaks the content security policy or a rule of accessibility.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { rolldown } from 'rolldown';

const root = join(import.meta.dirname, '..');
const [folder = '/tmp/gallery', only] = process.argv.slice(2);
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'";
const types = { '.css': 'text/css', '.js': 'text/javascript', '.svg': 'image/svg+xml' };

/** The samples as HTML, by name, and the files that they name, laid out as in the build. */
async function renderSamples() {
  const into = mkdtempSync(join(tmpdir(), 'gallery-'));
  const entry = `export { samples } from ${JSON.stringify(join(root, 'test/site/samples.ts'))};
    export { renderPage } from ${JSON.stringify(join(root, 'src/site/parts/page.tsx'))};
    export { publicFiles } from ${JSON.stringify(join(root, 'src/site/parts/public-files.ts'))};`;
  const bundled = await rolldown({
    input: 'entry',
    platform: 'node',
    tsconfig: join(root, 'tsconfig.json'),
    plugins: [
      {
        name: 'entry',
        resolveId: (name) => (name === 'entry' ? join(root, 'gallery-entry.mjs') : null),
        load: (name) => (name.endsWith('gallery-entry.mjs') ? entry : null),
      },
    ],
  });
  await bundled.write({ dir: join(into, 'server'), entryFileNames: 'samples.mjs' });
  cpSync(join(root, 'src/site/public'), join(into, 'public'), { recursive: true });
  const { samples, renderPage, publicFiles } = await import(
    pathToFileURL(join(into, 'server', 'samples.mjs')).href
  );
  rmSync(into, { recursive: true });
  const pages = Object.entries(samples).map(([name, draw]) => [name, renderPage(draw())]);
  return { pages: Object.fromEntries(pages), publicFiles };
}

/** Serves them as the server will, with its policy. */
async function serve({ pages, publicFiles }) {
  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://localhost').pathname;
    const type = types[extname(path)];
    const page = pages[path.slice(1)];
    if (type === undefined && page === undefined) return response.writeHead(204).end();
    response.setHeader('content-security-policy', policy);
    response.setHeader('content-type', type ?? 'text/html');
    return response.end(type ? publicFiles.get(basename(path)) : page);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** What axe finds in a page. The policy forbids adding a script to it, so axe runs in the world of the debugger. */
async function judge(page) {
  await page.evaluate(readFileSync(join(root, 'node_modules/axe-core/axe.min.js'), 'utf8'));
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'wcag2aaa', 'best-practice'],
      rules: { 'color-contrast-enhanced': { enabled: true } },
    }),
  );
  return violations.flatMap((rule) =>
    rule.nodes.map(
      (node) => `${rule.id}: ${node.html.slice(0, 160)} ${node.failureSummary.replace(/\s+/g, ' ')}`,
    ),
  );
}

const drawn = await renderSamples();
const { pages } = drawn;
const server = await serve(drawn);
const address = `http://127.0.0.1:${server.address().port}`;
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
const faults = [];
mkdirSync(folder, { recursive: true });

for (const colorScheme of ['light', 'dark']) {
  for (const width of [390, 1280]) {
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 } });
    const page = await context.newPage();
    page.on('console', (message) => faults.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
    for (const name of Object.keys(pages).filter((one) => only === undefined || one === only)) {
      await page.goto(`${address}/${name}`);
      await page.screenshot({ path: join(folder, `${name}-${colorScheme}-${width}.png`), fullPage: true });
      const found = await judge(page);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (wide > 0) found.push(`is ${wide} px wider than the window`);
      faults.push(...found.map((fault) => `${name} ${colorScheme} ${width}: ${fault}`));
    }
    await context.close();
  }
}

await browser.close();
server.close();
for (const fault of [...new Set(faults)]) console.error(fault);
console.log(`${Object.keys(pages).length} pages in ${folder}, ${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;
