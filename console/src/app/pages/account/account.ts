import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { type Schema, unwrap } from '@/api/client'
import { type Scope, useScope } from '@/app/scope'

export type Account = Awaited<ReturnType<typeof accountIn>>
export type Connection = Schema<'Connection'>
export type ConnectionEvent = Schema<'ConnectionEvent'>
export type Application = Schema<'Application'>

/** The start of every key of what belongs to one account. */
const accountKey = (scope: Scope, id: string) => [...scope.key, 'account', id] as const

const accountIn = (api: Scope['api'], linked_account_id: string) =>
  unwrap(
    api.GET('/api/v2/public/linked-account/{linked_account_id}', {
      params: { path: { linked_account_id } },
    }),
  )

export function useAccount(id: string) {
  const scope = useScope()
  return useQuery({
    queryKey: [...accountKey(scope, id), 'itself'],
    queryFn: () => accountIn(scope.api, id),
  })
}

/** Asks again for everything that is shown of an account. */
export function useRefreshAccount(id: string) {
  const scope = useScope()
  const client = useQueryClient()
  return () => client.invalidateQueries({ queryKey: accountKey(scope, id) })
}

/** The account's connections; an id goes as query because a header cannot hold every character. */
export function useConnections(id: string) {
  const scope = useScope()
  return useInfiniteQuery({
    queryKey: [...accountKey(scope, id), 'connections'],
    queryFn: ({ pageParam }) =>
      unwrap(
        scope.api.GET('/api/v2/public/connection', {
          params: {
            query: { linked_account_id: id, limit: 50, ...(pageParam && { cursor: pageParam }) },
          },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: page => page.next_cursor,
  })
}

/** What happened to the account's connections to one application, newest first. */
export function useTimeline(id: string, slug: string) {
  const scope = useScope()
  return useInfiniteQuery({
    queryKey: [...accountKey(scope, id), 'timeline', slug],
    queryFn: ({ pageParam }) =>
      unwrap(
        scope.api.GET('/api/v2/public/linked-account/integration/{slug}/log', {
          params: {
            path: { slug },
            query: { linked_account_id: id, limit: 50, ...(pageParam && { cursor: pageParam }) },
          },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: page => page.next_cursor,
  })
}

/** What the account can connect, by slug. */
export function useApplications(id: string, enabled = true) {
  const scope = useScope()
  return useQuery({
    queryKey: [...accountKey(scope, id), 'applications'],
    queryFn: async () => {
      const query = { linked_account_id: id }
      const found = await unwrap(scope.api.GET('/api/v2/public/application', { params: { query } }))
      return Array.isArray(found) ? found : [found]
    },
    enabled,
  })
}

/** One application with the ways to connect it. */
export function useApplication(id: string, slug: string) {
  const scope = useScope()
  return useQuery({
    queryKey: [...accountKey(scope, id), 'application', slug],
    queryFn: () =>
      unwrap(
        scope.api.GET('/api/v2/public/application/{slug}', {
          params: { path: { slug }, query: { linked_account_id: id } },
        }),
      ),
  })
}

/** Whom the provider says it is, in one line. */
export function identifierText(identifier: unknown): string {
  if (identifier === null || identifier === undefined) return ''
  return typeof identifier === 'string' ? identifier : JSON.stringify(identifier)
}

export const needsReconnect = (connection: Connection) =>
  connection.reauth_required || connection.needs_consent
