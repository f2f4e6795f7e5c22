import { useQuery } from '@tanstack/react-query'
import { unwrap } from '@/api/client'
import { A } from '@/app/links'
import { useScope } from '@/app/scope'
import { Badge, Card, LoadFault, Skeleton, Table, Time } from '@/ui'
import style from './Home.module.css'

const SHOWN = 5

/** Connections that will stop working soon unless somebody does something. */
export function AtRisk() {
  const scope = useScope()
  const risks = useQuery({
    queryKey: [...scope.key, 'connection', 'at-risk'],
    queryFn: () =>
      unwrap(
        scope.api.GET('/api/v2/public/connection/at-risk', { params: { query: { limit: 100 } } }),
      ),
  })
  const docs = risks.data?.docs ?? []
  const more = risks.data?.next_cursor ? '+' : ''
  return (
    <Card
      title="Connections at risk"
      description="What stops working within seven days, or lacks something already."
      actions={docs.length > 0 && <Badge tone="warn">{`${docs.length}${more}`}</Badge>}
      flush={docs.length > 0}
    >
      {risks.isPending && <Skeleton lines={2} />}
      {risks.isError && <LoadFault error={risks.error} onRetry={() => risks.refetch()} />}
      {risks.isSuccess && docs.length === 0 && <p className={style.quiet}>None.</p>}
      {docs.length > 0 && (
        <Table
          label="Connections at risk"
          rows={docs.slice(0, SHOWN)}
          rowKey={row => row.connection_id}
          columns={[
            {
              name: 'Linked account',
              cell: row => (
                <A to={`/accounts/${encodeURIComponent(row.linked_account_id)}`}>
                  {row.linked_account_id}
                </A>
              ),
            },
            { name: 'Connector', cell: row => <A to={`/connectors/${row.slug}`}>{row.slug}</A> },
            { name: 'What threatens it', cell: row => row.risks[0]?.message },
            { name: 'When', cell: row => (row.at ? <Time at={row.at} /> : 'Now') },
          ]}
        />
      )}
      {docs.length > SHOWN && (
        <p className={style.rest}>
          {docs.length - SHOWN}
          {more} more, answered by <code>GET /api/v2/public/connection/at-risk</code>.
        </p>
      )}
    </Card>
  )
}
