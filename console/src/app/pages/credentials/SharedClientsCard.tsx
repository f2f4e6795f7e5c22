import { useQuery } from '@tanstack/react-query'
import { consoleApi, unwrap } from '@/api/client'
import { A } from '@/app/links'
import { useScope } from '@/app/scope'
import { Card, Copyable, LoadFault, Skeleton, Table } from '@/ui'
import style from './Credentials.module.css'

/** OAuth clients that the operator of this server lends to every app, in Test. */
export function SharedClientsCard() {
  const { appId } = useScope()
  const clients = useQuery({
    queryKey: [appId, 'shared-client'],
    queryFn: () =>
      unwrap(
        consoleApi.GET('/console/api/{app_id}/shared-client', {
          params: { path: { app_id: appId } },
        }),
      ),
  })
  const rows = clients.data?.shared_clients ?? []
  return (
    <Card
      title="Shared test clients"
      description="OAuth clients of this server's operator, so that customers can connect in Test before you have your own. Live never uses them."
      flush={rows.length > 0}
    >
      {clients.isPending && <Skeleton lines={2} />}
      {clients.isError && <LoadFault error={clients.error} onRetry={() => clients.refetch()} />}
      {clients.isSuccess && rows.length === 0 && (
        <p className={style.quiet}>
          The operator has set up none. Enter your own client on the connector's page.
        </p>
      )}
      {rows.length > 0 && (
        <Table
          label="Shared test clients"
          rows={rows}
          rowKey={row => row.slug}
          columns={[
            {
              name: 'Connector',
              cell: row => <A to={`/connectors/${row.slug}`}>{row.name}</A>,
            },
            {
              name: 'Client id',
              cell: row => <Copyable text={row.client_id} label="Copy client id" />,
            },
          ]}
        />
      )}
    </Card>
  )
}
