import {
  Button,
  Copyable,
  classes,
  Dialog,
  Empty,
  JsonBlock,
  LoadFault,
  Skeleton,
  Time,
} from '@/ui'
import { type ConnectionEvent, useTimeline } from './account'
import style from './Timeline.module.css'

type TimelineProps = {
  accountId: string
  slug: string
  name: string
  /** Only this connection, and what happened before there was one. */
  connectionId?: string
  onAll: () => void
  onClose: () => void
}

/** What happened to a connection, newest first. It outlives the connection. */
export function Timeline({ accountId, slug, name, connectionId, onAll, onClose }: TimelineProps) {
  const query = useTimeline(accountId, slug)
  const all = query.data?.pages.flatMap(page => page.docs) ?? []
  const shown = connectionId
    ? all.filter(event => event.connection_id === null || event.connection_id === connectionId)
    : all
  return (
    <Dialog
      open
      side
      onClose={onClose}
      title={`Timeline of ${name}`}
      description={
        connectionId
          ? 'What happened to this connection, newest first.'
          : 'What happened to all connections of this account to it, newest first.'
      }
    >
      {connectionId && (
        <div>
          <Button small onClick={onAll}>
            Show removed connections, too
          </Button>
        </div>
      )}
      {query.isPending ? (
        <Skeleton lines={5} />
      ) : query.isError && all.length === 0 ? (
        <LoadFault error={query.error} onRetry={() => void query.refetch()} />
      ) : shown.length === 0 && !query.hasNextPage ? (
        <Empty title="Nothing has happened yet">
          Connecting, expiring, failing and disconnecting are listed here.
        </Empty>
      ) : (
        <ol className={style.events}>
          {shown.map(event => (
            <Entry key={event._id} event={event} showId={!connectionId} />
          ))}
        </ol>
      )}
      {query.hasNextPage && (
        <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          Show older
        </Button>
      )}
    </Dialog>
  )
}

const tones: Record<ConnectionEvent['event'], string | undefined> = {
  'Integration Created': style.good,
  Reauthenticated: style.good,
  'Integration Expired': style.bad,
  'Connection Failed': style.bad,
  'Integration Deleted': undefined,
}

function Entry({ event, showId }: { event: ConnectionEvent; showId: boolean }) {
  const { error } = event
  return (
    <li className={style.event}>
      <span className={classes(style.dot, tones[event.event])} aria-hidden="true" />
      <div className={style.text}>
        <div className={style.line}>
          <strong>{event.event}</strong>
          <span className={style.quiet}>
            <Time at={event.createdAt} />
          </span>
        </div>
        {error && <p>{error.message}</p>}
        {error?.provider !== undefined && error.provider !== null && (
          <details>
            <summary>What the provider said</summary>
            <JsonBlock value={error.provider} label="What the provider said" />
          </details>
        )}
        {showId && event.connection_id && (
          <span className={style.quiet}>
            <Copyable text={event.connection_id} label="Copy the connection’s id" />
          </span>
        )}
      </div>
    </li>
  )
}
