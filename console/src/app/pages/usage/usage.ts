import { useQuery } from '@tanstack/react-query'
import { consoleApi, type Schema, unwrap } from '@/api/client'
import { useScope } from '@/app/scope'

export type Usage = Schema<'Usage'>
export type Counts = Schema<'UsageCounts'>
export type Kind = keyof Counts

/** What is counted, with what people call it and what it is. */
export const kinds: { kind: Kind; name: string; what: string }[] = [
  { kind: 'api_calls', name: 'API calls', what: 'Requests to the public API' },
  { kind: 'actions', name: 'Actions', what: 'Actions run in connected apps' },
  { kind: 'deliveries', name: 'Deliveries', what: 'Webhook notifications sent' },
  { kind: 'events', name: 'Events', what: 'Events received from apps' },
]

export function useUsage(days: number, account: string) {
  const scope = useScope()
  return useQuery({
    queryKey: [...scope.key, 'usage', days, account],
    queryFn: () => {
      const query = { days, ...(account && { linked_account_id: account }) }
      return unwrap(
        consoleApi.GET('/console/api/{app_id}/{environment}/usage', {
          params: { path: scope.path, query },
        }),
      )
    },
  })
}

/** The days as a table for a spreadsheet. */
export function usageCsv(usage: Usage): string {
  const names = kinds.map(({ kind }) => kind)
  const rows = usage.days.map(({ day, counts }) => [day, ...names.map(name => counts[name])])
  return [['day', ...names], ...rows].map(row => `${row.join(',')}\r\n`).join('')
}
