import { useInfiniteQuery } from '@tanstack/react-query'
import { consoleApi, type Schema, unwrap } from '@/api/client'
import { useScope } from '@/app/scope'
import type { Tone } from '@/ui'

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

export type Day = { day: string; entries: AuditEntry[] }

/** Entries under the day, in the reader's time zone, on which they were written. */
export function byDay(entries: AuditEntry[]): Day[] {
  const days: Day[] = []
  for (const entry of entries) {
    const day = new Date(entry.created_at).toDateString()
    const last = days.at(-1)
    if (last?.day === day) last.entries.push(entry)
    else days.push({ day, entries: [entry] })
  }
  return days
}

/** "Today", "Yesterday", or the date with its weekday. */
export function dayName(day: string, now: Date, locale?: string): string {
  if (day === now.toDateString()) return 'Today'
  const yesterday = new Date(now)
  yesterday.setDate(now.getDate() - 1)
  if (day === yesterday.toDateString()) return 'Yesterday'
  return new Date(day).toLocaleDateString(locale, { dateStyle: 'full' })
}

const tones: [RegExp, Tone][] = [
  [/(Deleted|Removed|Expired|Errored|Failed|Locked|Revoked|Disabled)$/, 'bad'],
  [/(Revealed|Regenerated|Rotated|Withdrawn|Reset|Brought)$/, 'warn'],
  [/(Created|Joined|Invited|Imported|Enabled|Reauthenticated|Unlocked)$/, 'good'],
]

export const toneOf = (action: string): Tone =>
  tones.find(([pattern]) => pattern.test(action))?.[1] ?? 'plain'

const kinds: Record<AuditEntry['actor_kind'], string> = {
  member: 'Member',
  api_key: 'API key',
  session: 'Session token',
  customer: 'Customer',
  cli: 'Command line',
  system: 'System',
}

export const kindName = (kind: AuditEntry['actor_kind']) => kinds[kind] ?? kind
