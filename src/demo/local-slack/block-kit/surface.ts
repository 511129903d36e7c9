/** Where blocks are shown; the rules differ. */
export type Surface = 'message' | 'modal' | 'home';
