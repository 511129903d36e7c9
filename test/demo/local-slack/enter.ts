/** The cookie that the printed address gives, as a browser would keep it. */
export async function enter(pageUrl: string): Promise<string> {
  const answer = await fetch(pageUrl, { redirect: 'manual' });
  const cookie = answer.headers.get('set-cookie')?.split(';')[0];
  if (cookie === undefined) throw new Error(`${answer.status}: no cookie`);
  return cookie;
}
