import { useQuery } from '@tanstack/react-query'
import { Plus, Route } from 'lucide-react'
import { useDeferredValue } from 'react'
import { curl } from '@/app/curl'
import { A, useGo, useUrlState } from '@/app/links'
import { useScope } from '@/app/scope'
import { useMay } from '@/app/session'
import {
  Badge,
  buttonClass,
  Card,
  Copyable,
  Empty,
  LoadFault,
  Notice,
  Page,
  Skeleton,
  Table,
  TextField,
  Time,
} from '@/ui'
import style from './ApiProxy.module.css'
import { type ApiProxy, addressOf, proxiesQuery } from './proxies'

/** Named requests to the developer's own API, made as one customer. */
export function ApiProxiesPage() {
  const mayRead = useMay('api_proxies.read')
  const mayWrite = useMay('api_proxies.write')
  return (
    <Page
      title="API proxies"
      description="Named requests to your own API, made as one of your customers with the credential that is stored for that customer."
      actions={
        mayWrite && (
          <A to="/developer/api-proxies/new" className={buttonClass({ kind: 'primary' })}>
            <Plus aria-hidden="true" /> New proxy
          </A>
        )
      }
    >
      {mayRead ? <Proxies /> : <Notice>Your role does not see API proxies.</Notice>}
    </Page>
  )
}

function Proxies() {
  const scope = useScope()
  const proxies = useQuery(proxiesQuery(scope))
  if (proxies.isError) return <LoadFault error={proxies.error} onRetry={() => proxies.refetch()} />
  if (proxies.isPending) {
    return (
      <Card flush>
        <Skeleton lines={4} />
      </Card>
    )
  }
  if (proxies.data.length === 0) return <None />
  return <List proxies={proxies.data} />
}

function List({ proxies }: { proxies: ApiProxy[] }) {
  const go = useGo()
  const [{ search }, setState] = useUrlState({ search: '' })
  const wanted = useDeferredValue(search.trim().toLowerCase())
  const found = proxies.filter(proxy =>
    `${proxy.name} ${proxy.action_id} ${addressOf(proxy.request)}`.toLowerCase().includes(wanted),
  )
  return (
    <>
      {proxies.length > 5 && (
        <TextField
          type="search"
          label="Search API proxies"
          hideLabel
          placeholder={`Search ${proxies.length} API proxies`}
          value={search}
          onChange={text => setState({ search: text })}
        />
      )}
      <Card flush>
        {found.length === 0 ? (
          <Empty icon={<Route aria-hidden="true" />} title="No API proxy matches">
            Try fewer letters.
          </Empty>
        ) : (
          <Table
            label="API proxies"
            rows={found}
            rowKey={proxy => proxy._id}
            onRow={proxy => void go(`/developer/api-proxies/${proxy._id}`)}
            columns={[
              {
                name: 'Name',
                cell: proxy => <A to={`/developer/api-proxies/${proxy._id}`}>{proxy.name}</A>,
              },
              {
                name: 'Action id',
                cell: proxy => <Copyable text={proxy.action_id} label="Copy action id" />,
              },
              {
                name: 'Request',
                cell: proxy => (
                  <span className={style.request}>
                    <Badge>{proxy.request.method ?? 'GET'}</Badge>
                    <code>{addressOf(proxy.request)}</code>
                  </span>
                ),
              },
              { name: 'Changed', cell: proxy => <Time at={proxy.updatedAt} /> },
            ]}
          />
        )}
      </Card>
    </>
  )
}

function None() {
  const { environment, environmentName } = useScope()
  return (
    <Card flush>
      <Empty
        icon={<Route aria-hidden="true" />}
        title={`No API proxies in ${environmentName} yet`}
        command={curl({
          environment,
          method: 'POST',
          path: '/api/v2/public/api-proxy',
          body: {
            name: 'Get a thing',
            fields: [{ name: 'id', type: 'Text', required: true }],
            request: {
              method: 'GET',
              base_url: 'https://api.example.com/v1',
              endpoint: '/things/{id}',
            },
          },
        })}
      >
        A proxy is one request to your API that your server, a customer's browser or a workflow can
        make by its name, as one customer.
      </Empty>
    </Card>
  )
}
