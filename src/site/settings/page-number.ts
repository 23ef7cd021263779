import { fail } from '../../kernel/failure.ts';

/** The number of a page in a query, from 1; the first where there is none. Fails with `not_found`. */
export function readPageNumber(text: string | undefined): number {
  if (text === undefined || text === '') return 1;
  return /^[1-9]\d{0,5}$/.test(text) ? Number(text) : fail('not_found');
}
