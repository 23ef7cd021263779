/** A README as it was written, for one that is too long or was made to be hard to read. */

/** The most characters of a README that are shown. */
export const longestShown = 512 * 1024;

const references: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => references[sign] ?? '');

/** The text itself as HTML, with a sentence before it that says why. */
export function showPlain(markdown: string): string {
  const isCut = markdown.length > longestShown;
  const reason = isCut
    ? 'This README is longer than 512 KiB: its beginning is shown as it was written.'
    : 'This README could not be laid out: it is shown as it was written.';
  const text = escaped(markdown.slice(0, longestShown).toWellFormed());
  return `<p class="readme-plain">${reason}</p>\n<pre tabindex="0">${text}</pre>`;
}
