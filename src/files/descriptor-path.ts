/**
 * Finds the descriptor in a path such as `/dev/stdin`, `/dev/fd/3` or `<(…)` of a shell. The parent process opened it, so
 * other users cannot have replaced it. Null for any other path.
 */
export function descriptorIn(path: string): number | null {
  const named = ['/dev/stdin', '/dev/stdout', '/dev/stderr'].indexOf(path);
  if (named >= 0) return named;
  const [, digits] = /^\/(?:dev|proc\/self)\/fd\/(\d{1,6})$/.exec(path) ?? [];
  return digits === undefined ? null : Number(digits);
}
