/** For answers about accounts and tokens: npm 7 and later keeps what may be kept, and then shows no notices (S14). */
export const noStore = { 'cache-control': 'no-store' } as const;
