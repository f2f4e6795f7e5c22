const HOME = '/console'

/** Pages that send those who are signed in on: to go back to one would be a circle. */
const visitorPages = /^\/console\/(sign-in|setup|invitation|forgot-password|reset|two-factor)(\/|$)/

/**
 * Where to go after signing in. What the address says is followed only when it is a page of this
 * Console: a link that somebody else made must not lead away from here.
 */
export function safeNext(next: unknown, origin = location.origin): string {
  if (typeof next !== 'string' || !URL.canParse(next, origin)) return HOME
  const url = new URL(next, origin)
  const ours = url.origin === origin && /^\/console(\/|$)/.test(url.pathname)
  if (!ours || visitorPages.test(url.pathname)) return HOME
  return url.pathname + url.search + url.hash
}
