/** `publicUrl` → `public-url`. */
export const flagOf = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** `publicUrl` → `TALLYSTICK_PUBLIC_URL`. */
export const variableOf = (name: string): string =>
  `TALLYSTICK_${flagOf(name).replaceAll('-', '_').toUpperCase()}`;

const letters = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** Edits between two words, a swap of neighbours being one (optimal string alignment). */
function distance(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const cost = left[row - 1] === right[column - 1] ? 0 : 1;
      const edits = [(last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + cost];
      if (
        row > 1 &&
        column > 1 &&
        left[row - 1] === right[column - 2] &&
        left[row - 2] === right[column - 1]
      ) {
        edits.push((beforeLast[column - 2] ?? 0) + 1);
      }
      current.push(Math.min(...edits));
    }
    beforeLast = last;
    last = current;
  }
  return last[right.length] ?? 0;
}

/** The known name that is nearest to what was written, letter case and separators aside. */
export function nearest(written: string, known: readonly string[]): string {
  let best = known[0] ?? '';
  let fewest = Number.POSITIVE_INFINITY;
  for (const name of known) {
    const edits = distance(letters(written).slice(0, 80), letters(name));
    if (edits < fewest) [best, fewest] = [name, edits];
  }
  return best;
}
