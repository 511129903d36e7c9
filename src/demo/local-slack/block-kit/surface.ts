/** The surfaces of blocks, which have different rules. */
export type Surface = 'message' | 'modal' | 'home';
