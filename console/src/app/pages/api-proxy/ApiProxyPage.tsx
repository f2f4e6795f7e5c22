import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { ArrowLeft } from 'lucide-react'
import type { ReactNode } from 'react'
import { A } from '@/app/links'
import { useScope } from '@/app/scope'
import { useMay } from '@/app/session'
import { Card, LoadFault, Notice, Page, Skeleton } from '@/ui'
import style from './ApiProxy.module.css'
import { ProxyEditor } from './ProxyEditor'
import { proxyQuery } from './proxies'

const NEW = 'new'

/** One API proxy: the request, its fields, and a trial. */
export function ApiProxyPage() {
  const { id = NEW } = useParams({ strict: false })
  const back = (
    <A to="/developer/api-proxies" className={style.back}>
      <ArrowLeft aria-hidden="true" /> API proxies
    </A>
  )
  return id === NEW ? <New back={back} /> : <Existing id={id} back={back} />
}

function New({ back }: { back: ReactNode }) {
  const may = useMay('api_proxies.write')
  if (may) return <ProxyEditor back={back} />
  return (
    <Page title="New API proxy" back={back}>
      <Notice>Your role may not make API proxies.</Notice>
    </Page>
  )
}

function Existing({ id, back }: { id: string; back: ReactNode }) {
  const scope = useScope()
  const may = useMay('api_proxies.read')
  const proxy = useQuery({ ...proxyQuery(scope, id), enabled: may })
  if (proxy.isSuccess) return <ProxyEditor key={proxy.data._id} back={back} proxy={proxy.data} />
  return (
    <Page title="API proxy" back={back}>
      {!may && <Notice>Your role does not see API proxies.</Notice>}
      {may && proxy.isPending && (
        <Card flush>
          <Skeleton lines={6} />
        </Card>
      )}
      {proxy.isError && <LoadFault error={proxy.error} onRetry={() => proxy.refetch()} />}
    </Page>
  )
}
