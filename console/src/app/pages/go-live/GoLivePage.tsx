import { useQuery } from '@tanstack/react-query'
import { Rocket } from 'lucide-react'
import type { Schema } from '@/api/client'
import { useScope } from '@/app/scope'
import { Badge, Card, Empty, LoadFault, Notice, Page, Skeleton } from '@/ui'
import { CheckItem } from './CheckItem'
import style from './GoLive.module.css'
import { goLiveQuery, openItems } from './goLive'
import { placeOf } from './places'

type GoLive = Schema<'GoLive'>

/** What Live still needs before customers use it. It is computed, and stops nothing. */
export function GoLivePage() {
  const { appId } = useScope()
  const list = useQuery(goLiveQuery(appId))
  return (
    <Page
      title="Go-live checklist"
      description="What Live needs before your customers use it, read from what is really there. It warns and stops nothing; each point is done as soon as the server sees it."
    >
      {list.isPending && (
        <Card flush>
          <Skeleton lines={6} />
        </Card>
      )}
      {list.isError && <LoadFault error={list.error} onRetry={() => list.refetch()} />}
      {list.isSuccess && <Checklist list={list.data} />}
    </Page>
  )
}

function Checklist({ list }: { list: GoLive }) {
  return (
    <>
      <Verdict list={list} />
      <Card title="Your app" flush>
        <ul className={style.items}>
          {list.items.map(item => (
            <CheckItem key={item.item} item={item} place={placeOf(item.item)} />
          ))}
        </ul>
      </Card>
      <div className={style.heading}>
        <h2>Connectors in Live</h2>
        <p>Each connector that is enabled in Live.</p>
      </div>
      {list.connectors.length === 0 && (
        <Card flush>
          <Empty icon={<Rocket aria-hidden="true" />} title="No connector is enabled in Live">
            Enable the first one on its page, in Live. What it still needs is then listed here.
          </Empty>
        </Card>
      )}
      {list.connectors.map(connector => (
        <Card
          key={connector.slug}
          flush
          title={
            <span className={style.name}>
              {connector.name}
              <Readiness items={connector.items} />
            </span>
          }
        >
          <ul className={style.items}>
            {connector.items.map(item => (
              <CheckItem key={item.item} item={item} place={placeOf(item.item, connector.slug)} />
            ))}
          </ul>
        </Card>
      ))}
    </>
  )
}

function Verdict({ list }: { list: GoLive }) {
  const { open, blocking } = openItems(list)
  if (list.ready && open === 0) {
    return (
      <Notice tone="good" title="Live is ready for your customers.">
        Every point is done.
      </Notice>
    )
  }
  if (blocking > 0) {
    return (
      <Notice
        tone="warn"
        title={blocking === 1 ? '1 point blocks customers' : `${blocking} points block customers`}
      >
        {open - blocking > 0
          ? `${open - blocking} more should be done before you go live.`
          : 'Everything else is done.'}
      </Notice>
    )
  }
  return (
    <Notice
      tone="plain"
      title={open === 1 ? '1 point is still to do' : `${open} points are still to do`}
    >
      Nothing blocks customers.
    </Notice>
  )
}

function Readiness({ items }: { items: GoLive['items'] }) {
  const blocking = items.some(item => item.state === 'blocking')
  const open = items.filter(item => item.state !== 'done').length
  if (open === 0) return <Badge tone="good">Ready</Badge>
  return <Badge tone={blocking ? 'bad' : 'warn'}>{blocking ? 'Blocked' : `${open} to do`}</Badge>
}
