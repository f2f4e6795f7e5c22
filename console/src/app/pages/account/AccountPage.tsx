import { useParams } from '@tanstack/react-router'
import { UsersRound } from 'lucide-react'
import { isFault } from '@/api/client'
import { A, useUrlState } from '@/app/links'
import { useMay } from '@/app/session'
import { Unsaved } from '@/app/Unsaved'
import { Badge, Copyable, Empty, LoadFault, Page, Skeleton, Tabs, Time } from '@/ui'
import { DeliveryLog } from '../delivery/DeliveryLog'
import { AccessTab } from './AccessTab'
import style from './AccountPage.module.css'
import { AuditTab } from './AuditTab'
import { type Account, useAccount } from './account'
import { ConnectionsTab } from './ConnectionsTab'
import { DetailsTab } from './DetailsTab'
import { useDetailsForm } from './details'

/** One customer: what is connected, what happened, who may act for it. */
export function AccountPage() {
  const { accountId = '' } = useParams({ strict: false })
  const query = useAccount(accountId)
  const back = <A to="/accounts">Linked accounts</A>
  if (query.data) return <Known key={query.data._id} account={query.data} back={back} />
  if (query.isPending) {
    return (
      <Page title={accountId} back={back}>
        <Skeleton lines={6} />
      </Page>
    )
  }
  return (
    <Page title={accountId} back={back}>
      {isFault(query.error, 'RESOURCE_NOT_FOUND') || isGone(query.error) ? (
        <Empty icon={<UsersRound />} title="There is no such account here">
          It may have been deleted, or be in the other environment.
        </Empty>
      ) : (
        <LoadFault error={query.error} onRetry={() => void query.refetch()} />
      )}
    </Page>
  )
}

const isGone = (error: unknown) =>
  typeof error === 'object' && error !== null && 'status' in error && error.status === 404

function Known({ account, back }: { account: Account; back: React.ReactNode }) {
  const [{ tab }, setPlace] = useUrlState({ tab: 'connections' })
  const details = useDetailsForm(account)
  const mayLogs = useMay('logs.read')
  const mayAudit = useMay('audit.read')
  const tabs = [
    {
      value: 'connections',
      label: 'Connections',
      content: <ConnectionsTab account={account} />,
    },
    ...(mayLogs
      ? [
          {
            value: 'deliveries',
            label: 'Deliveries',
            content: <DeliveryLog accountId={account.account_id} />,
          },
        ]
      : []),
    ...(mayAudit
      ? [{ value: 'audit', label: 'Audit', content: <AuditTab account={account} /> }]
      : []),
    { value: 'access', label: 'Access', content: <AccessTab account={account} /> },
    {
      value: 'details',
      label: 'Details',
      content: <DetailsTab account={account} form={details} />,
    },
  ]
  const shown = tabs.some(({ value }) => value === tab) ? tab : 'connections'
  return (
    <Page
      title={account.name || account.account_id}
      back={back}
      description={
        <span className={style.about}>
          <Copyable text={account.account_id} label="Copy the id" />
          {account.scope && <Badge>{account.scope}</Badge>}
          <span>
            Created <Time at={account.createdAt} />
          </span>
        </span>
      }
    >
      <Unsaved when={details.dirty && !details.busy} />
      <div className={style.tabs}>
        <Tabs
          label="About the account"
          value={shown}
          tabs={tabs}
          // What one tab has put into the address means nothing in another.
          onChange={next => void setPlace({ ...cleared, tab: next })}
        />
      </div>
    </Page>
  )
}

const cleared: Record<string, string> = {
  cursor: '',
  days: '',
  delivery: '',
  timeline: '',
  connection: '',
  state: '',
  event: '',
  webhook_id: '',
}
