/** Markdown to safe HTML: parsed, made to fit, and cleaned last, so that nothing comes after the allowlist but writing. */
import rehypeRaw from 'rehype-raw';
import rehypeSanitize from 'rehype-sanitize';
import rehypeStringify from 'rehype-stringify';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import remarkRehype from 'remark-rehype';
import { unified } from 'unified';
import { adapt } from './adapt.ts';
import { allowed } from './allowed.ts';
import type { ReadmeOrigin } from './links.ts';

/** The HTML of a README. May take long and may throw for a text that was made to: see `render.ts`. */
export function writeHtml(markdown: string, origin: ReadmeOrigin): string {
  return unified()
    .use(remarkParse)
    .use(remarkGfm)
    .use(remarkRehype, { allowDangerousHtml: true, clobberPrefix: '', footnoteLabelProperties: {} })
    .use(rehypeRaw)
    .use(adapt, origin)
    .use(rehypeSanitize, allowed)
    .use(rehypeStringify)
    .processSync(markdown)
    .toString();
}
