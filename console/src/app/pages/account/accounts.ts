import {
  keepPreviousData,
  type Query,
  useInfiniteQuery,
  useQueryClient,
} from '@tanstack/react-query'
import { useMemo } from 'react'
import { consoleApi, type Schema, unwrap } from '@/api/client'
import { type Scope, useScope } from '@/app/scope'

export type AccountEntry = Schema<'AccountEntry'>

export const PAGE = 100

/** The address of an account's page; the developer's id may hold any character. */
export const accountPath = (accountId: string) => `/accounts/${encodeURIComponent(accountId)}`

const listKey = (scope: Scope) => [...scope.key, 'accounts'] as const

/** Loading a long list again page by page would cost more than it tells. */
const isShort = (query: Query<never, never, never, never>) => {
  const data = query.state.data as { pages: unknown[] } | undefined
  return (data?.pages.length ?? 0) <= 2
}

/** The environment's accounts as far as they have been scrolled to. */
export function useAccounts(filter: { search: string; scope: string }) {
  const scope = useScope()
  const query = useInfiniteQuery({
    queryKey: [...listKey(scope), filter],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        consoleApi.GET('/console/api/{app_id}/{environment}/account', {
          params: {
            path: scope.path,
            query: {
              limit: PAGE,
              ...(filter.search && { search: filter.search }),
              ...(filter.scope && { scope: filter.scope }),
              ...(pageParam && { cursor: pageParam }),
            },
          },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: page => page.next_cursor,
    placeholderData: keepPreviousData,
    // Comparing every known row with itself after each page would be felt.
    structuralSharing: false,
    refetchOnMount: isShort as never,
    refetchOnWindowFocus: isShort as never,
    refetchOnReconnect: isShort as never,
  })
  const accounts = useMemo(() => query.data?.pages.flatMap(page => page.accounts), [query.data])
  return { ...query, accounts, total: query.data?.pages[0]?.total }
}

/** Starts the lists anew after accounts have come, changed or gone. */
export function useRefreshAccounts() {
  const scope = useScope()
  const client = useQueryClient()
  return () => client.resetQueries({ queryKey: listKey(scope) })
}
