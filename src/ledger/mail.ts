/**
 * What mails say. A use-case says what happened; the site's name, address and signature are put around it at delivery,
 * so that nothing left of the composition root needs to know them.
 */
import type { Instant, Mail } from '../kernel/ports.ts';
import { composeHtml } from './mail-html.ts';
import { asOneLine } from './plain-text.ts';

/** A page to open, below the public URL: "/…". It may be a one-time link: it is erased once the mail has left. */
export interface MailLink {
  readonly label: string;
  readonly path: string;
}

/** A mail to one person. All texts are taken as single lines, whatever they hold. */
export interface MailWish {
  /** One address; empty means that there is nobody to write to. */
  to: string;
  /** The account's name. */
  account: string;
  /** What happened, as the subject begins: "New access token". */
  what: string;
  paragraphs: readonly string[];
  /** The page that the mail is about. */
  link?: MailLink | undefined;
  /** Further pages, less prominent. */
  otherLinks?: readonly MailLink[] | undefined;
  /** The mail is worthless after this instant and no longer tried; at most 72 hours are. */
  until?: Instant | undefined;
}

/** A security event that its owner must hear of (ML1). */
export interface NoticeWish {
  to: string;
  account: string;
  what: string;
  /** What happened, in whole sentences. */
  details: readonly string[];
  at: Instant;
  /** The client's address, or who it was, where that is known. */
  address?: string | undefined;
  /** The client's user agent, where one is known. */
  client?: string | undefined;
  /** Where nothing is to be done; "If it was you, there is nothing to do." when left out. */
  calm?: string | undefined;
  /** What to do if it was not the owner; the usual advice when left out. */
  advice?: string | undefined;
  /** The path of a one-time link that freezes the account (RV8), for events that only its owner may cause. */
  freezePath?: string | undefined;
}

/** Whose mail it is. */
export interface Site {
  name: string;
  /** Base of every link, without a slash at its end. */
  publicUrl: string;
  supportEmail?: string | undefined;
}

const measure = 72;
const clientShown = 120;

const usualCalm = 'If it was you, there is nothing to do.';

const usualAdvice =
  'If it was not you, act now: set a new password with "npm profile set password", look through ' +
  '"npm token list", and end what you do not know with "npm token revoke".';

const freezeAdvice =
  'Where you cannot do that at once, freeze your account with the link below: nobody signs in to it then, and its access ' +
  'tokens publish and change nothing.';

/** An instant as people read it: `2026-01-15 12:00:00 UTC`. */
export function asUtc(at: Instant): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** A client's own words, made short and unlinkable: who sends a request chooses them. */
const asClient = (agent: string): string => asOneLine(agent.replaceAll('://', ': '), clientShown);

/** Builds the mail of a security event: what happened, when, from where, and what to do if it was not you. */
export function notice(wish: NoticeWish): MailWish {
  const facts = [`When: ${asUtc(wish.at)}.`];
  if (wish.address !== undefined) facts.push(`From: ${wish.address}.`);
  const client = asClient(wish.client ?? '');
  if (client !== '') facts.push(`With: ${client}`);
  const close = `${wish.calm ?? usualCalm} ${wish.advice ?? usualAdvice}`.trim();
  const { freezePath } = wish;
  return {
    to: wish.to,
    account: wish.account,
    what: wish.what,
    paragraphs: [...wish.details, ...facts, freezePath === undefined ? close : `${close} ${freezeAdvice}`],
    otherLinks:
      freezePath === undefined
        ? undefined
        : [{ label: 'This was not me: freeze my account', path: freezePath }],
  };
}

/** A quoted command counts as one word, so that it can be copied. The space is one that `asOneLine` leaves nowhere. */
const held = '\u00a0';
const holdTogether = (line: string): string =>
  line.replace(/"[^"]{1,40}"/g, (quoted) => quoted.replaceAll(' ', held));

/** Breaks a line between words; a word that is longer than the measure stays whole. */
function wrap(line: string): string {
  const lines: string[] = [];
  let current = '';
  for (const word of holdTogether(line).split(' ')) {
    if (current !== '' && current.length + 1 + word.length > measure) {
      lines.push(current);
      current = word;
    } else {
      current = current === '' ? word : `${current} ${word}`;
    }
  }
  return [...lines, current].join('\n').replaceAll(held, ' ');
}

/** Puts the site around a mail: subject, greeting, link, signature. `id` becomes its Message-ID. */
export function composeMail(wish: MailWish, id: string, site: Site): Mail {
  const { host, hostname } = new URL(site.publicUrl);
  const paragraphs = [`Hello ${wish.account},`, ...wish.paragraphs].map((text) => asOneLine(text, 2000));
  const asLink = ({ label, path }: MailLink) => ({
    label: asOneLine(label),
    url: `${site.publicUrl}${path}`,
  });
  const link = wish.link && asLink(wish.link);
  const otherLinks = (wish.otherLinks ?? []).map(asLink);
  const subject = asOneLine(`${wish.what} for ${wish.account} on ${host}`, 200);
  const blocks = paragraphs.map(wrap);
  for (const { label, url } of [...(link ? [link] : []), ...otherLinks]) blocks.push(`${label}:\n${url}`);
  const support = site.supportEmail === undefined ? '' : `\nHelp: ${site.supportEmail}`;
  // Two hyphens and a space on a line of their own begin a signature (RFC 3676, section 4.3).
  blocks.push(`-- \n${asOneLine(site.name)}, ${site.publicUrl}${support}`);
  return {
    to: wish.to,
    subject,
    text: `${blocks.join('\n\n')}\n`,
    html: composeHtml({ subject, paragraphs, link, otherLinks, site }),
    messageId: `<${id}@${hostname}>`,
  };
}
