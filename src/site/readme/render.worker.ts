/** The thread in which `render.ts` has READMEs made into HTML. */
import { parentPort } from 'node:worker_threads';
import type { ReadmeOrigin } from './links.ts';
import { writeHtml } from './markdown.ts';

/** A text to make into HTML. */
export interface RenderRequest {
  number: number;
  markdown: string;
  origin: ReadmeOrigin;
}

/** What came of it; null where the text was too much for the parser. */
export interface Rendered {
  number: number;
  html: string | null;
}

/** Definitions that are referred to again and again make much of little. */
const longestHtml = 4 * 1024 * 1024;

const render = ({ markdown, origin }: RenderRequest): string | null => {
  try {
    const html = writeHtml(markdown, origin);
    return html.length > longestHtml ? null : html;
  } catch {
    return null;
  }
};

parentPort?.on('message', (request: RenderRequest) => {
  parentPort?.postMessage({ number: request.number, html: render(request) } satisfies Rendered);
});
