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
const upperHalf =
  'M0.3 14.64L0.3 10.04 1.18 9.17 3.44 9.52 3.09 7.26 4.22 6.13 6.48 6.48 6.13 4.22 7.26 3.09 9.52 3.44 9.17 1.18 10.04 0.3 14.64 0.3z';
const lowerHalf =
  'M1.36 15.7L13.66 3.4 15.95 5.7 14.82 6.83 12.56 6.48 12.91 8.74 11.78 9.87 9.52 9.52 9.87 11.78 8.74 12.91 6.48 12.56 6.83 14.82 5.96 15.7z';
