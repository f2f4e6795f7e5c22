import { useEffect, useEffectEvent, useState } from 'react'
import { send, unwrap } from '@/api/client'
import { faultText } from '@/api/fault'
import { type Scope, useScope } from '@/app/scope'
import { type ConnectionEvent, useRefreshAccount } from './account'
import type { Way } from './ways'

type Device = { attempt: string; code: string; url: string; interval: number }

export type Connecting =
  | { state: 'idle' }
  | { state: 'waiting'; url: string; blocked: boolean; after: string | undefined }
  | { state: 'device'; device: Device }
  | { state: 'connected' }
  | { state: 'failed'; problem: string }

type Target = { accountId: string; slug: string; connectionId?: string; isNew: boolean }
type Values = Record<string, string | number | boolean>

type Begun = {
  auth_url: string
  device_attempt?: string
  user_code?: string
  verification_uri?: string
  verification_uri_complete?: string | null
  interval?: number
}

const POLL_MS = 2000
const WINDOW = 'popup,width=560,height=720'

/** Connecting one account to one application, up to where the server says how it went. */
export function useConnecting(target: Target) {
  const scope = useScope()
  const refresh = useRefreshAccount(target.accountId)
  const [now, setNow] = useState<Connecting>({ state: 'idle' })

  const end = (next: Connecting) => {
    setNow(next)
    void refresh()
  }
  const start = async (way: Way, values: Values) => {
    if (way.method !== 'redirect' && way.method !== 'device_code') {
      await save(scope, target, way, values)
      return end({ state: 'connected' })
    }
    // Browsers let a window open only while the click is being handled.
    const opened = way.method === 'redirect' ? window.open('', '_blank', WINDOW) : null
    try {
      const after = (await newest(scope, target))?._id
      const begun = await begin(scope, target, way, values)
      if (begun.device_attempt) setNow({ state: 'device', device: deviceOf(begun) })
      else {
        if (opened) opened.location.href = begun.auth_url
        setNow({ state: 'waiting', url: begun.auth_url, blocked: !opened, after })
      }
    } catch (error) {
      opened?.close()
      throw error
    }
  }

  const look = useEffectEvent(async () => {
    try {
      if (now.state === 'device') {
        if (await deviceDone(scope, target, now.device)) end({ state: 'connected' })
      } else if (now.state === 'waiting') {
        const event = await newest(scope, target)
        if (event && event._id !== now.after) end(outcome(event))
      }
    } catch (error) {
      if (now.state === 'device') end({ state: 'failed', problem: faultText(error) })
    }
  })
  const wait =
    now.state === 'device' ? now.device.interval * 1000 : now.state === 'waiting' ? POLL_MS : 0
  useEffect(() => {
    if (!wait) return
    const timer = setInterval(() => void look(), wait)
    // The last page of the consent says that it has ended; what came of it the server says.
    const onMessage = (event: MessageEvent) => {
      if (event.data?.type === 'trunnel:oauth') void look()
    }
    window.addEventListener('message', onMessage)
    return () => {
      clearInterval(timer)
      window.removeEventListener('message', onMessage)
    }
  }, [wait])

  return { now, start, again: () => setNow({ state: 'idle' }) }
}

function outcome({ event, error }: ConnectionEvent): Connecting {
  if (event === 'Integration Created' || event === 'Reauthenticated') return { state: 'connected' }
  return { state: 'failed', problem: error?.message ?? `The history says: ${event}.` }
}

async function newest(scope: Scope, { accountId, slug }: Target) {
  const params = { path: { slug }, query: { linked_account_id: accountId, limit: 1 } }
  const page = await unwrap(
    scope.api.GET('/api/v2/public/linked-account/integration/{slug}/log', { params }),
  )
  return page.docs[0]
}

const queryOf = ({ accountId, connectionId, isNew }: Target, way: Way) => ({
  linked_account_id: accountId,
  auth_type: way.id,
  ...(connectionId && { connection_id: connectionId }),
  ...(isNew && { new_connection: true }),
})

/** Its fields are query parameters of their own, which the typed client has no words for. */
async function begin(scope: Scope, target: Target, way: Way, values: Values): Promise<Begun> {
  const known = Object.entries({ ...values, ...queryOf(target, way) })
  const query = new URLSearchParams(known.map(([name, value]) => [name, String(value)]))
  const slug = encodeURIComponent(target.slug)
  const place = `/console/api/${scope.appId}/${scope.environment}`
  const path = `${place}/api/v2/public/linked-account/integration/oauth-url/${slug}?${query}`
  return (await send(path)).json()
}

const save = (scope: Scope, target: Target, way: Way, body: Values) =>
  unwrap(
    scope.api.PUT('/api/v2/public/linked-account/integration/save-key-credentials/{slug}', {
      params: { path: { slug: target.slug }, query: queryOf(target, way) },
      body: body as never,
    }),
  )

async function deviceDone(scope: Scope, { accountId, slug }: Target, device: Device) {
  const answer = await unwrap(
    scope.api.POST('/api/v2/public/linked-account/integration/device/{slug}', {
      params: { path: { slug }, query: { linked_account_id: accountId } },
      body: { device_attempt: device.attempt },
    }),
  )
  return answer.connected
}

const deviceOf = (begun: Begun): Device => ({
  attempt: begun.device_attempt ?? '',
  code: begun.user_code ?? '',
  url: begun.verification_uri_complete ?? begun.verification_uri ?? begun.auth_url,
  interval: Math.max(begun.interval ?? 5, 1),
})
