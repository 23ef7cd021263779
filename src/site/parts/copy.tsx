/** Copies `text`. Shown only where the script runs; the text beside it can always be selected. */
export function CopyButton({
  text,
  kind = 'quiet',
}: {
  readonly text: string;
  readonly kind?: 'quiet' | 'secondary' | 'primary';
}) {
  return (
    <button type="button" class={`button ${kind}`} data-copy={text} hidden>
      Copy
    </button>
  );
}

/** Prints the page. Shown only where the script runs. */
export function PrintButton() {
  return (
    <button type="button" class="button secondary" data-print hidden>
      Print
    </button>
  );
}

/** A command or another line to take along, with "Copy"; one click selects all of it. */
export function CopyLine({ text }: { readonly text: string }) {
  return (
    <div class="copy-line">
      <code>{text}</code>
      <CopyButton text={text} />
    </div>
  );
}

/** Recovery codes, each of groups of four digits, large; they print alone, under `heading` (account, site and date). */
export function Codes(props: {
  readonly codes: readonly string[];
  /** Printed above them: `Recovery codes of ann on registry.example, 22 November 2026`. */
  readonly heading: string;
}) {
  return (
    <section class="codes" aria-label="Recovery codes">
      <p class="print-only">{props.heading}</p>
      <ol>
        {props.codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ol>
      <p class="print-only">
        Each code works once. Keep them away from the device that you authenticate with.
      </p>
    </section>
  );
}

/** A key to type by hand, in groups of four. */
export function SecretGroups({ secret }: { readonly secret: string }) {
  const groups = secret.match(/.{1,4}/g) ?? [];
  return (
    <div class="copy-line">
      <code class="secret">{groups.join(' ')}</code>
      <CopyButton text={secret} />
    </div>
  );
}

/** One short code, large: to compare with what a terminal printed, or, with `copy`, to type into one. */
export function LargeCode({ code, copy = false }: { readonly code: string; readonly copy?: boolean }) {
  return (
    <p class="large-code">
      <code>{code}</code>
      {copy && <CopyButton text={code.replaceAll(' ', '')} kind="secondary" />}
    </p>
  );
}

const clients = [
  ['npm', 'npm install'],
  ['pnpm', 'pnpm add'],
  ['yarn', 'yarn add'],
  ['bun', 'bun add'],
] as const;

/** How to install a package (`name` or `name@1.2.3`) with the client of one's choice; a script remembers the choice. */
export function InstallCommands({ wanted }: { readonly wanted: string }) {
  return (
    <fieldset class="install" data-clients>
      <legend class="hush">Install with</legend>
      <div class="install-clients">
        {clients.map(([client]) => (
          <label key={client}>
            <input type="radio" name="client" value={client} checked={client === 'npm'} />
            <span>{client}</span>
          </label>
        ))}
      </div>
      {clients.map(([client, command]) => (
        <div key={client} class={`install-command for-${client}`}>
          <CopyLine text={`${command} ${wanted}`} />
        </div>
      ))}
    </fieldset>
  );
}
