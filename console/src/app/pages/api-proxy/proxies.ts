import type { Schema } from '@/api/client'
import { unwrap } from '@/api/client'
import type { Scope } from '@/app/scope'

export type ApiProxy = Schema<'ApiProxy'>

export const proxiesQuery = (scope: Scope) => ({
  queryKey: [...scope.key, 'api-proxy'],
  queryFn: () => unwrap(scope.api.GET('/api/v2/public/api-proxy')),
})

export const proxyQuery = (scope: Scope, id: string) => ({
  queryKey: [...scope.key, 'api-proxy', id],
  queryFn: () =>
    unwrap(scope.api.GET('/api/v2/public/api-proxy/{id}', { params: { path: { id } } })),
})

/** Base URL and endpoint as the server puts them together. */
export function addressOf({ base_url, endpoint }: ApiProxy['request']): string {
  const base = base_url.trim().replace(/\/+$/, '')
  const rest = (endpoint ?? '').trim()
  return base + (rest === '' || /^[/?]/.test(rest) ? '' : '/') + rest
}
