/** A truth value, as every database keeps it. */
export type Flag = 0 | 1;
