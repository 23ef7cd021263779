/**
 * What of a README's HTML comes to the page (WE4). An allowlist: whatever is not named here is taken out, and the second
 * list says of which elements their content goes with them.
 */
import type { Options } from 'rehype-sanitize';

/** Stands before every id of a README, so that none is one of the page's own. */
export const idPrefix = 'readme-';

const alignment: [string, RegExp] = ['align', /^(?:left|right|center|justify)$/];
const span = /^[1-9]\d?$/;

/** The list for rehype-sanitize. */
export const allowed: Options = {
  tagNames: [
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'p', 'br', 'hr', 'blockquote', 'pre', 'div', 'section'],
    ...['a', 'span', 'em', 'strong', 'b', 'i', 'u', 's', 'del', 'ins', 'mark', 'small', 'sub', 'sup', 'wbr'],
    ...['code', 'kbd', 'samp', 'var', 'tt', 'q', 'cite', 'abbr', 'dfn', 'ruby', 'rp', 'rt'],
    ...['ul', 'ol', 'li', 'dl', 'dt', 'dd', 'details', 'summary'],
    ...['table', 'caption', 'thead', 'tbody', 'tfoot', 'tr', 'th', 'td'],
  ],
  attributes: {
    '*': [['id', /^[\p{L}\p{M}\p{N}_.:%-]{1,200}$/u], ['dir', 'ltr', 'rtl', 'auto'], alignment],
    a: [
      'href',
      ['className', 'readme-image'],
      'ariaDescribedBy',
      ['ariaLabel', /^Back to reference [\d-]+$/],
    ],
    abbr: ['title'],
    details: ['open'],
    div: [
      ['className', 'readme-wide'],
      ['tabIndex', 0],
    ],
    li: [['value', /^\d{1,6}$/]],
    ol: [['start', /^\d{1,9}$/], 'reversed'],
    pre: [['tabIndex', 0]],
    td: [
      ['colSpan', span],
      ['rowSpan', span],
    ],
    th: [
      ['colSpan', span],
      ['rowSpan', span],
      ['scope', 'row', 'col'],
    ],
  },
  required: { a: { rel: 'nofollow noopener ugc' } },
  protocols: { href: ['http', 'https', 'mailto'] },
  ancestors: Object.fromEntries(
    ['caption', 'thead', 'tbody', 'tfoot', 'tr', 'th', 'td'].map((name) => [name, ['table']]),
  ),
  clobber: ['id', 'ariaDescribedBy'],
  clobberPrefix: idPrefix,
  strip: [
    ...[
      'script',
      'style',
      'template',
      'noscript',
      'title',
      'head',
      'svg',
      'math',
      'iframe',
      'frame',
      'frameset',
    ],
    ...['object', 'embed', 'applet', 'canvas', 'audio', 'video', 'textarea', 'select', 'option', 'datalist'],
    ...['xmp', 'plaintext', 'noembed', 'noframes', 'listing', 'portal', 'fencedframe', 'dialog', 'marquee'],
  ],
};
