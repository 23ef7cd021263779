/** The texts in which a page of the site is left and found again: paths, never addresses of others (WE5). */

const ownPath = /^\/(?![/\\])[^\\\u0000-\u001f\u007f]*$/;

/** A path to go on to after signing in, or the fallback where the text leads anywhere but to a page of ours. */
export const readNext = (text: string | undefined, fallback: string): string =>
  text !== undefined && text.length <= 1024 && ownPath.test(text) ? text : fallback;

/** A path with the page to go on to; the path alone where `next` is empty. */
export const withNext = (path: string, next: string): string =>
  next === '' ? path : `${path}?next=${encodeURIComponent(next)}`;
