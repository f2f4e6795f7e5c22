import { Activity } from 'lucide-react'
import { A, useUrlState } from '@/app/links'
import { useMay } from '@/app/session'
import { Button, Card, type Column, Empty, LoadFault, Skeleton, Table, Time } from '@/ui'
import { Pager } from '@/ui/Pager'
import { accountPath } from '../account/accounts'
import { DeliveryFilters } from './DeliveryFilters'
import style from './DeliveryLog.module.css'
import { DeliverySide } from './DeliverySide'
import { DeliveryState } from './DeliveryState'
import { type Delivery, noFilter, useDeliveries } from './delivery'

type DeliveryLogProps = {
  /** On a page of one webhook or one account: only theirs, and no filter for it. */
  webhookId?: string
  accountId?: string
}

/** What was sent, newest first; one opens at the side. The filters live in the address. */
export function DeliveryLog({ webhookId, accountId }: DeliveryLogProps) {
  const mayRead = useMay('logs.read')
  const [place, setPlace] = useUrlState({ ...noFilter, cursor: '', delivery: '' })
  const { cursor, delivery, ...chosen } = place
  const filter = {
    ...chosen,
    ...(webhookId && { webhook_id: webhookId }),
    ...(accountId && { linked_account_id: accountId }),
  }
  const query = useDeliveries(filter, cursor)
  const open = (id: string) => setPlace({ delivery: id })
  const filtered = Object.values(chosen).some(Boolean)
  if (!mayRead) return <NoAccess />
  const columns: Column<Delivery>[] = [
    {
      name: 'Event',
      cell: row => (
        <button type="button" className={style.open} onClick={() => void open(row.id)}>
          {row.event}
        </button>
      ),
    },
    { name: 'State', cell: row => <Outcome delivery={row} /> },
    ...(webhookId
      ? []
      : [
          {
            name: 'Webhook',
            cell: (row: Delivery) => (
              <span className={style.url} title={row.webhook_url}>
                {row.webhook_url}
              </span>
            ),
          },
        ]),
    ...(accountId
      ? []
      : [
          {
            name: 'Account',
            cell: (row: Delivery) =>
              row.linked_account_id && (
                <A to={accountPath(row.linked_account_id)} className={style.account}>
                  {row.linked_account_id}
                </A>
              ),
          },
        ]),
    { name: 'Attempts', end: true, cell: row => row.attempts },
    {
      name: 'Created',
      end: true,
      cell: row => (
        <span className={style.time}>
          <Time at={row.created_at} />
        </span>
      ),
    },
  ]
  const rows = query.data?.deliveries
  return (
    <>
      <Card flush title={webhookId || accountId ? 'Deliveries' : undefined}>
        <DeliveryFilters
          filter={chosen}
          hide={webhookId ? 'webhook' : accountId ? 'account' : undefined}
          onChange={next => void setPlace({ ...next, cursor: '' })}
        />
        {query.isPending ? (
          <Skeleton lines={6} />
        ) : !rows ? (
          <LoadFault error={query.error} onRetry={() => void query.refetch()} />
        ) : rows.length === 0 ? (
          <Nothing
            filtered={filtered || Boolean(cursor)}
            onAll={() => void setPlace({ ...noFilter, cursor: '' })}
          />
        ) : (
          <div className={query.isPlaceholderData ? style.stale : undefined}>
            <Table
              label="Deliveries"
              columns={columns}
              rows={rows}
              rowKey={row => row.id}
              onRow={row => void open(row.id)}
            />
          </div>
        )}
        <Pager
          key={JSON.stringify(filter)}
          cursor={cursor}
          next={query.data?.next_cursor}
          busy={query.isPlaceholderData}
          onCursor={next => void setPlace({ cursor: next })}
        />
      </Card>
      {delivery && <DeliverySide id={delivery} onOpen={open} onClose={() => void open('')} />}
    </>
  )
}

function Outcome({ delivery }: { delivery: Delivery }) {
  const { state, last_error, next_attempt_at } = delivery
  return (
    <div className={style.outcome}>
      <DeliveryState delivery={delivery} />
      {state !== 'delivered' && last_error && <span className={style.quiet}>{last_error}</span>}
      {state === 'pending' && delivery.attempts > 0 && next_attempt_at && (
        <span className={style.quiet}>
          Next attempt <Time at={next_attempt_at} />
        </span>
      )}
    </div>
  )
}

function Nothing({ filtered, onAll }: { filtered: boolean; onAll: () => void }) {
  if (filtered) {
    return (
      <Empty
        icon={<Activity />}
        title="No delivery matches"
        action={<Button onClick={onAll}>Show all deliveries</Button>}
      >
        An account is matched by its whole id.
      </Empty>
    )
  }
  return (
    <Empty icon={<Activity />} title="Nothing was sent yet">
      When something happens that a <A to="/developer/webhooks">webhook</A> wants to hear of, such
      as a customer who connects, it is sent and listed here. A webhook’s page can send a test.
    </Empty>
  )
}

const NoAccess = () => (
  <Empty icon={<Activity />} title="Your role may not see deliveries">
    An owner or admin can give you another role. See <A to="/settings/roles">Roles</A>.
  </Empty>
)
