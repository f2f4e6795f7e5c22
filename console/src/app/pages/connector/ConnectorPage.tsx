import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { ArrowLeft, ExternalLink } from 'lucide-react'
import { A, useUrlState } from '@/app/links'
import { useScope } from '@/app/scope'
import { Badge, Card, LoadFault, Page, Skeleton, Tabs } from '@/ui'
import { ActionsTab } from './ActionsTab'
import style from './Connector.module.css'
import { ConnectorForm } from './ConnectorForm'
import { ConnectorIcon } from './ConnectorIcon'
import { type CatalogueDetail, detailQuery } from './detail'
import { EnableSwitch } from './EnableSwitch'
import { Missing } from './Missing'
import { categoryName } from './words'

/** One connector in one environment: whether customers can use it, and what it takes. */
export function ConnectorPage() {
  const { slug = '' } = useParams({ strict: false })
  const { appId, environment } = useScope()
  const detail = useQuery(detailQuery(appId, environment, slug))
  const back = (
    <A to="/connectors" className={style.back}>
      <ArrowLeft aria-hidden="true" /> Connectors
    </A>
  )
  if (detail.isSuccess) return <Loaded back={back} detail={detail.data} />
  return (
    <Page title={slug} back={back}>
      {detail.isPending ? (
        <Card flush>
          <Skeleton lines={6} />
        </Card>
      ) : (
        <LoadFault error={detail.error} onRetry={() => detail.refetch()} />
      )}
    </Page>
  )
}

function Loaded({ detail, back }: { detail: CatalogueDetail; back: React.ReactNode }) {
  const [{ tab }, setState] = useUrlState({ tab: 'settings' })
  const { entry } = detail
  return (
    <Page
      title={entry.name}
      back={back}
      heading={
        <span className={style.heading}>
          <ConnectorIcon name={entry.name} icon={entry.icon} large />
          {entry.name}
          {entry.kind === 'custom' && <Badge>Custom</Badge>}
        </span>
      }
      description={<About detail={detail} />}
      actions={<EnableSwitch detail={detail} />}
    >
      <Tabs
        label={`Parts of ${entry.name}`}
        value={tab}
        onChange={next => setState({ tab: next })}
        tabs={[
          {
            value: 'settings',
            label: 'Settings',
            content: (
              <div className={style.stack}>
                <Missing detail={detail} />
                <ConnectorForm detail={detail} />
              </div>
            ),
          },
          { value: 'actions', label: 'Actions', content: <ActionsTab detail={detail} /> },
        ]}
      />
    </Page>
  )
}

function About({ detail }: { detail: CatalogueDetail }) {
  const { entry, documentation_url } = detail
  return (
    <>
      {entry.description}
      <span className={style.facts}>
        {entry.categories.map(categoryName).join(', ')}
        {documentation_url && (
          <a href={documentation_url} target="_blank" rel="noreferrer" className={style.outside}>
            Provider's documentation <ExternalLink aria-hidden="true" />
          </a>
        )}
      </span>
    </>
  )
}
