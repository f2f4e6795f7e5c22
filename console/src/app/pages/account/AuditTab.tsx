import { useQuery } from '@tanstack/react-query'
import { ScrollText } from 'lucide-react'
import { consoleApi, type Schema, unwrap } from '@/api/client'
import { A, useUrlState } from '@/app/links'
import { useScope } from '@/app/scope'
import {
  Card,
  type Column,
  Copyable,
  Empty,
  JsonBlock,
  LoadFault,
  SelectField,
  Skeleton,
  Table,
  Time,
} from '@/ui'
import { Pager } from '@/ui/Pager'
import type { Account } from './account'

type Entry = Schema<'AuditEntry'>

const spans = [
  { value: '1', label: 'Last day' },
  { value: '7', label: 'Last 7 days' },
  { value: '30', label: 'Last 30 days' },
  { value: '90', label: 'Last 90 days' },
]

/** What was done to the account itself. */
export function AuditTab({ account }: { account: Account }) {
  const scope = useScope()
  const [{ days, cursor }, setPlace] = useUrlState({ days: '30', cursor: '' })
  const subject = account._id
  const query = useQuery({
    queryKey: [...scope.key, 'account', account.account_id, 'audit', days, cursor],
    queryFn: () =>
      unwrap(
        consoleApi.GET('/console/api/{app_id}/{environment}/audit', {
          params: {
            path: scope.path,
            query: { subject, days: daysOf(days), limit: 50, ...(cursor && { cursor }) },
          },
        }),
      ),
  })
  const entries = query.data?.entries
  return (
    <Card
      flush
      title="Audit"
      description={
        <>
          Who did what to this account. Its connections are subjects of their own in the{' '}
          <A to="/audit">audit log</A>.
        </>
      }
      actions={
        <SelectField
          label="Time"
          hideLabel
          value={days}
          options={spans}
          onChange={next => void setPlace({ days: next, cursor: '' })}
        />
      }
    >
      {query.isPending ? (
        <Skeleton />
      ) : !entries ? (
        <LoadFault error={query.error} onRetry={() => void query.refetch()} />
      ) : entries.length === 0 ? (
        <Empty icon={<ScrollText />} title="Nothing in this time">
          Creating, changing and deleting the account is recorded here.
        </Empty>
      ) : (
        <Table label="Audit entries" columns={columns} rows={entries} rowKey={entry => entry.id} />
      )}
      <Pager
        key={days}
        cursor={cursor}
        next={query.data?.next_cursor}
        onCursor={next => void setPlace({ cursor: next })}
      />
    </Card>
  )
}

function daysOf(text: string): 1 | 7 | 30 | 90 {
  const days = Number(text)
  return days === 1 || days === 7 || days === 90 ? days : 30
}

const columns: Column<Entry>[] = [
  { name: 'Action', cell: entry => entry.action },
  { name: 'By', cell: entry => entry.actor_name },
  { name: 'From', cell: entry => entry.address && <Copyable text={entry.address} /> },
  {
    name: 'Details',
    cell: entry =>
      Object.keys(entry.details).length > 0 && (
        <details>
          <summary>Show</summary>
          <JsonBlock value={entry.details} label="Details" />
        </details>
      ),
  },
  { name: 'When', end: true, cell: entry => <Time at={entry.created_at} /> },
]
