import { consoleApi, type Schema, unwrap } from '@/api/client'

type GoLive = Schema<'GoLive'>

/** The checklist is about Live, wherever it is looked at. */
export const goLiveQuery = (appId: string) => ({
  queryKey: [appId, 'live', 'go-live'],
  queryFn: () =>
    unwrap(
      consoleApi.GET('/console/api/{app_id}/{environment}/go-live', {
        params: { path: { app_id: appId, environment: 'live' } },
      }),
    ),
})

/** How many points are not done, and how many of them block customers. */
export function openItems(list: GoLive) {
  const items = [...list.items, ...list.connectors.flatMap(connector => connector.items)]
  return {
    all: items.length,
    open: items.filter(item => item.state !== 'done').length,
    blocking: items.filter(item => item.state === 'blocking').length,
  }
}
