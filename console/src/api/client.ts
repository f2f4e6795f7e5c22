import createClient, { type Middleware } from 'openapi-fetch'
import { Fault, faultOf } from './fault'
import type { components, paths } from './schema'

export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name]
export type Environment = 'test' | 'live'

let csrfToken: string | null = null

/** The token that every change must carry; it comes with the session. */
export const setCsrfToken = (token: string | null) => {
  csrfToken = token
}

type Listener = () => void
const signedOut = new Set<Listener>()

/** Called when an answer says that the session has ended. */
export const onSignedOut = (listener: Listener) => {
  signedOut.add(listener)
  return () => {
    signedOut.delete(listener)
  }
}

const session: Middleware = {
  onRequest({ request }) {
    if (csrfToken) request.headers.set('x-csrf-token', csrfToken)
    return request
  },
  async onResponse({ response }) {
    if (response.status !== 401) return
    const body = await response
      .clone()
      .json()
      .catch(() => undefined)
    if (faultOf(401, body).code !== 'NOT_SIGNED_IN') return
    for (const listener of signedOut) listener()
  },
}

/** The Console's own routes, which name app and environment in the path. */
export const consoleApi = createClient<paths>({ credentials: 'same-origin' })
consoleApi.use(session)

/** The public API as one app's environment sees it, for the member who is signed in. */
export function publicApi(appId: string, environment: Environment) {
  const baseUrl = `/console/api/${appId}/${environment}`
  const client = createClient<paths>({ baseUrl, credentials: 'same-origin' })
  client.use(session)
  return client
}

type Answer<Data> = { data?: Data; error?: unknown; response: Response }

/** The data of an answer, or its fault thrown. */
export async function unwrap<Data>(answer: Promise<Answer<Data>>): Promise<Data> {
  const { data, error, response } = await answer
  if (response.ok) return data as Data
  throw faultOf(response.status, error)
}

export const isFault = (error: unknown, code: string): error is Fault =>
  error instanceof Fault && error.code === code

/** For what openapi-fetch does not speak: files and streams. Throws the fault of a refusal. */
export async function send(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers)
  if (csrfToken) headers.set('x-csrf-token', csrfToken)
  const response = await fetch(path, { ...init, headers, credentials: 'same-origin' })
  if (response.ok) return response
  throw faultOf(response.status, await response.json().catch(() => undefined))
}
