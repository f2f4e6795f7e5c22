import type { Schema } from '@/api/client'
import { Fault, faultOf } from '@/api/fault'

export type PortalInfo = Schema<'Portal'>

const LINK_PREFIX = 'lnk_'
const KEY = 'trunnel-portal'
/** Where the provider's last page leads back to when there was no second window. */
const RETURN_KEY = 'trunnel-portal-return'

type Stored = { appId: string; token: string }

/** The part of the address that says what is opened: a link's token, or an app once that is exchanged. */
export const nameInAddress = (pathname: string): string => pathname.split('/')[2] ?? ''

let memory: Stored | null = null

function storedSession(): Stored | null {
  try {
    const text = sessionStorage.getItem(KEY)
    return text ? (JSON.parse(text) as Stored) : memory
  } catch {
    return memory
  }
}

function store(session: Stored) {
  memory = session
  try {
    sessionStorage.setItem(KEY, JSON.stringify(session))
  } catch {
    // In a frame of another site storage may be denied; a reload opens the link again.
  }
}

/** Remembers the page for a provider that is visited in this tab. */
export function rememberReturn() {
  try {
    sessionStorage.setItem(RETURN_KEY, location.pathname + location.hash)
  } catch {
    // Then the provider's last page stays.
  }
}

/** Once the page is there again, the way back to it has served. */
export function forgetReturn() {
  try {
    sessionStorage.removeItem(RETURN_KEY)
  } catch {
    // Then there is none.
  }
}

export type Opened = { portal: PortalInfo; token: string }

/**
 * Opens the portal. A link's token is exchanged before anything else and disappears from the
 * address, so that it is neither in the history nor in a Referer.
 */
export async function openPortal(): Promise<Opened> {
  forgetReturn()
  const name = nameInAddress(location.pathname)
  if (name.startsWith(LINK_PREFIX)) return exchange(name)
  const stored = storedSession()
  if (stored?.appId !== name)
    throw new Fault(401, 'LINK_NEEDED', 'The link has to be opened again.')
  const portal = await ask<PortalInfo>('/connect/api/portal', stored.token)
  return { portal, token: stored.token }
}

type Exchange = { session_token: string; portal: PortalInfo }

async function exchange(linkToken: string): Promise<Opened> {
  const body = JSON.stringify({ token: linkToken })
  const { session_token: token, portal } = await ask<Exchange>('/connect/api/session', null, {
    method: 'POST',
    body,
  })
  store({ appId: portal.app_id, token })
  history.replaceState(null, '', `/connect/${portal.app_id}${location.hash}`)
  return { portal, token }
}

/** One request for this customer; a refusal is thrown as its fault. */
export async function ask<Answer>(
  path: string,
  token: string | null,
  init: RequestInit = {},
): Promise<Answer> {
  const headers = new Headers(init.headers)
  if (token) headers.set('authorization', `Bearer ${token}`)
  if (init.body) headers.set('content-type', 'application/json')
  const response = await fetch(path, {
    ...init,
    headers,
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
  })
  const body = await response.json().catch(() => undefined)
  if (!response.ok) throw faultOf(response.status, body)
  return body as Answer
}
