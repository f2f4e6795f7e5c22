import { useQueryClient } from '@tanstack/react-query'
import { consoleApi, type Environment, type Schema, unwrap } from '@/api/client'
import { type Scope, useScope } from '@/app/scope'

export type CatalogueDetail = Schema<'CatalogueDetail'>
export type ConnectorChange = Schema<'ConnectorChange'>

/** A connector as one environment of this app has set it up. */
export const detailQuery = (appId: string, environment: Environment, slug: string) => ({
  queryKey: [appId, environment, 'catalogue', slug],
  queryFn: () =>
    unwrap(
      consoleApi.GET('/console/api/{app_id}/{environment}/catalogue/{slug}', {
        params: { path: { app_id: appId, environment, slug } },
      }),
    ),
})

/** Saves a change of a connector; everything that shows its state is asked for again. */
export function useChangeConnector(slug: string) {
  const scope = useScope()
  const queries = useQueryClient()
  return async (change: ConnectorChange) => {
    const saved = await putConnector(scope, slug, change)
    const stale = ['catalogue', 'application', 'go-live'].map(noun =>
      queries.invalidateQueries({ queryKey: [...scope.key, noun] }),
    )
    await Promise.all(stale)
    return saved
  }
}

const putConnector = (scope: Scope, slug: string, change: ConnectorChange) =>
  unwrap(
    scope.api.PUT('/api/v2/public/connector/{slug}', {
      params: { path: { slug } },
      body: change,
    }),
  )
