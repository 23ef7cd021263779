/** The facts of a version, right of its README. */
import type { ComponentChildren } from 'preact';
import type { PackagePage } from '../../packages/page-facts.ts';
import { AreaChart } from '../parts/chart.tsx';
import type { PageContext } from '../parts/context.ts';
import { Link } from '../parts/link.tsx';
import { Badge } from '../parts/notices.tsx';
import { DefinitionList } from '../parts/tables.tsx';
import { sayAddress, sayBytes, sayCount, sayNumber, sayRule, searchPath, shorten } from './words.ts';

const mostKeywords = 20;
const mostCommands = 10;
const mostMaintainers = 50;

interface FactsProps {
  readonly context: PageContext;
  readonly data: PackagePage;
}

interface Fact {
  readonly term: string;
  readonly value: ComponentChildren;
}

const rel = 'nofollow noopener ugc';

/** A page of somebody else's. */
const away = (address: string): ComponentChildren => (
  <a href={address} rel={rel}>
    {sayAddress(address)}
  </a>
);

/** Facts that are there; a term without a value is left out. */
const present = (facts: readonly (Fact | false | undefined)[]): Fact[] =>
  facts.filter((fact): fact is Fact => fact !== false && fact !== undefined);

const fact = (term: string, value: ComponentChildren | undefined): Fact | undefined =>
  value === undefined ? undefined : { term, value };

const listed = (items: readonly ComponentChildren[]): ComponentChildren =>
  items.map((item, index) => (index === 0 ? item : [', ', item]));

/** Downloads, size, licence, where it comes from and who maintains it. */
export function Facts(props: FactsProps) {
  return (
    <>
      <Downloads {...props} />
      <DefinitionList
        stacked
        items={present([
          ...bodyFacts(props),
          ...originFacts(props),
          ...trustFacts(props),
          maintainerFact(props),
          keywordFact(props),
        ])}
      />
    </>
  );
}

function Downloads({ data: { downloads } }: FactsProps) {
  const last = downloads.at(-1) ?? 0;
  const isEmpty = downloads.every((count) => count === 0);
  return (
    <>
      <h2>Weekly downloads</h2>
      <p>{isEmpty ? <span class="muted">None yet</span> : <strong>{sayNumber(last)}</strong>}</p>
      {!isEmpty && <AreaChart label="Weekly downloads" values={downloads} />}
    </>
  );
}

function bodyFacts({ data: { shown } }: FactsProps): (Fact | undefined)[] {
  const { size, unpackedSize, fileCount, node, commands, licence } = shown;
  const unpacked = [
    unpackedSize === undefined ? '' : `${sayBytes(unpackedSize)} unpacked`,
    fileCount === undefined ? '' : `in ${sayCount(fileCount, 'file')}`,
  ].join(' ');
  return [
    fact('License', licence === undefined ? <span class="muted">none named</span> : shorten(licence, 120)),
    fact('Size', [sayBytes(size), unpacked.trim() === '' ? '' : `, ${unpacked.trim()}`]),
    fact('Needs Node.js', node && <code>{shorten(node, 60)}</code>),
    commands.length === 0
      ? undefined
      : fact(
          'Commands',
          listed(commands.slice(0, mostCommands).map((name) => <code key={name}>{name}</code>)),
        ),
    shown.installScript
      ? fact('Install script', <Badge kind="danger">runs when it is installed</Badge>)
      : undefined,
  ];
}

function originFacts({ data: { shown } }: FactsProps): (Fact | undefined)[] {
  const { repository, homepage, bugs } = shown.links;
  return [
    fact('Repository', repository && away(repository)),
    homepage === repository ? undefined : fact('Homepage', homepage && away(homepage)),
    fact('Issues', bugs && away(bugs)),
  ];
}

function trustFacts({ context, data }: FactsProps): (Fact | undefined)[] {
  const { shown, name } = data;
  const attestations = `/-/npm/v1/attestations/${name}@${shown.version}`;
  return [
    fact(
      'Provenance',
      shown.predicate === null ? (
        <span class="muted">none attested</span>
      ) : (
        <>
          <Badge kind="safe">attested</Badge>{' '}
          <Link context={context} href={attestations}>
            {sayAddress(shown.predicate)}
          </Link>
        </>
      ),
    ),
    fact(
      'Signature',
      shown.signed ? (
        <Badge kind="safe">signed by this registry</Badge>
      ) : (
        <span class="muted">not signed yet</span>
      ),
    ),
    fact('To publish', sayRule(data)),
  ];
}

function maintainerFact({ context, data: { maintainers } }: FactsProps): Fact | undefined {
  const shown = maintainers.slice(0, mostMaintainers).map(({ name, secondFactor }) => (
    <span key={name} class="nowrap">
      <Link context={context} href={searchPath(`maintainer:${name}`)}>
        {name}
      </Link>
      {secondFactor !== undefined && (
        <>
          {' '}
          <Badge kind={secondFactor ? 'safe' : 'danger'}>{secondFactor ? '2FA' : 'no 2FA'}</Badge>
        </>
      )}
    </span>
  ));
  const rest = maintainers.length - shown.length;
  return fact('Maintainers', [listed(shown), rest > 0 ? ` and ${sayNumber(rest)} more` : '']);
}

function keywordFact({ context, data: { shown } }: FactsProps): Fact | undefined {
  if (shown.keywords.length === 0) return undefined;
  const links = shown.keywords.slice(0, mostKeywords).map((keyword) => (
    <Link key={keyword} context={context} href={searchPath(`keywords:${keyword}`)}>
      {keyword}
    </Link>
  ));
  return fact('Keywords', listed(links));
}
