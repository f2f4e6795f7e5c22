import { Cable, History, Plus, RefreshCw, Unplug } from 'lucide-react'
import { useState } from 'react'
import { unwrap } from '@/api/client'
import { useUrlState } from '@/app/links'
import { useScope } from '@/app/scope'
import { useMay } from '@/app/session'
import {
  Badge,
  Button,
  Card,
  type Column,
  Confirm,
  classes,
  Empty,
  LoadFault,
  Menu,
  Skeleton,
  Table,
  Time,
  toast,
} from '@/ui'
import {
  type Account,
  type Connection,
  identifierText,
  needsReconnect,
  useConnections,
  useRefreshAccount,
} from './account'
import { ConnectDialog } from './ConnectDialog'
import style from './ConnectionsTab.module.css'
import { PickConnector } from './PickConnector'
import { Timeline } from './Timeline'

type Open =
  | { what: 'connect' | 'history' }
  | { what: 'new'; slug: string }
  | { what: 'reconnect' | 'disconnect'; connection: Connection }

/** What the account is connected to. */
export function ConnectionsTab({ account }: { account: Account }) {
  const id = account.account_id
  const query = useConnections(id)
  const mayWrite = useMay('accounts.write')
  const mayLogs = useMay('logs.read')
  const [open, setOpen] = useState<Open>()
  const [place, setPlace] = useUrlState({ timeline: '', connection: '' })
  const connections = query.data?.pages.flatMap(page => page.docs)
  const nameOf = (connection: Connection) =>
    account.integrations.find(known => known._id === connection._id)?.name ?? connection.slug
  const close = () => setOpen(undefined)
  const timeline = (slug: string, connection = '') => setPlace({ timeline: slug, connection })
  const connect = (
    <Button onClick={() => setOpen({ what: 'connect' })}>
      <Plus aria-hidden="true" /> Connect an app
    </Button>
  )
  const columns: Column<Connection>[] = [
    {
      name: 'Connector',
      cell: connection => <Name connection={connection} name={nameOf(connection)} />,
    },
    {
      name: 'Identifier',
      cell: ({ identifier }) => (
        <span className={style.identifier} title={identifierText(identifier)}>
          {identifierText(identifier) || <span className={style.quiet}>Not told</span>}
        </span>
      ),
    },
    { name: 'Status', cell: connection => <Status connection={connection} /> },
    { name: 'Connected', cell: ({ connectedAt }) => <Time at={connectedAt} /> },
    {
      name: 'Actions',
      hideName: true,
      end: true,
      cell: connection => (
        <div className={style.actions}>
          {mayWrite && needsReconnect(connection) && (
            <Button small onClick={() => setOpen({ what: 'reconnect', connection })}>
              Reconnect
            </Button>
          )}
          <Menu
            label={`Actions of ${nameOf(connection)}`}
            entries={[
              ...(mayLogs
                ? [
                    {
                      label: 'Timeline',
                      icon: <History />,
                      onSelect: () => void timeline(connection.slug, connection.connection_id),
                    },
                  ]
                : []),
              ...(mayWrite
                ? [
                    {
                      label: 'Reconnect',
                      icon: <RefreshCw />,
                      onSelect: () => setOpen({ what: 'reconnect', connection }),
                    },
                    'separator' as const,
                    {
                      label: 'Disconnect',
                      icon: <Unplug />,
                      danger: true,
                      onSelect: () => setOpen({ what: 'disconnect', connection }),
                    },
                  ]
                : []),
            ]}
          />
        </div>
      ),
    },
  ]
  return (
    <>
      <Card
        flush
        title="Connections"
        description="What this customer has connected."
        actions={
          <>
            {mayLogs && (
              <Button onClick={() => setOpen({ what: 'history' })}>
                <History aria-hidden="true" /> History
              </Button>
            )}
            {mayWrite && connect}
          </>
        }
      >
        {query.isPending ? (
          <Skeleton />
        ) : !connections ? (
          <LoadFault error={query.error} onRetry={() => void query.refetch()} />
        ) : connections.length === 0 ? (
          <NoConnections id={id} />
        ) : (
          <div className={style.table}>
            <Table
              label="Connections"
              columns={columns}
              rows={connections}
              rowKey={connection => connection.connection_id}
            />
          </div>
        )}
        {query.hasNextPage && (
          <div className={style.more}>
            <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              Show more
            </Button>
          </div>
        )}
      </Card>
      {open?.what === 'connect' && (
        <PickConnector
          accountId={id}
          title="Connect an app"
          action="Go on"
          onClose={close}
          onPick={slug => setOpen({ what: 'new', slug })}
        />
      )}
      {open?.what === 'history' && (
        <PickConnector
          accountId={id}
          title="History of a connector"
          action="Show history"
          onClose={close}
          onPick={slug => {
            close()
            void timeline(slug)
          }}
        />
      )}
      {open?.what === 'new' && <ConnectDialog accountId={id} slug={open.slug} onClose={close} />}
      {open?.what === 'reconnect' && (
        <ConnectDialog
          accountId={id}
          slug={open.connection.slug}
          connection={open.connection}
          onClose={close}
        />
      )}
      {open?.what === 'disconnect' && (
        <Disconnect
          accountId={id}
          connection={open.connection}
          name={nameOf(open.connection)}
          onClose={close}
        />
      )}
      {place.timeline && (
        <Timeline
          accountId={id}
          slug={place.timeline}
          name={
            connections
              ?.filter(({ slug }) => slug === place.timeline)
              .map(nameOf)
              .at(0) ?? place.timeline
          }
          connectionId={place.connection || undefined}
          onAll={() => void timeline(place.timeline)}
          onClose={() => void timeline('')}
        />
      )}
    </>
  )
}

function Name({ connection, name }: { connection: Connection; name: string }) {
  return (
    <div className={style.name}>
      <span>
        {name} {connection.is_default && <Badge>default</Badge>}
      </span>
      <code>{connection.slug}</code>
      <span className={classes(style.small, style.identifier)}>
        {identifierText(connection.identifier)}
      </span>
    </div>
  )
}

function Status({ connection }: { connection: Connection }) {
  const expired = connection.status === 'expired'
  return (
    <div className={style.status}>
      <span>
        <Badge tone={expired ? 'bad' : 'good'} dot>
          {expired ? 'Expired' : 'Active'}
        </Badge>{' '}
        {!expired && connection.needs_consent && (
          <Badge tone="warn" dot>
            Consent needed
          </Badge>
        )}
      </span>
      {connection.last_error && <span className={style.error}>{connection.last_error}</span>}
      {connection.scopes_missing.length > 0 && (
        <span className={style.error}>Not granted: {connection.scopes_missing.join(', ')}</span>
      )}
    </div>
  )
}

type DisconnectProps = {
  accountId: string
  connection: Connection
  name: string
  onClose: () => void
}

function Disconnect({ accountId, connection, name, onClose }: DisconnectProps) {
  const scope = useScope()
  const refresh = useRefreshAccount(accountId)
  const disconnect = async () => {
    const params = { path: { id: connection.connection_id } }
    await unwrap(scope.api.DELETE('/api/v2/public/connection/{id}', { params }))
    await refresh()
    toast(`${name} is disconnected`)
  }
  return (
    <Confirm
      open
      onClose={onClose}
      title={`Disconnect ${name} in ${scope.environmentName}?`}
      action="Disconnect"
      typed={scope.environment === 'live' ? connection.slug : undefined}
      onConfirm={disconnect}
    >
      <p>
        The credential of <strong>{identifierText(connection.identifier) || accountId}</strong> is
        deleted and its access is revoked at the provider where that can be done. Actions of this
        customer on {name} fail from then on, until the customer connects again.
      </p>
    </Confirm>
  )
}

function NoConnections({ id }: { id: string }) {
  const { environment } = useScope()
  const key = environment === 'live' ? '$TRUNNEL_LIVE_KEY' : '$TRUNNEL_TEST_KEY'
  return (
    <Empty
      icon={<Cable />}
      title="Nothing is connected yet"
      command={`curl -X POST ${location.origin}/api/v2/public/connect-url?linked_account_id=${encodeURIComponent(id)} \\
  -H "x-api-key: ${key}"`}
    >
      The customer connects in the Connect portal. Hand out a link to it from the Access tab, or
      connect an app here with the customer’s credentials.
    </Empty>
  )
}
