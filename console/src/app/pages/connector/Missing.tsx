import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { CircleAlert, CircleCheck } from 'lucide-react'
import type { Environment } from '@/api/client'
import { A } from '@/app/links'
import { useScope } from '@/app/scope'
import { Badge, Marked } from '@/ui'
import style from './Connector.module.css'
import { type CatalogueDetail, detailQuery } from './detail'

/** What keeps customers from connecting: in this environment and, seen from Test, in Live. */
export function Missing({ detail }: { detail: CatalogueDetail }) {
  const { appId, environment } = useScope()
  const slug = detail.entry.slug
  const live = useQuery({
    ...detailQuery(appId, 'live', slug),
    enabled: environment === 'test',
  })
  return (
    <div className={style.missing}>
      <Side environment={environment} name={detail.entry.name} missing={detail.setting.missing} />
      {environment === 'test' && live.data && (
        <Side environment="live" name={detail.entry.name} missing={live.data.setting.missing}>
          <Link to={`/console/${appId}/live/connectors/${slug}`} search={{}}>
            Open in Live
          </Link>
        </Side>
      )}
      {environment === 'live' && detail.setting.missing.length === 0 && (
        <section className={style.side}>
          <p>
            The <A to="/go-live">Go-live checklist</A> says what else a customer needs.
          </p>
        </section>
      )}
    </div>
  )
}

type SideProps = {
  environment: Environment
  name: string
  missing: string[]
  children?: React.ReactNode
}

function Side({ environment, name, missing, children }: SideProps) {
  const ready = missing.length === 0
  const Icon = ready ? CircleCheck : CircleAlert
  return (
    <section className={style.side} data-environment={environment}>
      <h2 className={style.sideTitle}>
        <Icon aria-hidden="true" className={ready ? style.good : style.warn} />
        {ready ? `Customers can connect ${name}` : 'Customers cannot connect yet'}
        <Badge tone="env" dot>
          {environment === 'live' ? 'Live' : 'Test'}
        </Badge>
      </h2>
      {!ready && (
        <ul>
          {missing.map(text => (
            <li key={text}>
              <Marked text={text} />
            </li>
          ))}
        </ul>
      )}
      {!ready && children}
    </section>
  )
}
