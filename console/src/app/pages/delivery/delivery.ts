import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { consoleApi, type Schema, unwrap } from '@/api/client'
import { type Scope, useScope } from '@/app/scope'

export type Delivery = Schema<'Delivery'>
export type DeliveryDetail = Schema<'DeliveryDetail'>

export type DeliveryFilter = {
  webhook_id: string
  linked_account_id: string
  state: string
  event: string
}

export const noFilter: DeliveryFilter = {
  webhook_id: '',
  linked_account_id: '',
  state: '',
  event: '',
}

/** How often what is on its way is looked at again. */
const WATCH_MS = 3000

const listKey = (scope: Scope) => [...scope.key, 'deliveries'] as const
const oneKey = (scope: Scope, id: string) => [...scope.key, 'delivery', id] as const

/** One page of the log. While one of its deliveries is on its way it is asked for again. */
export function useDeliveries(filter: DeliveryFilter, cursor: string) {
  const scope = useScope()
  const given = Object.entries({ ...filter, cursor }).filter(([, value]) => value)
  return useQuery({
    queryKey: [...listKey(scope), filter, cursor],
    queryFn: ({ signal }) =>
      unwrap(
        consoleApi.GET('/console/api/{app_id}/{environment}/delivery', {
          params: { path: scope.path, query: { ...Object.fromEntries(given), limit: 25 } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: query =>
      query.state.data?.deliveries.some(({ state }) => state === 'pending') && WATCH_MS,
  })
}

export function useDelivery(id: string) {
  const scope = useScope()
  return useQuery({
    queryKey: oneKey(scope, id),
    queryFn: () =>
      unwrap(
        consoleApi.GET('/console/api/{app_id}/{environment}/delivery/{id}', {
          params: { path: { ...scope.path, id } },
        }),
      ),
    refetchInterval: query => query.state.data?.delivery.state === 'pending' && WATCH_MS,
  })
}

/** Asks for the log again, after something was sent. */
export function useRefreshDeliveries() {
  const scope = useScope()
  const client = useQueryClient()
  return () => client.invalidateQueries({ queryKey: listKey(scope) })
}

/** Sends the same message again, as a delivery of its own. */
export function useReplay() {
  const scope = useScope()
  const refresh = useRefreshDeliveries()
  return useMutation({
    mutationFn: (id: string) =>
      unwrap(
        consoleApi.POST('/console/api/{app_id}/{environment}/delivery/{id}/replay', {
          params: { path: { ...scope.path, id } },
        }),
      ),
    onSuccess: () => void refresh(),
  })
}
