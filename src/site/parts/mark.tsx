/**
 * The mark: a notched stick split lengthwise. The longer half is the one that the creditor kept. One colour, the text's.
 * `closing` draws the halves apart and shuts them once, for an act that was confirmed. Decoration: words stand beside it.
 */
export function Mark({ closing = false }: { readonly closing?: boolean }) {
  return (
    <svg
      class={closing ? 'mark closing' : 'mark'}
      viewBox="0 0 16 16"
      width="16"
      height="16"
      aria-hidden="true"
    >
      <path class="half upper" d={upperHalf} fill="currentColor" />
      <path class="half lower" d={lowerHalf} fill="currentColor" />
    </svg>
  );
}

/** The same two paths as in public/mark.svg. */
const upperHalf = 'M0 3h16v4.25h-1.5L13 5.25l-1.5 2h-2L8 5.25l-1.5 2h-2L3 5.25l-1.5 2H0z';
const lowerHalf = 'M0 13h13V8.75h-1.5L13 10.75z';
