/** The same mail as restrained HTML: one column of 600 px, system type, nothing that is loaded from anywhere (look.md). */

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => escapes[sign] ?? sign);

/** Commands stand in quotes in the text; here they look like commands. */
const withCommands = (text: string): string =>
  escapeHtml(text).replace(
    /&quot;((?:npm|--)[^&]{1,60})&quot;/g,
    '<code style="font-family:ui-monospace,Menlo,Consolas,monospace;background:#f1ede4;padding:1px 4px;border-radius:4px">$1</code>',
  );

const paragraph = (html: string): string => `<p style="margin:0 0 16px">${html}</p>`;

const button = ({ label, url }: { label: string; url: string }): string =>
  paragraph(
    `<a href="${escapeHtml(url)}" style="display:inline-block;padding:10px 16px;border-radius:6px;background:#6b3f0b;` +
      `color:#fffdf8;text-decoration:none;font-weight:600">${escapeHtml(label)}</a>`,
  ) + paragraph(`<span style="color:#57514a;font-size:14px;word-break:break-all">${escapeHtml(url)}</span>`);

const quietLink = ({ label, url }: { label: string; url: string }): string =>
  paragraph(
    `${escapeHtml(label)}:<br><a href="${escapeHtml(url)}" style="color:#6b3f0b;font-size:14px;word-break:break-all">` +
      `${escapeHtml(url)}</a>`,
  );

/** What a mail is made of, all of it single lines of text. */
export interface MailParts {
  readonly subject: string;
  readonly paragraphs: readonly string[];
  readonly link?: { readonly label: string; readonly url: string } | undefined;
  readonly otherLinks: readonly { readonly label: string; readonly url: string }[];
  readonly site: {
    readonly name: string;
    readonly publicUrl: string;
    readonly supportEmail?: string | undefined;
  };
}

/** Lays the parts out. Every text of theirs is escaped. */
export function composeHtml({ subject, paragraphs, link, otherLinks, site }: MailParts): string {
  const help = site.supportEmail === undefined ? '' : `<br>Help: ${escapeHtml(site.supportEmail)}`;
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">',
    `<title>${escapeHtml(subject)}</title></head>`,
    '<body style="margin:0;background:#faf8f4">',
    '<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center" style="padding:24px 12px">',
    '<table role="presentation" width="600" cellpadding="0" cellspacing="0" style="max-width:600px;width:100%"><tr>',
    '<td style="font:16px/1.55 system-ui,-apple-system,Segoe UI,Roboto,sans-serif;color:#26221d;text-align:left">',
    ...paragraphs.map((text) => paragraph(withCommands(text))),
    ...(link ? [button(link)] : []),
    ...otherLinks.map(quietLink),
    '<p style="margin:24px 0 0;padding-top:12px;border-top:1px solid #d9d3c8;font-size:14px;color:#57514a">',
    `${escapeHtml(site.name)}, <a href="${escapeHtml(site.publicUrl)}" style="color:#57514a">${escapeHtml(site.publicUrl)}</a>${help}</p>`,
    '</td></tr></table></td></tr></table></body></html>',
  ].join('\n');
}
