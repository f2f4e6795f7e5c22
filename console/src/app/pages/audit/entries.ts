import { useInfiniteQuery } from '@tanstack/react-query'
import { consoleApi, type Schema, unwrap } from '@/api/client'
import { useScope } from '@/app/scope'

export type AuditEntry = Schema<'AuditEntry'>

export type Filters = { days: string; action: string; actor: string; subject: string }

export const noFilters: Filters = { days: '7', action: '', actor: '', subject: '' }

const lengths = [1, 7, 30, 90] as const

/** The filters as the server takes them; a number of days that it does not know is the usual one. */
export function auditQuery({ days, action, actor, subject }: Filters) {
  return {
    days: lengths.find(length => String(length) === days) ?? 7,
    ...(action && { action }),
    ...(actor && { actor }),
    ...(subject && { subject }),
  }
}

export function useAudit(filters: Filters) {
  const scope = useScope()
  return useInfiniteQuery({
    queryKey: [...scope.key, 'audit', filters],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => {
      const query = { ...auditQuery(filters), ...(pageParam && { cursor: pageParam }) }
      return unwrap(
        consoleApi.GET('/console/api/{app_id}/{environment}/audit', {
          params: { path: scope.path, query },
        }),
      )
    },
    getNextPageParam: page => page.next_cursor ?? undefined,
  })
}

const kinds: Record<AuditEntry['actor_kind'], string> = {
  member: 'Member',
  api_key: 'API key',
  session: 'Session token',
  customer: 'Customer',
  cli: 'Command line',
  system: 'System',
}

export const kindName = (kind: AuditEntry['actor_kind']) => kinds[kind] ?? kind
