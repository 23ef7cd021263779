/** The first shape of everything: accounts, factors, tokens, packages, ledger. */
import { type Kysely, sql } from 'kysely';
import type { Dialect } from '../store.ts';

/** The triggers that hold the audit: no row is removed, and none is altered but by its one link (AU1). */
const appendOnly = (dialect: Dialect): string[] => {
  const complaint = 'the audit is append-only';
  if (dialect === 'sqlite') {
    return [
      `create trigger audit_is_not_replaced before insert on audit
        when exists (select 1 from audit where id = new.id or sequence = new.sequence)
        begin select raise(abort, '${complaint}'); end`,
      `create trigger audit_keeps_rows before delete on audit begin select raise(abort, '${complaint}'); end`,
      `create trigger audit_stays before update on audit when old.hash is not null or new.hash is null
        or new.sequence is null or new.id is not old.id or new.at is not old.at or new.entry is not old.entry
        or new.account_id is not old.account_id or new.action is not old.action or new.outcome is not old.outcome
        begin select raise(abort, '${complaint}'); end`,
    ];
  }
  return [
    `create function audit_complain() returns trigger language plpgsql as
      $$ begin raise exception '${complaint}'; end $$`,
    `create trigger audit_keeps_rows before delete on audit for each row execute function audit_complain()`,
    `create trigger audit_keeps_all before truncate on audit for each statement execute function audit_complain()`,
    `create trigger audit_stays before update on audit for each row when (old.hash is not null or new.hash is null
      or new.sequence is null or (new.id, new.at, new.entry, new.account_id, new.action, new.outcome)
      is distinct from (old.id, old.at, old.entry, old.account_id, old.action, old.outcome))
      execute function audit_complain()`,
  ];
};

/** What is searched: each database's own index of words, and the rows that it leads to. */
const searching = (dialect: Dialect): string[] =>
  dialect === 'sqlite'
    ? [
        `create table search (
          sequence integer primary key autoincrement, package_id text not null unique references packages (id),
          version text not null, stamp text not null, shown text not null) strict`,
        `create virtual table search_words using fts5 (words,
          content='', contentless_delete=1, detail=column, tokenize='ascii', prefix='3 4')`,
      ]
    : [
        `create table search (
          sequence bigint generated always as identity primary key,
          package_id text not null unique references packages (id),
          version text not null, stamp text not null, shown text not null, words tsvector not null)`,
        `create index search_by_words on search using gin (words) with (fastupdate = off)`,
      ];

const statements = (dialect: Dialect): string[] => {
  const strict = dialect === 'sqlite' ? ' strict' : '';
  const int = dialect === 'sqlite' ? 'integer' : 'bigint';
  const sequence =
    dialect === 'sqlite'
      ? 'integer primary key autoincrement'
      : 'bigint generated always as identity primary key';
  return [
    `create table names (name text primary key, kind text not null, created_at ${int} not null)${strict}`,
    `create table accounts (
      id text primary key, name text not null unique references names (name), email text not null,
      email_verified_at ${int}, password text not null, password_version ${int} not null, mode text not null,
      fullname text, homepage text, github text, twitter text, freenode text,
      staff ${int} not null, frozen_at ${int}, recovery_used_at ${int}, recovering_since ${int},
      created_at ${int} not null, updated_at ${int} not null)${strict}`,
    `create index accounts_by_email on accounts (email)`,
    `create table invitations (
      id text primary key, hash text not null unique, kind text not null, made_by text references accounts (id),
      created_at ${int} not null, until ${int} not null, used_at ${int}, used_by text references accounts (id))${strict}`,
    `create table mailed_links (
      hash text primary key, account_id text not null references accounts (id), kind text not null, payload text not null,
      asks_password ${int} not null, created_at ${int} not null, until ${int} not null, used_at ${int})${strict}`,
    `create index mailed_links_by_account on mailed_links (account_id, kind, created_at)`,
    `create index mailed_links_by_end on mailed_links (until)`,
    `create table holds (
      account_id text not null references accounts (id), kind text not null, reason text not null,
      since ${int} not null, until ${int} not null, cause_at ${int} not null, mail_to text not null,
      primary key (account_id, kind))${strict}`,
    `create index holds_by_end on holds (until)`,

    `create table factors (
      id text primary key, account_id text not null references accounts (id), kind text not null, secret text not null,
      highest_step ${int} not null, barred_at ${int}, created_at ${int} not null, last_used_at ${int})${strict}`,
    `create unique index factors_one_totp on factors (account_id, kind)`,
    `create table pending_factors (
      account_id text primary key references accounts (id), id text not null, secret text not null, mode text not null,
      credential text not null, until ${int} not null)${strict}`,
    `create table recovery_codes (
      id text primary key, account_id text not null references accounts (id), hash text not null,
      created_at ${int} not null, used_at ${int})${strict}`,
    `create unique index recovery_codes_by_hash on recovery_codes (account_id, hash)`,
    `create table security_keys (
      id text primary key, account_id text not null references accounts (id), credential_id text not null unique,
      public_key text not null, algorithm ${int} not null, counter ${int} not null, name text not null,
      transports text not null, uv ${int} not null, backup_eligible ${int} not null, backed_up ${int} not null,
      possible_copy_at ${int}, created_at ${int} not null, last_used_at ${int})${strict}`,
    `create index security_keys_by_account on security_keys (account_id)`,
    `create table user_handles (
      account_id text primary key references accounts (id), handle text not null unique)${strict}`,
    `create table ceremonies (
      hash text primary key, account_id text references accounts (id), session text not null, purpose text not null,
      operation text, verified ${int} not null, until ${int} not null)${strict}`,
    `create index ceremonies_by_session on ceremonies (session, until)`,
    `create table ssh_keys (
      id text primary key, account_id text not null references accounts (id), algorithm text not null, blob text not null,
      fingerprint text not null, name text not null, created_at ${int} not null)${strict}`,
    `create unique index ssh_keys_once on ssh_keys (account_id, fingerprint)`,
    `create table typed_codes (
      account_id text not null references accounts (id), hash text not null, action text not null,
      until ${int} not null, used_at ${int}, primary key (account_id, hash))${strict}`,
    `create table proofs (
      account_id text not null references accounts (id), code_hash text not null, credential text not null, address text,
      acts text, until ${int} not null, seen_at ${int} not null, primary key (account_id, code_hash))${strict}`,
    `create table attempts (
      account_id text not null references accounts (id), step ${int} not null, code_hash text not null,
      token_id text, device_id text, network text not null, at ${int} not null, wrong ${int} not null,
      primary key (account_id, step, code_hash))${strict}`,
    `create index attempts_by_account on attempts (account_id, at)`,
    `create index attempts_by_token on attempts (token_id, at)`,
    `create index attempts_by_device on attempts (device_id, at)`,
    `create table password_attempts (
      id text primary key, name text not null, address text not null, guess_hash text, at ${int} not null)${strict}`,
    `create index password_attempts_by_name on password_attempts (name, at)`,
    `create index password_attempts_by_address on password_attempts (address, at)`,
    `create table sign_in_networks (
      account_id text not null references accounts (id), network text not null, last_at ${int} not null, known_at ${int},
      primary key (account_id, network))${strict}`,
    `create table devices (
      id text primary key, account_id text not null references accounts (id), hash text not null unique,
      created_at ${int} not null, last_used_at ${int} not null, expires_at ${int} not null, ended_at ${int},
      address text, user_agent text not null)${strict}`,
    `create index devices_by_account on devices (account_id)`,
    `create table sessions (
      id text primary key, account_id text not null references accounts (id), halfway ${int} not null,
      hash text not null unique, created_at ${int} not null, last_used_at ${int} not null, expires_at ${int} not null,
      idle_life ${int} not null, ended_at ${int}, factor_at ${int}, password_at ${int}, factor text,
      tries ${int} not null, device_id text references devices (id), address text, user_agent text not null)${strict}`,
    `create index sessions_by_account on sessions (account_id)`,
    `create table waiting_sign_ins (
      id text primary key, account_id text not null references accounts (id), link_hash text not null unique,
      browser_hash text not null unique, factor text not null, factor_id text not null, password_at ${int} not null,
      password_version ${int} not null, email text not null, next_page text, created_at ${int} not null,
      until ${int} not null, ended_at ${int}, address text, user_agent text not null)${strict}`,
    `create index waiting_sign_ins_by_account on waiting_sign_ins (account_id, ended_at)`,
    `create index waiting_sign_ins_by_end on waiting_sign_ins (until)`,
    `create table limited_acts (limit_name text not null, source text not null, at ${int} not null)${strict}`,
    `create index limited_acts_by_source on limited_acts (limit_name, source, at)`,
    `create table counted_writes (
      account_id text not null references accounts (id), since ${int} not null, count ${int} not null,
      primary key (account_id, since))${strict}`,
    `create table handoffs (
      id text primary key, kind text not null, page_hash text not null unique, done_hash text not null unique,
      state text not null, comparison text, address text, network text not null, user_agent text not null, hostname text,
      wants_account ${int} not null, created_at ${int} not null, until ${int} not null,
      account_id text references accounts (id), credential text, action text, subject text, password_version ${int},
      approved_at ${int}, approved_address text, release_until ${int}, uses ${int} not null, value_hash text unique,
      value_until ${int}, handed_at ${int}, handed_address text, sealed text)${strict}`,
    `create index handoffs_by_network on handoffs (network, until)`,
    `create index handoffs_by_account on handoffs (account_id, until)`,
    `create index handoffs_by_end on handoffs (until)`,
    `create table handoff_uses (
      handoff_id text not null references handoffs (id) on delete cascade, number ${int} not null, subject text not null,
      at ${int} not null, primary key (handoff_id, number))${strict}`,

    `create table tokens (
      id text primary key, account_id text not null references accounts (id), hash text not null unique, prefix text not null,
      kind text not null, name text, description text, cidr text, grants text, created_at ${int} not null, updated_at ${int} not null,
      created_address text, created_agent text, expires_at ${int}, idle_life ${int}, last_used_at ${int},
      suspended_at ${int}, revoked_at ${int}, expired_at ${int}, warnings ${int} not null default 0,
      guarded_until ${int})${strict}`,
    `create index tokens_by_account on tokens (account_id, created_at)`,
    `create table bypass_publishes (
      id text primary key, token_id text not null references tokens (id), package text not null, version text not null,
      address text, at ${int} not null, mailed_at ${int})${strict}`,
    `create index bypass_publishes_by_token on bypass_publishes (token_id, mailed_at)`,

    `create table packages (
      id text primary key, name text not null unique, confusable text not null, revision ${int} not null,
      star_changes ${int} not null default 0, visibility text not null, requires_second_factor ${int} not null,
      bypass_allowed ${int} not null,
      created_at ${int} not null, updated_at ${int} not null, unpublished_at ${int}, change_sequence ${int} unique)${strict}`,
    `create index packages_by_confusable on packages (confusable)`,
    `create index packages_to_number on packages (updated_at, id) where change_sequence is null`,
    `create table signing_keys (
      id text primary key, public_key text not null, sealed text not null, created_at ${int} not null,
      expires_at ${int})${strict}`,
    `create unique index signing_keys_one_current on signing_keys ((1)) where expires_at is null`,
    `create table versions (
      package_id text not null references packages (id), version text not null, sequence ${int} not null,
      manifest text not null, abbreviated text not null, readme text, integrity text not null, shasum text not null,
      blob text not null, size ${int} not null, deprecated text, provenance text, predicate text,
      signature_key text references signing_keys (id), signature text, published_at ${int} not null,
      published_by text not null references accounts (id), factor text, unpublished_at ${int},
      primary key (package_id, version))${strict}`,
    `create unique index versions_by_sequence on versions (package_id, sequence)`,
    `create index versions_by_blob on versions (blob)`,
    `create index versions_to_sign on versions (package_id) where signature is null and unpublished_at is null`,
    `create table dependencies (
      name text not null, package_id text not null, version text not null, primary key (name, package_id, version),
      foreign key (package_id, version) references versions (package_id, version))${strict}`,
    `create index dependencies_by_version on dependencies (package_id, version)`,
    `create table tags (
      package_id text not null references packages (id), tag text not null, version text not null,
      primary key (package_id, tag))${strict}`,
    `create table maintainers (
      package_id text not null references packages (id), account_id text not null references accounts (id),
      since ${int} not null, primary key (package_id, account_id))${strict}`,
    `create index maintainers_by_account on maintainers (account_id)`,
    `create table stars (
      package_id text not null references packages (id), account_id text not null references accounts (id),
      since ${int} not null, primary key (package_id, account_id))${strict}`,
    `create index stars_by_account on stars (account_id)`,
    ...searching(dialect),
    `create table downloads (
      package_id text not null references packages (id), day ${int} not null, version text not null, count ${int} not null,
      primary key (package_id, day, version))${strict}`,
    `create table counters (name text primary key, value ${int} not null)${strict}`,
    `create table download_totals (day ${int} primary key, count ${int} not null)${strict}`,
    `create table claims (name text primary key, created_at ${int} not null)${strict}`,

    `create table audit (
      id ${sequence}, at ${int} not null, entry text not null, account_id text, action text not null,
      outcome text not null, sequence ${int} unique, hash text)${strict}`,
    `create index audit_by_account on audit (account_id, id)`,
    `create index audit_to_link on audit (id) where sequence is null`,
    ...appendOnly(dialect),
    `create table floods (
      limit_name text not null, source text not null, window_start ${int} not null, count ${int} not null,
      entry text not null, primary key (limit_name, source, window_start))${strict}`,
    `create table outbox (
      id text primary key, recipient text not null, message text, created_at ${int} not null, due_at ${int} not null,
      until ${int} not null, tries ${int} not null, lease text, leased_until ${int}, sent_at ${int},
      given_up_at ${int}, last_error text)${strict}`,
    `create index outbox_due on outbox (due_at) where sent_at is null and given_up_at is null`,
    `create table data_keys (purpose text primary key, sealed text not null, created_at ${int} not null)${strict}`,
  ];
};

export async function up(db: Kysely<never>, dialect: Dialect): Promise<void> {
  for (const statement of statements(dialect)) await sql.raw(statement).execute(db);
}
