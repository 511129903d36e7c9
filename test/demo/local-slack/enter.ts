/** Gets the cookie of the printed address, as a browser would. */
export async function enter(pageUrl: string): Promise<string> {
  const answer = await fetch(pageUrl, { redirect: 'manual' });
  const cookie = answer.headers.get('set-cookie')?.split(';')[0];
  if (cookie === undefined) throw new Error(`${answer.status}: no cookie`);
  return cookie;
}
