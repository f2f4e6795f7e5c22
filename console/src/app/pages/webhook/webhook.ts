import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type Schema, unwrap } from '@/api/client'
import { type Scope, useScope } from '@/app/scope'
import { useMay } from '@/app/session'

export type Webhook = Schema<'Webhook'>
export type WebhookEvent = Schema<'WebhookEvent'>
export type WebhookChange = Schema<'WebhookChange'>

/** The events that something sends, each with when. */
export const events: { name: WebhookEvent; when: string }[] = [
  { name: 'Connection Created', when: 'A customer has connected an app.' },
  { name: 'Connection Deleted', when: 'A connection was removed.' },
  { name: 'Connection Expired', when: 'An app has ended the access; the customer must reconnect.' },
  { name: 'Trigger Received', when: 'An app has told of something that happened there.' },
]

export const eventNames = events.map(event => event.name)

const listKey = (scope: Scope) => [...scope.key, 'webhooks'] as const

/** All of the environment's webhooks; there are at most a hundred. */
export function useWebhooks() {
  const scope = useScope()
  const mayRead = useMay('webhooks.read')
  return useQuery({
    queryKey: listKey(scope),
    queryFn: () => unwrap(scope.api.GET('/api/v2/public/webhook')),
    enabled: mayRead,
  })
}

export function useWebhook(id: string) {
  const scope = useScope()
  const mayRead = useMay('webhooks.read')
  return useQuery({
    queryKey: [...listKey(scope), id],
    queryFn: () =>
      unwrap(scope.api.GET('/api/v2/public/webhook/{id}', { params: { path: { id } } })),
    enabled: mayRead,
  })
}

/** Changes a webhook and puts the server's answer where it is shown. */
export function useChangeWebhook() {
  const scope = useScope()
  const client = useQueryClient()
  return async (id: string, body: WebhookChange) => {
    const params = { path: { id } }
    const webhook = await unwrap(scope.api.PUT('/api/v2/public/webhook/{id}', { params, body }))
    client.setQueryData([...listKey(scope), id], webhook)
    await client.invalidateQueries({ queryKey: listKey(scope), exact: true })
    return webhook
  }
}

/** Asks for the list again after one has come or gone. */
export function useRefreshWebhooks() {
  const scope = useScope()
  const client = useQueryClient()
  return () => client.invalidateQueries({ queryKey: listKey(scope), exact: true })
}
